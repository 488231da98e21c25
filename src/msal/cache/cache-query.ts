import { isJsonObject } from '../core/json.ts'
import type { JsonObject } from '../core/json.ts'
import type { AccountOwner } from './cache-owner.ts'
import { CREDENTIAL_TYPE } from './cache-schema.ts'
import type { AccessTokenEntry, CredentialType } from './cache-schema.ts'

/** Which entries `find` and `search` give. */
export interface CacheQuery<T extends CredentialType = CredentialType> {
  /** One of `TokenCache.CredentialType`. */
  readonly credentialType: T
  /** Scopes that the entry must at least have. */
  readonly target?: readonly string[] | undefined
  /** Fields that the entry must have with these values. */
  readonly query?: JsonObject | undefined
  /** Seconds since 1970; access tokens that expired before are dropped. */
  readonly now?: number | undefined
}

/** Which access token is looked for. */
export interface AccessTokenQuery {
  /** Null for a token of the application itself. */
  readonly homeAccountId: string | null
  readonly environment: string
  readonly clientId: string
  readonly realm: string
  /** Scopes that the token must at least have. */
  readonly scopes: readonly string[]
  /** The key that the token must be bound to; without it only tokens that are bound to none. */
  readonly keyId?: string | undefined
  /** See `extendedKeyOf`; without it only tokens that were asked for without extra parameters. */
  readonly extCacheKey?: string | undefined
  /** Seconds since 1970: tokens that expire earlier are passed over. */
  readonly expiresAfter?: number | undefined
}

/** A client's ID token of an account in one tenant. */
export interface IdTokenQuery extends AccountOwner {
  readonly clientId: string
  readonly realm: string
}

/** Whether an access token may be used for a request; one that is bound to something serves that alone. */
export function serves(entry: AccessTokenEntry, { scopes, keyId, extCacheKey }: AccessTokenQuery): boolean {
  return (entry.key_id ?? '') === (keyId ?? '') && isSameExtension(entry, extCacheKey) && hasScopes(entry, scopes)
}

/** Whether an entry is one of those that a query asks for, its expiry apart. */
export function matches(entry: JsonObject, { credentialType, target = [], query = {} }: CacheQuery): boolean {
  const agrees = Object.entries(query).every(
    ([field, value]) =>
      entry[field] === (field === 'environment' && typeof value === 'string' ? value.toLowerCase() : value),
  )
  if (!agrees || !hasScopes(entry, target)) return false
  return credentialType !== CREDENTIAL_TYPE.ACCESS_TOKEN || isSameExtension(entry, query['ext_cache_key'])
}

function isSameExtension(entry: JsonObject, extension: unknown): boolean {
  // MSAL Node's own way to set such tokens apart; which parameters they were asked for with is not ours to read.
  const foreign = entry['additionalCacheKeyComponents']
  if (isJsonObject(foreign) && Object.keys(foreign).length > 0) return false
  return (entry['ext_cache_key'] ?? '') === (extension ?? '')
}

function hasScopes(entry: JsonObject, scopes: readonly string[]): boolean {
  if (scopes.length === 0) return true
  const target = entry['target']
  const granted = new Set(typeof target === 'string' ? target.split(/\s+/) : [])
  return scopes.every((scope) => granted.has(scope))
}
