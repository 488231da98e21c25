import { decodeBase64Url } from '../core/encoding.ts'
import { ConfigurationError } from '../core/errors.ts'
import { isJsonObject, parseJsonObject, readInteger, readString } from '../core/json.ts'
import type { JsonObject } from '../core/json.ts'
import { extendedKeyOf, makeKey } from './cache-key.ts'
import type {
  CacheEntries,
  CacheEvent,
  CredentialType,
  EntryPlace,
  RefreshTokenEntry,
  StoredEntry,
} from './cache-schema.ts'

/** An entry to be kept. */
export interface CachePut<T extends CredentialType> extends EntryPlace<T> {
  readonly op: 'put'
  readonly entry: CacheEntries[T]
  /** The change counts only while this entry is still there: a refresh must not undo a sign-out. */
  readonly onlyWith?: EntryPlace
}

/** One change of a cache, as a value: it is applied to what the cache holds then, not to what it held before. */
export type CacheChange =
  { readonly [T in CredentialType]: CachePut<T> }[CredentialType] | (EntryPlace & { readonly op: 'remove' })

/** Seconds that an access token is taken to be good for where the server does not say. */
const DEFAULT_LIFETIME = 600

/** Grants by which a person, and not merely a token, comes into the cache. */
const ESTABLISHING_GRANTS: ReadonlySet<string> = new Set([
  'broker',
  'authorization_code',
  'password',
  'urn:ietf:params:oauth:grant-type:device_code',
  'user_fic',
])

/**
 * The entries that the answer to a token request gives.
 *
 * @param now - seconds since 1970
 * @param knownOwner - whose they are where the answer names nobody; the application's own unless given
 * @throws {ConfigurationError} the event has neither an environment nor a token endpoint that is a URL
 */
export function changesOf(
  event: CacheEvent,
  now: number,
  knownOwner: string | null | undefined = null,
): readonly CacheChange[] {
  const source = readSource(event, Math.floor(now), knownOwner)
  return [
    ...accessTokenChanges(source),
    ...accountChanges(source),
    ...idTokenChanges(source),
    ...refreshTokenChanges(source),
    ...appMetadataChanges(source),
  ]
}

/**
 * The changes after a refresh: a rotated token takes the place of the one that was used, under its key and with its
 * target, no account is made, and nothing is kept if the used token was removed meanwhile.
 *
 * @param used - the refresh token that was sent
 * @param now - seconds since 1970
 */
export function changesOfRefresh(
  event: CacheEvent,
  used: StoredEntry<'RefreshToken'>,
  now: number,
): readonly CacheChange[] {
  const { refresh_token: rotated, ...response } = event.response
  const onlyWith: EntryPlace = { type: used.type, key: used.key }
  // Many a provider sends neither client_info nor an ID token with a refresh.
  const changes = changesOf({ ...event, response, skip_account_creation: true }, now, used.entry.home_account_id)
  const rotation = typeof rotated === 'string' && rotated ? [rotate(used, rotated, now)] : []
  return [...changes, ...rotation].map((change) =>
    change.op === 'put' && change.type !== 'AppMetadata' ? { ...change, onlyWith } : change,
  )
}

function rotate(used: StoredEntry<'RefreshToken'>, secret: string, now: number): CachePut<'RefreshToken'> {
  const entry: RefreshTokenEntry = { ...used.entry, secret, last_modification_time: String(Math.floor(now)) }
  return { op: 'put', type: used.type, key: used.key, entry }
}

/** An event's facts, read once. */
interface Source {
  readonly event: CacheEvent
  readonly now: number
  readonly claims: JsonObject
  readonly owner: { readonly home_account_id: string | null; readonly environment: string }
  readonly realm: string
  readonly target: string
}

function readSource(event: CacheEvent, now: number, knownOwner: string | null): Source {
  const claims = readIdTokenClaims(event.response)
  const endpoint = event.token_endpoint === undefined ? undefined : parseEndpoint(event.token_endpoint)
  const environment = (event.environment ?? endpoint?.host)?.toLowerCase()
  if (!environment) throw new ConfigurationError('event', 'it has neither an environment nor a token_endpoint')
  return {
    event,
    now,
    claims,
    owner: { home_account_id: readHomeAccountId(event.response, claims) ?? knownOwner, environment },
    realm: event.realm ?? (endpoint ? tenantOf(endpoint) : ''),
    target: [...(event.scope ?? [])].sort().join(' '),
  }
}

function parseEndpoint(text: string): URL {
  if (!URL.canParse(text)) throw new ConfigurationError('event', 'its token_endpoint is no URL')
  return new URL(text)
}

