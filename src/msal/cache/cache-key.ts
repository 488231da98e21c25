import { encodeBase64Url } from '../core/encoding.ts'
import type { JsonObject } from '../core/json.ts'
import type { CacheEntries, CredentialType } from './cache-schema.ts'
import { sha256Sync } from './sha256.ts'

/** What a key is made of; fields that are absent count as empty. */
export interface KeyFields {
  readonly home_account_id?: string | null
  readonly environment: string
  readonly client_id?: string | null
  readonly realm?: string
  /** Scopes, sorted, separated by spaces. */
  readonly target?: string | null
  readonly ext_cache_key?: string | null | undefined
}

const join = (...parts: readonly (string | null | undefined)[]): string =>
  parts
    .map((part) => part ?? '')
    .join('-')
    .toLowerCase()

/** Key of an access token; with an `ext_cache_key` that of an extended one. */
export function makeAccessTokenKey(fields: KeyFields): string {
  const { home_account_id: home, environment, client_id: client, realm, target, ext_cache_key: extension } = fields
  return extension
    ? join(home, environment, 'atext', client, realm, target, extension)
    : join(home, environment, 'accesstoken', client, realm, target)
}

/** Key of a refresh token, which has no realm: it is good for every tenant. */
export function makeRefreshTokenKey(fields: KeyFields): string {
  return join(fields.home_account_id, fields.environment, 'refreshtoken', fields.client_id, '', fields.target)
}

/** Key of an ID token. */
export function makeIdTokenKey(fields: KeyFields): string {
  return join(fields.home_account_id, fields.environment, 'idtoken', fields.client_id, fields.realm, '')
}

/** Key of an account in one tenant. */
export function makeAccountKey(fields: KeyFields): string {
  return join(fields.home_account_id, fields.environment, fields.realm)
}

/** Key of a client's metadata at a host; the only one that keeps its capitals. */
export function makeAppMetadataKey(fields: KeyFields): string {
  return `appmetadata-${fields.environment}-${fields.client_id ?? ''}`
}

const KEY_MAKERS: { readonly [T in CredentialType]: (entry: CacheEntries[T]) => string } = {
  AccessToken: makeAccessTokenKey,
  RefreshToken: makeRefreshTokenKey,
  IdToken: makeIdTokenKey,
  Account: makeAccountKey,
  AppMetadata: makeAppMetadataKey,
}

/** The key that a new entry is kept under. */
export function makeKey<T extends CredentialType>(type: T, entry: CacheEntries[T]): string {
  return KEY_MAKERS[type](entry)
}

/** Parameters of token requests that every token of a client shares, or that its key already holds. */
const ORDINARY_PARAMETERS: ReadonlySet<string> = new Set([
  ...['client_id', 'client_secret', 'client_assertion', 'client_assertion_type', 'client_info', 'grant_type', 'scope'],
  ...['claims', 'username', 'password', 'refresh_token', 'code', 'redirect_uri', 'code_verifier', 'device_code'],
  ...['assertion', 'requested_token_use', 'token_type', 'req_cnf', 'key_id'],
  ...['user_federated_identity_credential', 'user_id'],
])

/**
 * The `ext_cache_key` that a request's parameters call for; undefined where they have nothing that sets tokens apart.
 *
 * @param parameters - the form's parameters, ordinary ones included, and `client_claims` for forwarded claims
 */
export function extendedKeyOf(parameters: JsonObject): string | undefined {
  const extra = Object.entries(parameters).flatMap(([name, value]) =>
    typeof value === 'string' && value && !ORDINARY_PARAMETERS.has(name) ? [[name, value] as const] : [],
  )
  return extra.length > 0 ? hashExtendedKey(Object.fromEntries(extra)) : undefined
}

/**
 * Hashes parameters as every MSAL does: sorted by name, each name and value after its length in bytes.
 *
 * @returns SHA-256 as base64url without padding, lower-cased
 */
export function hashExtendedKey(parameters: Readonly<Record<string, string>>): string {
  const names = Object.keys(parameters).sort()
  const text = names
    .flatMap((name) => [name, parameters[name] ?? ''])
    .map(withLength)
    .join('')
  return encodeBase64Url(sha256Sync(text)).toLowerCase()
}

const withLength = (text: string): string => `${new TextEncoder().encode(text).length}:${text}`
