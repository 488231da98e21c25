import { Secret } from '../core/secret.ts'

/** The token request that a client proves its identity for. */
export interface ClientAuthenticationRequest {
  readonly clientId: string
  readonly tokenEndpoint: string
  /** AD FS knows only SHA-1 thumbprints and RS256. */
  readonly isAdfs: boolean
  readonly fmiPath?: string | undefined
  /** What a plain OpenID provider takes; absent for Microsoft's servers. */
  readonly provider?: ProviderCapabilities | undefined
}

/** What a provider's metadata lists, as far as it does. @see RFC 8414 section 2 */
export interface ProviderCapabilities {
  readonly methods?: readonly string[] | undefined
  readonly algorithms?: readonly string[] | undefined
}

/** What goes into a token request. */
export interface ClientProof {
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Yields what a client proves its identity with; nothing for a public client.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3
 */
export type ClientAuthentication = (request: ClientAuthenticationRequest) => Promise<ClientProof>

/** A public client proves nothing. */
export const authenticateNone: ClientAuthentication = () => Promise.resolve({})

/**
 * A client secret: in the form, or in a header for a provider that knows no other way.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
 */
export function authenticateBySecret(text: string): ClientAuthentication {
  const secret = new Secret(text)
  return ({ clientId, provider: { methods } = {} }) =>
    Promise.resolve(
      methods?.includes('client_secret_basic') && !methods.includes('client_secret_post')
        ? { headers: { authorization: `Basic ${btoa([clientId, secret.reveal()].map(encodeFormValue).join(':'))}` } }
        : { form: { client_secret: secret.reveal() } },
    )
}

const encodeFormValue = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)
