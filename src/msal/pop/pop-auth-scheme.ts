import { ConfigurationError } from '../core/errors.ts'

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'] as const

/** An HTTP method that a proof-of-possession token can be bound to. */
export type PopHttpMethod = (typeof METHODS)[number]

/** Options of {@link PopAuthScheme}. */
export interface PopAuthSchemeOptions {
  readonly httpMethod: PopHttpMethod
  /** The address that the token is for. */
  readonly url: string
  /** From the resource's challenge. */
  readonly nonce: string
}

/** Asks a broker for a token that is bound to one HTTP request. @see RFC 7800 */
export class PopAuthScheme {
  static readonly HTTP_GET = 'GET'
  static readonly HTTP_POST = 'POST'
  static readonly HTTP_PUT = 'PUT'
  static readonly HTTP_DELETE = 'DELETE'
  static readonly HTTP_PATCH = 'PATCH'
  readonly httpMethod: PopHttpMethod
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
