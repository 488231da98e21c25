/** The library's public names; what is internal of them is for the roots and tests. */
export { AuthorityBuilder } from './authority/authority.ts'
export { AZURE_CHINA, AZURE_PUBLIC, AZURE_US_GOVERNMENT } from './authority/authority-hosts.ts'
export type { AccountOwner, CacheOwner, TenantOwner } from './cache/cache-owner.ts'
export type { CachePersistence, PartitionNaming, PersistedPartition } from './cache/cache-persistence.ts'
export type { CacheQuery } from './cache/cache-query.ts'
export type {
  AccessTokenEntry,
  AccountEntry,
  AppMetadataEntry,
  CacheEntries,
  CacheEvent,
  CredentialType,
  IdTokenEntry,
  RefreshTokenEntry,
  Timestamp,
} from './cache/cache-schema.ts'
export { UnifiedCache as TokenCache, type CacheAddOptions } from './cache/token-cache.ts'
export { ClientApplication, type RedeemRefreshTokenOptions } from './client-application.ts'
export { ConfidentialClient as ConfidentialClientApplication } from './confidential-client-application.ts'
export type { Account } from './core/account.ts'
export * from './core/errors.ts'
export type { JsonObject } from './core/json.ts'
export type { Fetch, Logger, TransportOptions } from './core/ports.ts'
/** @internal */
export type {
  ArcAgent,
  Clock,
  KeyWithCertificate,
  Pkcs12Source,
  Platform,
  PrivateKeySource,
  RedirectExpectation,
  RedirectListener,
} from './core/ports.ts'
export type { TokenResult } from './core/token-result.ts'
export type { GetAccountsOptions, RemoveAccountOptions } from './flows/accounts.ts'
export type {
  AuthCodeFlow,
  AuthorizationOptions,
  AuthorizationUrlOptions,
  InitiateAuthCodeFlowOptions,
  RedeemAuthCodeFlowOptions,
  RedeemAuthorizationCodeOptions,
} from './flows/auth-code-flow.ts'
export type { ClientCredentialsOptions } from './flows/client-credentials.ts'
export type { DeviceFlow, InitiateDeviceFlowOptions, RedeemDeviceFlowOptions } from './flows/device-flow.ts'
export type { InteractiveOptions } from './flows/interactive-options.ts'
export type { OnBehalfOfOptions, UserFederatedIdentityOptions } from './flows/on-behalf-of.ts'
export type { ManagedIdentityTokenOptions } from './flows/managed-identity-token.ts'
export type { SilentOptions } from './flows/silent.ts'
export type { UsernamePasswordOptions } from './flows/username-password.ts'
export type { ForwardedClaimsOptions } from './flows/forwarded-claims.ts'
export {
  WorkloadClient as ManagedIdentityClient,
  type ManagedIdentityClientOptions,
} from './managed-identity-client.ts'
export {
  SystemAssignedManagedIdentity,
  UserAssignedManagedIdentity,
  type ManagedIdentityId,
  type UserAssignedIdType,
  type UserAssignedManagedIdentityOptions,
} from './managed-identity/managed-identity-id.ts'
export type { ManagedIdentitySource } from './managed-identity/managed-identity-source.ts'
export type { HttpCache } from './http/http-cache.ts'
export type { AuthorizationResponse } from './oauth/authorization-response.ts'
export { parseWwwAuthenticate, readClaimsChallenge, type Challenge } from './oauth/www-authenticate.ts'
export type { AutoRefresherOptions } from './oauth/auto-refresher.ts'
export type { ClientAssertionCallback, ClientAssertionContext } from './oauth/client-assertion.ts'
export type {
  AssertionCredential,
  ClientCredential,
  PfxCredential,
  PrivateKeyCredential,
} from './oauth/client-credential.ts'
export { Prompt } from './oauth/prompt.ts'
export type { ClientOptions, ConfidentialClientOptions, PublicClientOptions } from './options.ts'
export { PopAuthScheme, type PopAuthSchemeOptions, type PopHttpMethod } from './pop/pop-auth-scheme.ts'
export { PublicClient as PublicClientApplication } from './public-client-application.ts'
