import type { Account } from './account.ts'
import type { JsonObject } from './json.ts'

/** What every successful acquisition resolves to. */
export interface TokenResult {
  readonly accessToken: string
  /** `Bearer`, or `pop`. */
  readonly tokenType: string
  /** As granted. */
  readonly scopes: readonly string[]
  /** Seconds left when the call was answered. */
  readonly expiresIn: number
  readonly expiresOn: Date
  /** From then on a silent call refreshes ahead of time. */
  readonly refreshOn?: Date
  readonly idToken?: string
  readonly idTokenClaims?: JsonObject
  readonly account?: Account
  readonly tokenSource: 'identity_provider' | 'cache' | 'broker'
  /** GUID that the server's logs know the request by; a new one for a cache hit. */
  readonly correlationId: string
}
