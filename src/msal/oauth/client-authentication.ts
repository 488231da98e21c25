import { Secret } from '../core/secret.ts'

/** The token request that a client proves its identity for. */
export interface ClientAuthenticationRequest {
  readonly clientId: string
  readonly tokenEndpoint: string
  /** AD FS knows only SHA-1 thumbprints and RS256. */
  readonly isAdfs: boolean
  readonly fmiPath?: string | undefined
}

/**
 * Yields the form members by which a client proves its identity; none for a public client.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3
 */
export type ClientAuthentication = (request: ClientAuthenticationRequest) => Promise<Readonly<Record<string, string>>>

/** A public client proves nothing. */
export const authenticateNone: ClientAuthentication = () => Promise.resolve({})

/** A client secret in the form. @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 */
export function authenticateBySecret(text: string): ClientAuthentication {
  const secret = new Secret(text)
  return () => Promise.resolve({ client_secret: secret.reveal() })
}
