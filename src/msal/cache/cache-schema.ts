import type { JsonObject } from '../core/json.ts'

/** The sections of MSAL's unified cache schema, under MSAL Python's names. */
export const CREDENTIAL_TYPE = {
  ACCESS_TOKEN: 'AccessToken',
  REFRESH_TOKEN: 'RefreshToken',
  ACCOUNT: 'Account',
  ID_TOKEN: 'IdToken',
  APP_METADATA: 'AppMetadata',
} as const

/** A section of the unified cache schema. */
export type CredentialType = (typeof CREDENTIAL_TYPE)[keyof typeof CREDENTIAL_TYPE]

/** Whole seconds since 1970; the schema writes text, some libraries write a number. */
export type Timestamp = string | number

/**
 * An access token; `home_account_id` is null, empty or absent where it belongs to the application itself.
 * Fields that are optional here may be absent or null in what another library wrote.
 */
export interface AccessTokenEntry extends JsonObject {
  readonly credential_type: string
  readonly secret: string
  readonly home_account_id?: string | null
  readonly environment: string
  readonly client_id: string
  /** Scopes as granted, separated by spaces. */
  readonly target: string
  /** Tenant that it was issued for. */
  readonly realm: string
  readonly token_type?: string | null
  readonly cached_at?: Timestamp | null
  readonly expires_on: Timestamp
  readonly extended_expires_on?: Timestamp | null
  /** From then on it is refreshed ahead of time. */
  readonly refresh_on?: Timestamp | null
  /** The key that a proof-of-possession token or certificate is bound to. */
  readonly key_id?: string | null
  /** Hash of further request parameters that this token must not be shared across. */
  readonly ext_cache_key?: string | null
}

/** A refresh token, good for every tenant; with a `family_id` for every client of the family. */
export interface RefreshTokenEntry extends JsonObject {
  readonly credential_type: string
  readonly secret: string
  readonly home_account_id?: string | null
  readonly environment: string
  readonly client_id: string
  readonly target?: string | null
  readonly family_id?: string | null
  readonly last_modification_time?: Timestamp | null
}

/** An ID token as it was received. */
export interface IdTokenEntry extends JsonObject {
  readonly credential_type: string
  readonly secret: string
  readonly home_account_id?: string | null
  readonly environment: string
  readonly client_id: string
  readonly realm: string
}

/** A person in one tenant. */
export interface AccountEntry extends JsonObject {
  readonly home_account_id: string
  readonly environment: string
  readonly realm: string
  readonly local_account_id?: string | null
  readonly username: string
  readonly authority_type: string
  /** The grant that established the account, or `broker`. */
  readonly account_source?: string | null
}

/** What is known of a client at a host: whether it belongs to a family that shares refresh tokens. */
export interface AppMetadataEntry extends JsonObject {
  readonly client_id: string
  readonly environment: string
  readonly family_id?: string | null
}

/** The entry type of each section. */
export interface CacheEntries {
  readonly AccessToken: AccessTokenEntry
  readonly RefreshToken: RefreshTokenEntry
  readonly Account: AccountEntry
  readonly IdToken: IdTokenEntry
  readonly AppMetadata: AppMetadataEntry
}

/** Where an entry is kept. */
export interface EntryPlace<T extends CredentialType = CredentialType> {
  readonly type: T
  readonly key: string
}

/** An entry with its place, of any section. */
export type StoredEntry<T extends CredentialType = CredentialType> = {
  readonly [K in T]: EntryPlace<K> & { readonly entry: CacheEntries[K] }
}[T]

/** What came of a token request; `TokenCache.add` makes entries of it. */
export interface CacheEvent {
  readonly client_id: string
  /** Scopes as granted. */
  readonly scope?: readonly string[] | undefined
  /** Gives environment and realm where they are absent. */
  readonly token_endpoint?: string | undefined
  /** The authority's host, with its port where that is not the default. */
  readonly environment?: string | undefined
  readonly realm?: string | undefined
  /** The token endpoint's answer; a broker's may carry `id_token_claims`. */
  readonly response: JsonObject
  /** The request's parameters: `key_id`, `username`, and what makes an extended key. */
  readonly data?: JsonObject | undefined
  readonly grant_type?: string | undefined
  /** `MSSTS`, `ADFS` or `CLOUDSHELL`, where the realm does not tell. */
  readonly authority_type?: string | undefined
  /** The user name where the ID token has none. */
  readonly username?: string | undefined
  /** The account's id in its tenant, where a broker tells it. */
  readonly local_account_id?: string | undefined
  /** True for a refresh, so that it can't bring back an account that was removed meanwhile. */
  readonly skip_account_creation?: boolean | undefined
  /** Computed from `data` unless given. */
  readonly ext_cache_key?: string | undefined
}