/** The tenant in an endpoint's path; External ID may have it in the host alone. */
function tenantOf(endpoint: URL): string {
  const tenant = endpoint.pathname.split('/')[1]
  if (tenant) return tenant
  const [, subdomain] = /^(.+)\.ciamlogin\.com$/.exec(endpoint.hostname) ?? []
  return subdomain ? `${subdomain}.onmicrosoft.com` : ''
}

/** Claims that a broker gave, else those of the ID token; whether they may be trusted was decided before. */
function readIdTokenClaims(response: JsonObject): JsonObject {
  const given = response['id_token_claims']
  if (isJsonObject(given)) return given
  return decodeJson(readString(response, 'id_token')?.split('.')[1])
}

/** `{uid}.{utid}`, else the subject of the ID token; null where the token belongs to the application itself. */
function readHomeAccountId(response: JsonObject, claims: JsonObject): string | null {
  const clientInfo = decodeJson(readString(response, 'client_info'))
  const { uid, utid } = { uid: readString(clientInfo, 'uid'), utid: readString(clientInfo, 'utid') }
  return uid !== undefined && utid !== undefined ? `${uid}.${utid}` : (readString(claims, 'sub') ?? null)
}

function decodeJson(encoded = ''): JsonObject {
  try {
    return parseJsonObject(decodeBase64Url(encoded)) ?? {}
  } catch {
    return {}
  }
}

function put<T extends CredentialType>(type: T, entry: CacheEntries[T]): [CachePut<T>] {
  return [{ op: 'put', type, key: makeKey(type, entry), entry }]
}

function accessTokenChanges({ event, now, owner, realm, target }: Source): readonly CacheChange[] {
  const { response, data = {} } = event
  const secret = readString(response, 'access_token')
  if (!secret) return []
  const expiresOn = readInteger(response, 'expires_on')
  const expiresIn = readInteger(response, 'expires_in') ?? (expiresOn ? expiresOn - now : DEFAULT_LIFETIME)
  const refreshIn = readInteger(response, 'refresh_in')
  const keyId = readString(data, 'key_id')
  const extension = event.ext_cache_key ?? extendedKeyOf(data)
  return put('AccessToken', {
    credential_type: 'AccessToken',
    secret,
    ...owner,
    client_id: event.client_id || null,
    target,
    realm,
    token_type: readString(response, 'token_type') ?? 'Bearer',
    cached_at: String(now),
    expires_on: String(now + expiresIn),
    extended_expires_on: String(now + (readInteger(response, 'ext_expires_in') ?? expiresIn)),
    ...(keyId !== undefined && { key_id: keyId }),
    ...(extension && { ext_cache_key: extension }),
    ...(refreshIn !== undefined && { refresh_on: String(now + refreshIn) }),
  })
}

function accountChanges({ event, claims, owner, realm }: Source): readonly CacheChange[] {
  const { environment, home_account_id: homeAccountId } = owner
  if (homeAccountId === null || event.skip_account_creation) return []
  const source = event.grant_type !== undefined && ESTABLISHING_GRANTS.has(event.grant_type) && event.grant_type
  return put('Account', {
    home_account_id: homeAccountId,
    environment,
    realm,
    local_account_id: event.local_account_id ?? readString(claims, 'oid') ?? readString(claims, 'sub') ?? null,
    username: readUsername(event, claims),
    authority_type: event.authority_type ?? (realm === 'adfs' ? 'ADFS' : 'MSSTS'),
    ...(source && { account_source: source }),
  })
}

function readUsername({ data = {}, username }: CacheEvent, claims: JsonObject): string {
  const claimed = readString(claims, 'preferred_username') ?? readString(claims, 'upn')
  return [claimed, readString(data, 'username'), username].find(Boolean) ?? ''
}

function idTokenChanges({ event, owner, realm }: Source): readonly CacheChange[] {
  const secret = readString(event.response, 'id_token')
  if (!secret) return []
  return put('IdToken', { credential_type: 'IdToken', secret, ...owner, realm, client_id: event.client_id })
}

function refreshTokenChanges({ event, now, owner, target }: Source): readonly CacheChange[] {
  const secret = readString(event.response, 'refresh_token')
  if (!secret) return []
  return put('RefreshToken', {
    credential_type: 'RefreshToken',
    secret,
    ...owner,
    client_id: event.client_id,
    target,
    last_modification_time: String(now),
    ...readFamily(event.response),
  })
}

function appMetadataChanges({ event, owner: { environment } }: Source): readonly CacheChange[] {
  return put('AppMetadata', { client_id: event.client_id || null, environment, ...readFamily(event.response) })
}

function readFamily(response: JsonObject): { readonly family_id?: string } {
  const family = readString(response, 'foci')
  return family === undefined ? {} : { family_id: family }
}
