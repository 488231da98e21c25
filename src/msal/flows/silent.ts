import type { AuthorityAddress } from '../authority/authority.ts'
import { knownRealm } from '../authority/authority.ts'
import { isOutOfReach } from '../broker/broker-failure.ts'
import type { AccessTokenQuery } from '../cache/cache-query.ts'
import type { Account } from '../core/account.ts'
import { BrokerError, OAuthError } from '../core/errors.ts'
import type { TokenResult } from '../core/token-result.ts'
import { refreshTokenGrant } from '../grants/refresh-token.ts'
import type { PopAuthScheme } from '../pop/pop-auth-scheme.ts'
import { decorateScopes, validateScopes } from '../oauth/scopes.ts'
import { readAccount } from './accounts.ts'
import { answerChallenge } from './answer-challenge.ts'
import { openBroker, refusePop } from './broker.ts'
import { acquireSilentlyByBroker } from './broker-silent.ts'
import { cachedOrFetch, findFresh } from './cached-or-fetch.ts'
import type { ClientContext } from './client-context.ts'
import { acquireInCloudShell, isCloudShellAccount } from './cloud-shell.ts'
import { extendedCacheKeyOf, extensionOf, requestedClaims, type ForwardedClaimsOptions } from './forwarded-claims.ts'
import { redeemGrant } from './redeem-grant.ts'
import { orderRefreshTokens } from './refresh-token-order.ts'

/** Options of `acquireTokenSilent` and `acquireTokenSilentWithError`. */
export interface SilentOptions extends ForwardedClaimsOptions {
  /** One resource's, as `['User.Read']`; case counts. */
  readonly scopes: readonly string[]
  /** One of `getAccounts()`; null and undefined resolve to null. */
  readonly account: Account | null | undefined
  /** Another authority of the same cloud, for a token of another tenant. */
  readonly authority?: string | undefined
  /** Skips the cached token. */
  readonly forceRefresh?: boolean | undefined
  /** Proof of possession; through a broker of Windows or macOS only, see `isPopSupported`. */
  readonly authScheme?: PopAuthScheme | undefined
}

interface SilentRequest {
  readonly account: Account
  readonly address: AuthorityAddress
  /** As asked for, without what the library adds. */
  readonly scopes: readonly string[]
  readonly isChallenged: boolean
  readonly skipsCache: boolean
  /** The `claims` parameter of a refresh. */
  readonly claims: string | undefined
  readonly extension: Readonly<Record<string, string>> | undefined
  readonly authScheme: PopAuthScheme | undefined
}

/**
 * A token for an account without its help: from the cache, else by the broker that the account came by, else by refresh
 * tokens, under the authority's host and its aliases.
 *
 * @returns null where the cache holds nothing that could serve
 * @throws {OAuthError} where the server refused every refresh token, or the broker refused; a person has to sign in
 * @throws {NetworkError} where the server can't be reached; trying again later may help
 */
export async function acquireSilently(context: ClientContext, options: SilentOptions): Promise<TokenResult | null> {
  validateScopes(options.scopes)
  const claims = requestedClaims(context, options)
  if (!options.account) return null
  const request: SilentRequest = {
    account: readAccount(options.account),
    address: options.authority === undefined ? context.address : context.parseAuthority(options.authority),
    scopes: validateScopes(options.scopes),
    claims,
    extension: extensionOf(options),
    authScheme: options.authScheme,
    isChallenged: Boolean(options.claimsChallenge),
    skipsCache: Boolean(options.forceRefresh || options.claimsChallenge || options.authScheme),
  }
  if (options.authScheme) {
    if (!(await openBroker(context, request.address, options))) refusePop(options)
    // A bound token serves one request, so no two calls share one.
    return searchHosts(context, request)
  }
  const { homeAccountId, environment } = request.account
  const key = JSON.stringify([
    ...[homeAccountId, environment, request.address.url, [...request.scopes].sort()],
    ...[claims, request.extension, request.isChallenged, request.skipsCache],
  ])
  return context.once(key, () =>
    request.isChallenged
      ? answerChallenge(context, key, () => searchHosts(context, request))
      : searchHosts(context, request),
  )
}

async function searchHosts(context: ClientContext, request: SilentRequest): Promise<TokenResult | null> {
  const { account, address } = request
  const { homeAccountId } = account
  await context.store.load({ homeAccountId, environment: address.host })
  if (address.aliases.includes(account.environment))
    await context.store.load({ homeAccountId, environment: account.environment })
  let refusal: OAuthError | undefined
  for (const candidate of [address, ...aliasAddresses(context, request)]) {
    try {
      const result = await acquireUnder(context, request, candidate)
      if (result) return result
    } catch (error) {
      if (!isRefusal(error)) throw error
      refusal = error
    }
  }
  if (refusal) throw refusal
  return null
}

