import type { Account } from './account.ts'
import type { JsonObject } from './json.ts'

/** What every successful acquisition resolves to. */
export interface TokenResult {
  /** For the `Authorization` header; opaque to the client. */
  readonly accessToken: string
  /** `Bearer`, or `pop`. */
  readonly tokenType: string
  /** As granted. */
  readonly scopes: readonly string[]
  /** Seconds left when the call was answered. */
  readonly expiresIn: number
  /** When the access token expires. */
  readonly expiresOn: Date
  /** From then on a silent call refreshes ahead of time. */
  readonly refreshOn?: Date
  /** As the server wrote it; absent without `openid`. */
  readonly idToken?: string
  /** The claims of `idToken`, checked for audience, issuer, nonce and age. */
  readonly idTokenClaims?: JsonObject
  /** Whose token it is; absent for the application's own. */
  readonly account?: Account
  /** Where the access token came from. */
  readonly tokenSource: 'identity_provider' | 'cache' | 'broker'
  /** JSON text of the broker's telemetry, for Microsoft's support; names no account. */
  readonly msalruntimeTelemetry?: string
  /** GUID that the server's logs know the request by; a new one for a cache hit. */
  readonly correlationId: string
}
