import type { StoredEntry } from '../cache/cache-schema.ts'

/**
 * Whose tokens a grant brings: a person's, whose account it may establish; a person's, whose account must stay away if it
 * was removed meanwhile; or the application's own.
 */
export type AccountPolicy = 'establish' | 'keep' | 'none'

/**
 * One way to get tokens from a token endpoint. All grants go through one pipeline (`flows/redeem-grant.ts`) and differ in
 * these values only.
 */
export interface Grant {
  /** `grant_type` on the wire. */
  readonly type: string
  /** The grant's own form members; absent ones are not sent. */
  readonly parameters: Readonly<Record<string, string | undefined>>
  /** Scopes, taken as granted where the answer names none; `isSent` tells whether the request names them. */
  readonly scope: { readonly values: readonly string[]; readonly isSent: boolean }
  /** Which of the authority's token endpoints is asked; regional ones serve applications alone. */
  readonly endpoint: 'central' | 'regional'
  /** What becomes of a refresh token in the answer: an entry of its own, or the new secret of the entry it was made from. */
  readonly refreshToken: 'add' | { readonly rotate: StoredEntry<'RefreshToken'> }
  readonly account: AccountPolicy
  /** `X-AnchorMailbox`, which leads Entra to the account. */
  readonly routingHint?: string | undefined
}
