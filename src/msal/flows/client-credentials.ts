import { knownRealm } from '../authority/authority.ts'
import { ConfigurationError, MsalError } from '../core/errors.ts'
import type { TokenResult } from '../core/token-result.ts'
import { clientCredentialsGrant } from '../grants/client-credentials.ts'
import { mergeClaims } from '../oauth/claims-request.ts'
import { validateScopes } from '../oauth/scopes.ts'
import { cachedOrFetch } from './cached-or-fetch.ts'
import type { ClientContext } from './client-context.ts'
import { redeemGrant } from './redeem-grant.ts'

/** Options of `acquireTokenForClient`. */
export interface ClientCredentialsOptions {
  /** One resource's, as `https://graph.microsoft.com/.default`. */
  readonly scopes: readonly string[]
  /** JSON text from a resource's `WWW-Authenticate`; skips the cached token, and the new one replaces it. */
  readonly claimsChallenge?: string | undefined
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
  if ('forceRefresh' in options)
    throw new ConfigurationError('forceRefresh', 'is not supported: the token comes from the cache while it is usable')
  const scopes = validateScopes(options.scopes)
  const claimsChallenge = options.claimsChallenge || undefined
  const claims = mergeClaims(context.capabilities, claimsChallenge)
  const { address } = context
  const realm = knownRealm(address) ?? (await context.resolve(address)).realm
  await context.store.load({ environment: address.host, tenant: realm })
  const query = { homeAccountId: null, environment: address.host, clientId: context.clientId, realm, scopes }
  const key = JSON.stringify(['client', [...scopes].sort(), claimsChallenge])
  const result = await context.once(key, () =>
    cachedOrFetch(context, {
      query: claimsChallenge === undefined ? query : undefined,
      fetch: async () =>
        redeemGrant(context, clientCredentialsGrant(scopes), {
          authority: await context.resolve(address),
          claims,
          replaces: claimsChallenge === undefined ? undefined : scopes,
        }),
    }),
  )
  if (!result) throw new MsalError('The authority answered nothing')
  return result
}

/** Forgets the application's own tokens. */
export async function forgetTokensForClient(context: ClientContext): Promise<void> {
  const { host } = context.address
  await context.store.load()
  const tokens = context.store.cache.accessTokensOfClient(host, context.clientId)
  await context.store.apply(tokens.map(({ type, key }) => ({ op: 'remove', type, key })))
}
