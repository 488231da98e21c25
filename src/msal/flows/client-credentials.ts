import { knownRealm } from '../authority/authority.ts'
import { regionalHost } from '../authority/region.ts'
import { ConfigurationError } from '../core/errors.ts'
import type { TokenResult } from '../core/token-result.ts'
import { clientCredentialsGrant } from '../grants/client-credentials.ts'
import { validateScopes } from '../oauth/scopes.ts'
import { answerChallenge } from './answer-challenge.ts'
import { cachedOrFetch, findFresh } from './cached-or-fetch.ts'
import type { ClientContext } from './client-context.ts'
import { extendedCacheKeyOf, extensionOf, requestedClaims, type ForwardedClaimsOptions } from './forwarded-claims.ts'
import { redeemGrant } from './redeem-grant.ts'

/** Options of `acquireTokenForClient`. */
export interface ClientCredentialsOptions extends ForwardedClaimsOptions {
  /** One resource's, as `https://graph.microsoft.com/.default`. */
  readonly scopes: readonly string[]
  /** Path of the federated managed identity that the token is for. */
  readonly fmiPath?: string | undefined
}

/**
 * The application's own token, from the cache or the server.
 *
 * @throws {OAuthError} where the server refused
 * @throws {NetworkError} where the server can't be reached; trying again later may help
 */
export async function acquireForClient(
  context: ClientContext,
  options: ClientCredentialsOptions,
): Promise<TokenResult> {
  if ('forceRefresh' in options && options.forceRefresh)
    throw new ConfigurationError('forceRefresh', 'is not supported: the token comes from the cache while it is usable')
  const { fmiPath } = options
  if (fmiPath != null && typeof fmiPath !== 'string') throw new ConfigurationError('fmiPath', 'text is needed')
  const scopes = validateScopes(options.scopes)
  const claims = requestedClaims(context, options)
  const extension = extensionOf(options)
  const isChallenged = Boolean(options.claimsChallenge)
  const { address, clientId } = context
  const realm = knownRealm(address) ?? (await context.resolve(address)).realm
  await context.store.load({ environment: address.host, tenant: realm })
  const extCacheKey = extendedCacheKeyOf(extension)
  const own = { homeAccountId: null, clientId, realm, scopes, extCacheKey }
  // MSAL Node keeps what it gets at one host under another one's name.
  const queries = [address.host, ...address.aliases].map((environment) => ({ ...own, environment }))
  const query = queries.find((candidate) => findFresh(context, { query: candidate })) ?? queries[0]
  const key = JSON.stringify(['client', [...scopes].sort(), claims, isChallenged, extension])
  const run = () =>
    cachedOrFetch(context, {
      query: isChallenged ? undefined : query,
      fetch: async () => {
        // Regions are Entra's: another server's secret must not go to a host that it never named.
        const region = address.kind === 'entra' && !address.isLoopback ? await context.chooseRegion() : undefined
        const authority = await context.resolve(address)
        return redeemGrant(context, clientCredentialsGrant(scopes, { fmi_path: fmiPath || undefined }), {
          authority,
          claims,
          extension,
          replaces: isChallenged ? scopes : undefined,
          regionalEndpoint: region && regionalEndpoint(region, authority.tokenEndpoint),
        })
      },
    })
  return context.once(key, () => (isChallenged ? answerChallenge(context, key, run) : run()))
}

function regionalEndpoint(region: string, tokenEndpoint: string): string {
  const endpoint = new URL(tokenEndpoint)
  endpoint.host = regionalHost(region, endpoint.host)
  return endpoint.href
}

/** Forgets the application's own tokens, under the authority's host and its aliases. */
export async function forgetTokensForClient(context: ClientContext): Promise<void> {
  const { address } = context
  const { host, aliases } = address
  await context.store.load(undefined, { fresh: true })
  // A store that can't list its entries still knows those of the client's own tenant.
  const tenant = knownRealm(address) ?? (await context.resolve(address)).realm
  for (const environment of [host, ...aliases]) await context.store.load({ environment, tenant }, { fresh: true })
  const tokens = [host, ...aliases].flatMap((name) => context.store.cache.accessTokensOfClient(name, context.clientId))
  await context.store.apply(tokens.map(({ type, key }) => ({ op: 'remove', type, key })))
}
