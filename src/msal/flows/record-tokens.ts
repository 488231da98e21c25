import type { Authority } from '../authority/resolve-authority.ts'
import { changesOf, changesOfRefresh, type CacheChange, type CachePut } from '../cache/cache-changes.ts'
import { extendedKeyOf } from '../cache/cache-key.ts'
import type { CacheEvent, EntryPlace, StoredEntry } from '../cache/cache-schema.ts'
import type { Account } from '../core/account.ts'
import { IdTokenError, NetworkError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { TokenResult } from '../core/token-result.ts'
import type { AccountPolicy } from '../grants/grant.ts'
import { checkIdToken, decodeIdToken } from '../oauth/id-token.ts'
import { splitScopes } from '../oauth/scopes.ts'
import type { TokenResponse } from '../oauth/token-response.ts'
import { toAccount } from './accounts.ts'
import { nowInSeconds, type ClientContext } from './client-context.ts'
import { verifyIdToken } from './verify-id-token.ts'

/** Tokens that arrived, whoever sent them, and what is known of the request. */
export interface TokenRecord {
  readonly tokens: TokenResponse
  readonly authority: Authority
  /** Taken as granted where the answer names none. */
  readonly scopes: readonly string[]
  readonly grantType: string
  readonly tokenSource: TokenResult['tokenSource']
  readonly correlationId: string
  readonly accountPolicy: AccountPolicy
  /** Claims that whoever gave the tokens vouches for, where there is no ID token to check. */
  readonly idTokenClaims?: JsonObject | undefined
  /** The refresh token whose place the new one takes. */
  readonly rotate?: StoredEntry<'RefreshToken'> | undefined
  /** Scopes whose cached tokens the new one takes the place of. */
  readonly replaces?: readonly string[] | undefined
  /** What is kept is kept only while this entry is still there: an answer must not undo a sign-out. */
  readonly onlyWith?: EntryPlace | undefined
  readonly account?: Account | undefined
  readonly nonce?: string | undefined
  readonly maxAge?: number | undefined
  /** Further members of the cache event. */
  readonly event?: Partial<CacheEvent> | undefined
}

/**
 * Checks the ID token, keeps the tokens and makes the result: where all ways to tokens meet.
 *
 * @throws {IdTokenError} where the ID token is not meant for this client; nothing is kept then
 */
export async function recordTokens(context: ClientContext, record: TokenRecord): Promise<TokenResult> {
  const { tokens, authority, accountPolicy } = record
  const now = nowInSeconds(context.clock)
  const scopes = tokens.scope === undefined ? record.scopes : splitScopes(tokens.scope)
  const event: CacheEvent = {
    client_id: context.clientId,
    scope: scopes,
    token_endpoint: authority.tokenEndpoint,
    environment: authority.host,
    realm: authority.realm,
    grant_type: record.grantType,
    response: tokens.wire,
    skip_account_creation: accountPolicy !== 'establish',
    ...record.event,
  }
  const claims = await checkClaims(context, record, event)
  await context.acceptClaims(claims)
  const changes = (record.rotate ? changesOfRefresh(event, record.rotate, now) : changesOf(event, now))
    .filter((change) => accountPolicy === 'none' || !isNobodys(change))
    .map((change) => (record.onlyWith && isPersonal(change) ? { ...change, onlyWith: record.onlyWith } : change))
  const established = establishedAccount(changes)
  // Who signed in anew is not answered with what an earlier challenge brought.
  if (established) context.answeredChallenges.clear()
  const account = established ?? record.account
  await context.store.apply(
    [...replacedTokens(context, record, account), ...twinsOf(context, changes), ...changes],
    event,
  )
  const whose = account ? ` of ${context.describe(account)}` : ''
  context.logger.debug(`Tokens${whose} came by ${record.grantType} from ${authority.host}`)
  return createResult(record, { scopes, claims, now, account })
}

const isPersonal = (change: CacheChange): change is Extract<CacheChange, { op: 'put' }> =>
  change.op === 'put' && change.type !== 'AppMetadata'

/** A person's tokens whose owner nobody named would lie where the application's own are, and be taken for them. */
const isNobodys = (change: CacheChange): boolean =>
  change.op === 'put' && change.type !== 'AppMetadata' && change.type !== 'Account' && !change.entry.home_account_id

async function checkClaims(
  context: ClientContext,
  record: TokenRecord,
  event: CacheEvent,
): Promise<JsonObject | undefined> {
  const { rotate, tokens, idTokenClaims } = record
  if (tokens.idToken === undefined) return idTokenClaims
  try {
    return await checkIdTokenClaims(context, record, tokens.idToken)
  } catch (error) {
    // The server has taken the old refresh token back already; that its keys can't be fetched must not lose the new one.
    if (rotate && error instanceof NetworkError) {
      const response = { refresh_token: tokens.refreshToken }
      await context.store.apply(changesOfRefresh({ ...event, response }, rotate, nowInSeconds(context.clock)))
    }
    throw error
  }
}

async function checkIdTokenClaims(context: ClientContext, record: TokenRecord, idToken: string): Promise<JsonObject> {
  const { authority, nonce, maxAge } = record
  const claims = decodeIdToken(idToken)
  checkIdToken(claims, {
    clientId: context.clientId,
    isIssuer: (issuer) => authority.isTokenIssuer(issuer, claims),
    required: authority.address.kind === 'openid' ? ['sub', 'aud', 'iat'] : [],
    nonce,
    maxAge,
    now: nowInSeconds(context.clock),
    warn: (message) => context.logger.warn(message),
  })
  if (context.verifiesIdTokens) await verifyIdToken(context, authority, idToken)
  if (record.rotate) checkSameSubject(context, record, claims)
  return claims
}

/** A refresh brings an ID token of the same person. @see OpenID Connect Core 1.0 section 12.2 */
function checkSameSubject(context: ClientContext, { rotate, authority }: TokenRecord, claims: JsonObject): void {
  const before = context.store.cache.idTokenOf({
    homeAccountId: rotate?.entry.home_account_id ?? '',
    environment: authority.host,
    clientId: context.clientId,
    realm: authority.realm,
  })
  if (!before) return
  const known = decodeIdToken(before.secret)
  if (known['iss'] !== claims['iss'] || known['sub'] !== claims['sub'])
    throw new IdTokenError('The refresh brought an ID token of another person ("iss" or "sub" differ)')
}

/** The access tokens that a challenge has made useless. */
function replacedTokens(
  context: ClientContext,
  { replaces, authority, event }: TokenRecord,
  account: Account | undefined,
): readonly CacheChange[] {
  if (!replaces) return []
  const stored = context.store.cache.accessTokensFor({
    homeAccountId: account?.homeAccountId ?? null,
    environment: authority.host,
    clientId: context.clientId,
    realm: authority.realm,
    scopes: replaces.filter((scope) => !['openid', 'profile', 'offline_access'].includes(scope)),
    extCacheKey: event?.data && extendedKeyOf(event.data),
  })
  return stored.map(({ type, key }) => ({ op: 'remove', type, key }))
}

/** Access tokens for the same scopes that another MSAL library keeps under a key of its own: it takes two for damage. */
function twinsOf({ store }: ClientContext, changes: readonly CacheChange[]): readonly CacheChange[] {
  const change = changes.find(isAccessTokenPut)
  if (!change) return []
  const { entry } = change
  const scopes = splitScopes(entry.target)
  const stored = store.cache.accessTokensFor({
    homeAccountId: entry.home_account_id ?? null,
    environment: entry.environment,
    clientId: entry.client_id ?? '',
    realm: entry.realm,
    scopes,
    keyId: entry.key_id ?? undefined,
    extCacheKey: entry.ext_cache_key ?? undefined,
    expiresAfter: 0,
  })
  return stored
    .filter((token) => token.key !== change.key && splitScopes(token.entry.target).length === scopes.length)
    .map(({ type, key }) => ({ op: 'remove', type, key }))
}

const isAccessTokenPut = (change: CacheChange): change is CachePut<'AccessToken'> =>
  change.op === 'put' && change.type === 'AccessToken'

function establishedAccount(changes: readonly CacheChange[]): Account | undefined {
  for (const change of changes) if (change.op === 'put' && change.type === 'Account') return toAccount(change.entry)
  return undefined
}

function createResult(
  { tokens, tokenSource, correlationId }: TokenRecord,
  from: {
    readonly scopes: readonly string[]
    readonly claims: JsonObject | undefined
    readonly account: Account | undefined
    readonly now: number
  },
): TokenResult {
  const { refreshIn, idToken } = tokens
  return {
    accessToken: tokens.accessToken ?? '',
    tokenType: tokens.tokenType,
    scopes: from.scopes,
    expiresIn: tokens.expiresIn,
    expiresOn: new Date((from.now + tokens.expiresIn) * 1000),
    ...(refreshIn !== undefined && { refreshOn: new Date((from.now + refreshIn) * 1000) }),
    ...(idToken !== undefined && { idToken }),
    ...(from.claims && { idTokenClaims: from.claims }),
    ...(from.account && { account: from.account }),
    tokenSource,
    correlationId,
  }
}
