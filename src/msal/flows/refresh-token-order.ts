import type { StoredEntry } from '../cache/cache-schema.ts'
import type { ClientContext } from './client-context.ts'

/** Refresh tokens to try one after another. */
export interface RefreshTokenBatch {
  readonly tokens: readonly StoredEntry<'RefreshToken'>[]
  /** Whether the server's `client_mismatch` ends the batch: this client is not of that family. */
  readonly isGuess: boolean
}

/** The one family that Entra has. */
const FAMILY = '1'

/**
 * The refresh tokens that may serve an account, newest first: the family's where nothing is known of this client yet or it
 * is known to belong to it, then the client's own.
 */
export function orderRefreshTokens(
  context: ClientContext,
  owner: { readonly homeAccountId: string; readonly environment: string },
): readonly RefreshTokenBatch[] {
  const { cache } = context.store
  const tokens = cache.refreshTokensOf(owner)
  const metadata = cache.getAppMetadata(owner.environment, context.clientId)
  const family = metadata ? metadata.family_id : FAMILY
  return [
    { isGuess: !metadata, tokens: family ? tokens.filter(({ entry }) => entry.family_id === family) : [] },
    { isGuess: false, tokens: tokens.filter(({ entry }) => entry.client_id === context.clientId) },
  ]
}