/** The authority under its other hosts, as far as they hold refresh tokens of the account. */
function aliasAddresses(
  context: ClientContext,
  { account, address, authScheme }: SilentRequest,
): readonly AuthorityAddress[] {
  // Refresh tokens bring no bound ones.
  if (authScheme) return []
  const { homeAccountId } = account
  return address.aliases
    .filter((environment) => context.store.cache.refreshTokensOf({ homeAccountId, environment }).length > 0)
    .map((host) => context.parseAuthority(address.url.replace(address.host, host)))
}

async function acquireUnder(
  context: ClientContext,
  request: SilentRequest,
  address: AuthorityAddress,
): Promise<TokenResult | null> {
  const { account, scopes } = request
  const realm = knownRealm(address) ?? (await context.resolve(address)).realm
  const owner = { homeAccountId: account.homeAccountId, environment: address.host }
  const { clientId } = context
  const query = { ...owner, clientId, realm, scopes, extCacheKey: extendedCacheKeyOf(request.extension) }
  const cached = { query: request.skipsCache ? undefined : query, account }
  return cachedOrFetch(context, {
    ...cached,
    fetch: () => {
      context.logger.debug(`Refreshing a token of ${context.describe(account)} at ${address.host}`)
      // While this call waited for the lock another window may have done its work.
      return context.store.lock(
        owner,
        async () => findFresh(context, cached) ?? renew(context, request, { address, query }),
      )
    },
  })
}

async function renew(
  context: ClientContext,
  request: SilentRequest,
  { address, query }: { readonly address: AuthorityAddress; readonly query: AccessTokenQuery },
): Promise<TokenResult | null> {
  const { account, scopes, isChallenged, skipsCache, authScheme } = request
  if (isCloudShellAccount(account)) {
    refusePop(request)
    return acquireInCloudShell(context, scopes, account)
  }
  // A bound token takes no other's place.
  const isRenewal = skipsCache && !authScheme
  // The broker is asked under the authority's own name alone.
  const brokered =
    address === request.address &&
    (await acquireSilentlyByBroker(context, {
      ...request,
      accessTokenToRenew: isRenewal ? context.store.cache.getAccessToken(query)?.secret : undefined,
      replaces: isRenewal && isChallenged ? scopes : undefined,
    }))
  if (brokered) return brokered
  refusePop(request)
  return refreshUnder(context, request, address)
}

/** Tries the refresh tokens; before a refusal is believed the store is re-read, for another window may have rotated them. */
async function refreshUnder(
  context: ClientContext,
  request: SilentRequest,
  address: AuthorityAddress,
): Promise<TokenResult | null> {
  const owner = { homeAccountId: request.account.homeAccountId, environment: address.host }
  const tried = new Set<string>()
  let isRefused = false
  let refusal: OAuthError | undefined
  for (let round = 0; round < 2; round++) {
    for (const { tokens, isGuess } of orderRefreshTokens(context, owner)) {
      for (const stored of tokens) {
        if (tried.has(stored.entry.secret)) continue
        tried.add(stored.entry.secret)
        try {
          const result = await redeemRefreshToken(context, request, { address, stored })
          // Of an account that was signed out meanwhile nothing was kept, and nothing is given.
          return context.store.cache.get({ type: stored.type, key: stored.key }) ? result : null
        } catch (error) {
          if (!isRefusal(error)) throw error
          isRefused = true
          // Of a token that another client may have been given alone, it says nothing about this client's account.
          if (!isGuess || stored.entry.client_id === context.clientId) refusal = error
          if (isGuess && error.suberror === 'client_mismatch') break
        }
      }
    }
    if (!isRefused) return null
    await context.store.load(owner, { fresh: true })
  }
  if (refusal) throw refusal
  return null
}

async function redeemRefreshToken(
  context: ClientContext,
  request: SilentRequest,
  { address, stored }: { readonly address: AuthorityAddress; readonly stored: Parameters<typeof refreshTokenGrant>[0] },
): Promise<TokenResult> {
  const { claims, extension, isChallenged, account, scopes } = request
  return redeemGrant(context, refreshTokenGrant(stored, decorateScopes(scopes, context.excludeScopes)), {
    authority: await context.resolve(address),
    claims,
    extension,
    replaces: isChallenged ? scopes : undefined,
    account,
  })
}

/** Whether the server or the broker said no, rather than being out of order or out of reach. */
export const isRefusal = (error: unknown): error is OAuthError =>
  error instanceof BrokerError
    ? !isOutOfReach(error)
    : error instanceof OAuthError && (error.status === undefined || error.status < 500)
