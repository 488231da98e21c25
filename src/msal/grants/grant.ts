import type { StoredEntry } from '../cache/cache-schema.ts'

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
  /** Whether the answer may establish an account, or one that was removed meanwhile must stay away. */
  readonly account: 'establish' | 'keep'
  /** `X-AnchorMailbox`, which leads Entra to the account. */
  readonly routingHint?: string | undefined
}
