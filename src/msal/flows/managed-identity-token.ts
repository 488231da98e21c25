import type { Authority } from '../authority/resolve-authority.ts'
import { ConfigurationError } from '../core/errors.ts'
import { sha256 } from '../core/encoding.ts'
import type { TokenResult } from '../core/token-result.ts'
import type { ManagedIdentityId } from '../managed-identity/managed-identity-id.ts'
import { requestIdentityToken } from '../managed-identity/request-token.ts'
import { parseTokenResponse } from '../oauth/token-response.ts'
import { answerChallenge } from './answer-challenge.ts'
import { cachedOrFetch, USABLE_SECONDS } from './cached-or-fetch.ts'
import { nowInSeconds, type ClientContext } from './client-context.ts'
import { recordTokens } from './record-tokens.ts'

/** Options of a managed identity's `acquireTokenForClient`. */
export interface ManagedIdentityTokenOptions {
  /** The resource's identifier, as `https://management.azure.com`. */
  readonly resource: string
  /** JSON text from the resource's `WWW-Authenticate`; skips the cached token, and the new one replaces it. */
  readonly claimsChallenge?: string | undefined
}

/** The authority under which managed identities' tokens are kept: this machine. */
export const MANAGED_IDENTITY_AUTHORITY = 'https://localhost/managed_identity'

const REALM = 'managed_identity'

/**
 * A managed identity's token, from the cache or from this machine's platform.
 *
 * @throws {ManagedIdentityError} where the platform refuses, or what it is set up with can't be trusted
 * @throws {NetworkError} where its endpoint can't be reached; trying again later may help
 */
export async function acquireForManagedIdentity(
  context: ClientContext,
  identity: ManagedIdentityId,
  options: ManagedIdentityTokenOptions,
): Promise<TokenResult> {
  const { resource, claimsChallenge } = options
  if (typeof resource !== 'string' || !/^\S+$/.test(resource))
    throw new ConfigurationError(
      'resource',
      'the identifier of one resource is needed, as https://management.azure.com',
    )
  const { clientId, address, store } = context
  await store.load({ environment: address.host, tenant: REALM })
  const query = { homeAccountId: null, environment: address.host, clientId, realm: REALM, scopes: [resource] }
  const isChallenged = Boolean(claimsChallenge)
  const run = () =>
    cachedOrFetch(context, {
      query: isChallenged ? undefined : query,
      fetch: async () => {
        const expiresAfter = nowInSeconds(context.clock) + USABLE_SECONDS
        const refused = isChallenged ? store.cache.getAccessToken({ ...query, expiresAfter }) : undefined
        const refusedTokenHash = refused && (await hashInHexadecimal(refused.secret))
        return requestAndRecord(context, identity, { resource, refusedTokenHash })
      },
    })
  const key = JSON.stringify(['managed identity', resource, claimsChallenge])
  return context.once(key, () => (isChallenged ? answerChallenge(context, key, run) : run()))
}

async function requestAndRecord(
  context: ClientContext,
  identity: ManagedIdentityId,
  request: { readonly resource: string; readonly refusedTokenHash: string | undefined },
): Promise<TokenResult> {
  const { address, capabilities, clock } = context
  const correlationId = crypto.randomUUID()
  const wire = await requestIdentityToken(context, { ...request, identity, capabilities, correlationId })
  const authority: Authority = {
    address,
    host: address.host,
    realm: REALM,
    aliases: [],
    authorizationEndpoint: MANAGED_IDENTITY_AUTHORITY,
    tokenEndpoint: MANAGED_IDENTITY_AUTHORITY,
    // No ID token is to come from here.
    isTokenIssuer: () => false,
  }
  return recordTokens(context, {
    tokens: parseTokenResponse(wire, nowInSeconds(clock)),
    authority,
    scopes: [request.resource],
    grantType: REALM,
    tokenSource: 'identity_provider',
    correlationId,
    accountPolicy: 'none',
  })
}

async function hashInHexadecimal(text: string): Promise<string> {
  return [...(await sha256(text))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
