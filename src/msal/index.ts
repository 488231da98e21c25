/** The library's public names. */
export { AuthorityBuilder } from './authority/authority.ts'
export { AZURE_CHINA, AZURE_PUBLIC, AZURE_US_GOVERNMENT } from './authority/authority-hosts.ts'
export type { CachePersistence } from './cache/cache-persistence.ts'
export { ClientApplication } from './client-application.ts'
export { ConfidentialClientApplication } from './confidential-client-application.ts'
export type { Account } from './core/account.ts'
export * from './core/errors.ts'
export type { JsonObject } from './core/json.ts'
export type {
  ArcAgent,
  Clock,
  Fetch,
  KeyWithCertificate,
  Logger,
  Pkcs12Source,
  Platform,
  PrivateKeySource,
  RedirectExpectation,
  RedirectListener,
  TransportOptions,
} from './core/ports.ts'
export type { TokenResult } from './core/token-result.ts'
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
export type { InteractiveOptions } from './flows/interactive.ts'
export type { OnBehalfOfOptions, UserFederatedIdentityOptions } from './flows/on-behalf-of.ts'
export type { ManagedIdentityTokenOptions } from './flows/managed-identity-token.ts'
export type { SilentOptions } from './flows/silent.ts'
export type { UsernamePasswordOptions } from './flows/username-password.ts'
export type { ForwardedClaimsOptions } from './flows/forwarded-claims.ts'
export { ManagedIdentityClient, type ManagedIdentityClientOptions } from './managed-identity-client.ts'
export {
  SystemAssignedManagedIdentity,
  UserAssignedManagedIdentity,
  type ManagedIdentityId,
  type UserAssignedIdType,
  type UserAssignedManagedIdentityOptions,
} from './managed-identity/managed-identity-id.ts'
export { detectManagedIdentitySource, type ManagedIdentitySource } from './managed-identity/managed-identity-source.ts'
export type { HttpCache } from './http/http-cache.ts'
export type { AuthorizationResponse } from './oauth/authorization-response.ts'
export { parseWwwAuthenticate, readClaimsChallenge, type Challenge } from './oauth/www-authenticate.ts'
export { AutoRefresher, type AutoRefresherOptions } from './oauth/auto-refresher.ts'
export type { ClientAssertionCallback, ClientAssertionContext } from './oauth/client-assertion.ts'
export type {
  AssertionCredential,
  ClientCredential,
  PfxCredential,
  PrivateKeyCredential,
} from './oauth/client-credential.ts'
export { Prompt } from './oauth/prompt.ts'
export type { ClientOptions, ConfidentialClientOptions, PublicClientOptions } from './options.ts'
export { PopAuthScheme, type PopHttpMethod } from './pop/pop-auth-scheme.ts'
export { PublicClientApplication } from './public-client-application.ts'
export { TokenCache } from './cache/token-cache.ts'
