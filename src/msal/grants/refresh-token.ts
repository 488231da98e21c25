import type { StoredEntry } from '../cache/cache-schema.ts'
import { routeByHomeAccountId } from '../oauth/routing-hint.ts'
import type { Grant } from './grant.ts'

/** Redeems a refresh token that the cache holds; what replaces it keeps its place. @see RFC 6749 section 6 */
export const refreshTokenGrant = (stored: StoredEntry<'RefreshToken'>, scopes: readonly string[]): Grant => ({
  type: 'refresh_token',
  parameters: { refresh_token: stored.entry.secret },
  scope: { values: scopes, isSent: true },
  endpoint: 'central',
  refreshToken: { rotate: stored },
  account: 'keep',
  routingHint: routeByHomeAccountId(stored.entry.home_account_id ?? ''),
})

/** Redeems a refresh token from elsewhere, whose account becomes known by it. */
export const importRefreshTokenGrant = (refreshToken: string, scopes: readonly string[]): Grant => ({
  type: 'refresh_token',
  parameters: { refresh_token: refreshToken },
  scope: { values: scopes, isSent: true },
  endpoint: 'central',
  refreshToken: 'add',
  account: 'establish',
})
