import { ConfigurationError } from '../core/errors.ts'

/** An HTTP method that a proof-of-possession token can be bound to. */
export type PopHttpMethod = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH'

const METHODS: readonly PopHttpMethod[] = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']

/** Options of {@link PopAuthScheme}. */
export interface PopAuthSchemeOptions {
  /** One of the constants, as `PopAuthScheme.HTTP_GET`. */
  readonly httpMethod: PopHttpMethod
  /** The address that the token is for. */
  readonly url: string
  /** From the resource's challenge. */
  readonly nonce: string
}

/** Asks a broker for a token that is bound to one HTTP request. @see RFC 7800 */
export class PopAuthScheme {
  /** `GET` */
  static readonly HTTP_GET = 'GET'
  /** `POST` */
  static readonly HTTP_POST = 'POST'
  /** `PUT` */
  static readonly HTTP_PUT = 'PUT'
  /** `DELETE` */
  static readonly HTTP_DELETE = 'DELETE'
  /** `PATCH` */
  static readonly HTTP_PATCH = 'PATCH'
  /** Method of the request that the token is for. */
  readonly httpMethod: PopHttpMethod
  /** Its address. */
  readonly url: string
  /** From the resource's challenge. */
  readonly nonce: string

  /** @throws {ConfigurationError} naming the member that is wrong */
  constructor(options: PopAuthSchemeOptions) {
    const given: Readonly<Record<string, unknown>> = { ...options }
    if (!METHODS.some((method) => method === given['httpMethod']))
      throw new ConfigurationError('httpMethod', `one of ${METHODS.join(', ')} is needed`)
    if (typeof given['url'] !== 'string' || !URL.canParse(given['url']))
      throw new ConfigurationError('url', 'a URL is needed')
    if (typeof given['nonce'] !== 'string') throw new ConfigurationError('nonce', 'text is needed')
    this.httpMethod = options.httpMethod
    this.url = options.url
    this.nonce = options.nonce
  }
}
