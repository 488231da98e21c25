import type { JsonObject } from '../core/json.ts'

/** The sections of MSAL's unified cache schema, under MSAL Python's names. */
export const CREDENTIAL_TYPE = {
  /** Access tokens. */
  ACCESS_TOKEN: 'AccessToken',
  /** Refresh tokens. */
  REFRESH_TOKEN: 'RefreshToken',
  /** People who signed in. */
  ACCOUNT: 'Account',
  /** ID tokens. */
  ID_TOKEN: 'IdToken',
  /** Clients and their families. */
  APP_METADATA: 'AppMetadata',
} as const

/** A section of the unified cache schema. */
export type CredentialType = 'AccessToken' | 'RefreshToken' | 'Account' | 'IdToken' | 'AppMetadata'

/** Whole seconds since 1970; the schema writes text, some libraries write a number. */
export type Timestamp = string | number

/**
 * An access token; `home_account_id` is null, empty or absent where it belongs to the application itself.
 * Fields that are optional here may be absent or null in what another library wrote.
 */
export interface AccessTokenEntry extends JsonObject {
  /** `AccessToken`. */
  readonly credential_type: string
  /** The token itself. */
  readonly secret: string
  /** The account's `homeAccountId`. */
  readonly home_account_id?: string | null
  /** The authority's host. */
  readonly environment: string
  /** Client that it was issued to; null for a machine's own managed identity. */
  readonly client_id: string | null
  /** Scopes as granted, separated by spaces. */
  readonly target: string
  /** Tenant that it was issued for. */
  readonly realm: string
  /** `Bearer` or `pop`; absent means `Bearer`. */
  readonly token_type?: string | null
  /** When it arrived. */
  readonly cached_at?: Timestamp | null
  /** When it expires. */
  readonly expires_on: Timestamp
  /** Until when it may serve while the server is out of order. */
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
  /** `RefreshToken`. */
  readonly credential_type: string
  /** The token itself. */
  readonly secret: string
  /** The account's `homeAccountId`. */
  readonly home_account_id?: string | null
  /** The authority's host. */
  readonly environment: string
  /** Client that it was issued to. */
  readonly client_id: string
  /** Scopes that it was granted with, separated by spaces. */
  readonly target?: string | null
  /** Family of clients that may use it, as `1`. */
  readonly family_id?: string | null
  /** When it arrived. */
  readonly last_modification_time?: Timestamp | null
}

/** An ID token as it was received. */
export interface IdTokenEntry extends JsonObject {
  /** `IdToken`. */
  readonly credential_type: string
  /** The token itself. */
  readonly secret: string
  /** The account's `homeAccountId`. */
  readonly home_account_id?: string | null
  /** The authority's host. */
  readonly environment: string
  /** Client that it was issued to. */
  readonly client_id: string
  /** Tenant that it was issued for. */
  readonly realm: string
}

/** A person in one tenant. */
export interface AccountEntry extends JsonObject {
  /** `{uid}.{utid}` at Entra, the `sub` elsewhere. */
  readonly home_account_id: string
  /** The authority's host. */
  readonly environment: string
  /** Tenant that the entry was made for. */
  readonly realm: string
  /** Object id in that tenant. */
  readonly local_account_id?: string | null
  /** Display only. */
  readonly username: string
  /** `MSSTS`, `ADFS` or `CLOUDSHELL`. */
  readonly authority_type: string
  /** The grant that established the account, or `broker`. */
  readonly account_source?: string | null
}

/** What is known of a client at a host: whether it belongs to a family that shares refresh tokens. */
export interface AppMetadataEntry extends JsonObject {
  /** The client; null for a machine's own managed identity. */
  readonly client_id: string | null
  /** The authority's host. */
  readonly environment: string
  /** Family that it belongs to, as `1`; empty for none. */
  readonly family_id?: string | null
}

/** The entry type of each section. */
export interface CacheEntries {
  /** Access tokens. */
  readonly AccessToken: AccessTokenEntry
  /** Refresh tokens. */
  readonly RefreshToken: RefreshTokenEntry
  /** Accounts. */
  readonly Account: AccountEntry
  /** ID tokens. */
  readonly IdToken: IdTokenEntry
  /** Clients. */
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
  /** Client that asked. */
  readonly client_id: string
  /** Scopes as granted. */
  readonly scope?: readonly string[] | undefined
  /** Gives environment and realm where they are absent. */
  readonly token_endpoint?: string | undefined
  /** The authority's host, with its port where that is not the default. */
  readonly environment?: string | undefined
  /** Tenant that was asked. */
  readonly realm?: string | undefined
  /** The token endpoint's answer; a broker's may carry `id_token_claims`. */
  readonly response: JsonObject
  /** The request's parameters: `key_id`, `username`, and what makes an extended key. */
  readonly data?: JsonObject | undefined
  /** Of the token request. */
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
