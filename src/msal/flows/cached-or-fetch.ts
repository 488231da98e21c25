import type { AccessTokenEntry } from '../cache/cache-schema.ts'
import type { AccessTokenQuery } from '../cache/cache-query.ts'
import type { Account } from '../core/account.ts'
import type { TokenResult } from '../core/token-result.ts'
import { splitScopes } from '../oauth/scopes.ts'
import { nowInSeconds, type ClientContext } from './client-context.ts'

/** A usable token has this many seconds left. */
export const USABLE_SECONDS = 5 * 60

/** Where a token may be found. */
export interface CachedOptions {
  /** Absent where the cached token must be skipped. */
  readonly query?: AccessTokenQuery | undefined
  readonly account?: Account | undefined
}

/** Where a token may be found, and how to get one. */
export interface CachedOrFetchOptions<T extends TokenResult | null> extends CachedOptions {
  /** Resolves to null where nothing can be got without a person. */
  readonly fetch: () => Promise<T>
}

/**
 * The cache-first rule: a usable token is answered from memory; past its `refresh_on` a new one is fetched, and where that
 * fails the old one still serves.
 */
export async function cachedOrFetch<T extends TokenResult | null>(
  context: ClientContext,
  options: CachedOrFetchOptions<T>,
): Promise<T | TokenResult> {
  const cached = findUsable(context, options)
  if (cached && !isAging(context, cached)) {
    const whose = options.account ? ` of ${context.describe(options.account)}` : ''
    context.logger.trace(`A token${whose} is answered from the cache`)
    return cached
  }
  try {
    const fetched = await options.fetch()
    return fetched ?? cached ?? fetched
  } catch (error) {
    if (!cached) throw error
    context.logger.info('An early refresh failed; the token in the cache still serves')
    return cached
  }
}

/** A usable token that is not to be refreshed ahead of time either. */
export function findFresh(context: ClientContext, options: CachedOptions): TokenResult | undefined {
  const cached = findUsable(context, options)
  return cached && !isAging(context, cached) ? cached : undefined
}

function findUsable(context: ClientContext, { query, account }: CachedOptions): TokenResult | undefined {
  const now = nowInSeconds(context.clock)
  const entry = query && context.store.cache.getAccessToken({ ...query, expiresAfter: now + USABLE_SECONDS })
  return entry && createCachedResult(entry, account, now)
}

const isAging = ({ clock }: ClientContext, { refreshOn }: TokenResult): boolean =>
  refreshOn !== undefined && refreshOn.getTime() < clock.now()

function createCachedResult(entry: AccessTokenEntry, account: Account | undefined, now: number): TokenResult {
  const expiresOn = Number(entry.expires_on)
  return {
    accessToken: entry.secret,
    tokenType: entry.token_type ?? 'Bearer',
    scopes: splitScopes(entry.target),
    expiresIn: expiresOn - now,
    expiresOn: new Date(expiresOn * 1000),
    ...(entry.refresh_on != null && { refreshOn: new Date(Number(entry.refresh_on) * 1000) }),
    ...(account && { account }),
    tokenSource: 'cache',
    correlationId: crypto.randomUUID(),
  }
}
