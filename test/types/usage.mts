// @ts-expect-error no such name
import { NotThere } from 'entra-auth/msal'
import {
  AutoRefresher,
  AuthorityBuilder,
  AZURE_CHINA,
  AZURE_PUBLIC,
  AZURE_US_GOVERNMENT,
  ClientApplication,
  ConfidentialClientApplication,
  ConfigurationError,
  EncryptedFilePersistence,
  getManagedIdentitySource,
  ManagedIdentityClient,
  ManagedIdentityError,
  MsalError,
  OAuthError,
  parseWwwAuthenticate,
  PopAuthScheme,
  Prompt,
  PublicClientApplication,
  readClaimsChallenge,
  RedisPersistence,
  SerializableTokenCache,
  SystemAssignedManagedIdentity,
  TokenCache,
  UserAssignedManagedIdentity,
  type AccessTokenEntry,
  type Account,
  type AuthCodeFlow,
  type CachePersistence,
  type ClientAssertionContext,
  type ClientCredential,
  type ClientOptions,
  type DeviceFlow,
  type HttpCache,
  type InteractiveOptions,
  type ManagedIdentityId,
  type ManagedIdentitySource,
  type TokenResult,
} from 'entra-auth/msal'

declare const unknown: string | undefined
declare const flag: boolean | undefined
declare const count: number | undefined
declare const list: readonly string[] | undefined
declare const mutableList: string[]
declare const account: Account
declare const maybeAccount: Account | undefined
declare const cache: TokenCache | undefined
declare const httpCache: HttpCache | undefined
declare const persistence: CachePersistence | undefined
declare const signal: AbortSignal | undefined
declare const pop: PopAuthScheme | undefined
declare const scopes: readonly string[]

void NotThere

/** Takes a value of exactly this type. */
const expect = <T,>(_value: T): void => undefined

export async function usePublicClient(): Promise<void> {
  const app = new PublicClientApplication({ clientId: 'c' })
  new PublicClientApplication({
    clientId: 'c',
    authority: unknown,
    oidcAuthority: unknown,
    validateAuthority: flag,
    instanceDiscovery: flag,
    tokenCache: cache,
    cachePersistence: persistence,
    partition: (owner) => ('tenant' in owner ? owner.tenant : owner.homeAccountId),
    fetch: globalThis.fetch,
    proxy: unknown,
    ca: unknown,
    timeoutMs: count,
    appName: unknown,
    appVersion: unknown,
    clientCapabilities: list,
    excludeScopes: list,
    httpCache,
    verifyIdTokens: flag,
    enablePiiLog: flag,
    logger: undefined,
    enableBrokerOnWindows: flag,
    enableBrokerOnMac: flag,
    enableBrokerOnLinux: flag,
    enableBrokerOnWsl: flag,
  })
  new PublicClientApplication({ clientId: 'c', authority: new AuthorityBuilder(AZURE_PUBLIC, 'contoso.com') })
  new PublicClientApplication({ clientId: 'c', tokenCache: new SerializableTokenCache(), logger: console })
  new PublicClientApplication({ clientId: 'c', httpCache: new Map<string, string>(), fetch: undefined })

  expect<TokenResult>(await app.acquireTokenInteractive({ scopes: ['User.Read'] }))
  const everything: InteractiveOptions = {
    scopes: mutableList,
    prompt: Prompt.SELECT_ACCOUNT,
    loginHint: unknown,
    domainHint: unknown,
    claimsChallenge: unknown,
    timeout: count,
    port: count,
    extraScopesToConsent: list,
    maxAge: count,
    parentWindowHandle: PublicClientApplication.CONSOLE_WINDOW_HANDLE,
    onBeforeLaunchingUi: ({ ui }) => expect<'browser' | 'broker'>(ui),
    authScheme: pop,
    openBrowser: (url) => url.startsWith('https'),
    successTemplate: unknown,
    errorTemplate: unknown,
    signal,
  }
  await app.acquireTokenInteractive(everything)
  await app.acquireTokenInteractive({ scopes, parentWindowHandle: 17n, openBrowser: async () => undefined })
  await app.acquireTokenInteractive({ scopes, parentWindowHandle: new Uint8Array(8), openBrowser: () => undefined })

  const device: DeviceFlow = await app.initiateDeviceFlow()
  await app.initiateDeviceFlow({ scopes: list, claimsChallenge: unknown })
  expect<TokenResult>(await app.acquireTokenByDeviceFlow({ flow: device, claimsChallenge: unknown, signal }))

  expect<boolean>(await app.isPopSupported())
  expect<ClientApplication>(app)
}

export async function useBothApplications(
  app: PublicClientApplication | ConfidentialClientApplication,
  request: URL,
): Promise<string> {
  const flow: AuthCodeFlow = await app.initiateAuthCodeFlow({
    scopes,
    redirectUri: unknown,
    state: unknown,
    prompt: unknown,
    loginHint: unknown,
    domainHint: unknown,
    claimsChallenge: unknown,
    maxAge: count,
    responseMode: unknown,
  })
  await app.acquireTokenByAuthCodeFlow({ authCodeFlow: flow, authResponse: request.searchParams, scopes: list })
  await app.acquireTokenByAuthCodeFlow({ authCodeFlow: flow, authResponse: { code: 'c', state: flow.state } })
  expect<string>(
    await app.getAuthorizationRequestUrl({
      scopes,
      loginHint: unknown,
      state: unknown,
      redirectUri: unknown,
      responseType: unknown,
      prompt: unknown,
      nonce: unknown,
      domainHint: unknown,
      claimsChallenge: unknown,
    }),
  )
  await app.acquireTokenByAuthorizationCode({ code: 'c', scopes, redirectUri: unknown, nonce: unknown })
  await app.acquireTokenByAuthorizationCode({ code: 'c', scopes, claimsChallenge: unknown })
  await app.acquireTokenByRefreshToken({ refreshToken: 'r', scopes })
  await app.acquireTokenByUsernamePassword({ username: 'u', password: 'p', scopes, claimsChallenge: unknown })
  await app.acquireTokenByUsernamePassword({ username: 'u', password: 'p', scopes, authScheme: pop, signal })

  const accounts = await app.getAccounts()
  await app.getAccounts({ username: unknown })
  const silent: TokenResult | null = await app.acquireTokenSilent({ scopes, account: accounts[0] })
  await app.acquireTokenSilent({
    scopes,
    account: maybeAccount,
    authority: unknown,
    forceRefresh: flag,
    claimsChallenge: unknown,
    authScheme: pop,
    forwardedClientClaims: unknown,
  })
  expect<TokenResult | null>(await app.acquireTokenSilentWithError({ scopes, account: null }))
  expect<void>(await app.removeAccount({ account }))
  await app.removeAccount({ account: { ...account, accountSource: unknown } })

  // @ts-expect-error null has to be looked for
  expect<TokenResult>(silent)
  const { expiresOn, refreshOn, tokenSource, idTokenClaims } =
    silent ?? (await app.acquireTokenByRefreshToken({ refreshToken: 'r', scopes }))
  expect<Date>(expiresOn)
  expect<Date | undefined>(refreshOn)
  expect<unknown>(idTokenClaims?.['sub'])
  return tokenSource
}

export async function useConfidentialClient(): Promise<void> {
  const credentials: readonly ClientCredential[] = [
    'secret',
    { privateKey: 'pem', thumbprint: unknown, passphrase: unknown, publicCertificate: unknown },
    { privateKeyPfxPath: 'file', passphrase: unknown, publicCertificate: flag },
    { privateKeyPfxPath: 'file', publicCertificate: 'pem' },
    { clientAssertion: 'jwt' },
    { clientAssertion: ({ clientId, tokenEndpoint, fmiPath }) => [clientId, tokenEndpoint, fmiPath ?? ''].join() },
    { clientAssertion: async (context: ClientAssertionContext) => context.tokenEndpoint },
    { clientAssertion: AutoRefresher(async () => 'jwt', { expiresIn: count }) },
    { clientAssertion: AutoRefresher(() => 'jwt') },
  ]
  for (const clientCredential of credentials) new ConfidentialClientApplication({ clientId: 'c', clientCredential })
  const app = new ConfidentialClientApplication({
    clientId: 'c',
    clientCredential: unknown,
    clientClaims: { client_ip: '192.0.2.1' },
    azureRegion: ClientApplication.ATTEMPT_REGION_DISCOVERY,
  })
  new ConfidentialClientApplication({ clientId: 'c', clientClaims: undefined, azureRegion: unknown })
  await app.acquireTokenForClient({
    scopes,
    claimsChallenge: unknown,
    fmiPath: unknown,
    forwardedClientClaims: unknown,
  })
  await app.acquireTokenOnBehalfOf({ userAssertion: 'jwt', scopes, claimsChallenge: unknown })
  await app.acquireTokenOnBehalfOf({ userAssertion: 'jwt', scopes, forwardedClientClaims: unknown })
  await app.acquireTokenByUserFederatedIdentityCredential({ scopes, assertion: 'jwt', username: unknown })
  await app.acquireTokenByUserFederatedIdentityCredential({ scopes, assertion: 'jwt', userObjectId: unknown })
  expect<void>(await app.removeTokensForClient())
  await app.removeTokensForClient({})
}

export async function useManagedIdentity(): Promise<void> {
  const identities: readonly ManagedIdentityId[] = [
    new SystemAssignedManagedIdentity(),
    new UserAssignedManagedIdentity({ clientId: 'c' }),
    new UserAssignedManagedIdentity({ resourceId: 'r' }),
    new UserAssignedManagedIdentity({ objectId: 'o' }),
    { ManagedIdentityIdType: 'SystemAssigned', Id: null },
    { ManagedIdentityIdType: 'ClientId', Id: 'c' },
  ]
  for (const managedIdentity of identities) {
    const options = { managedIdentity, fetch: undefined, tokenCache: cache, httpCache, clientCapabilities: list }
    const client = new ManagedIdentityClient(options)
    await client.acquireTokenForClient({ resource: 'https://vault.azure.net', claimsChallenge: unknown })
  }
  expect<ManagedIdentitySource>(await getManagedIdentitySource())
}

export function useCaches(client: { eval(): Promise<unknown> }): void {
  const tokens = new SerializableTokenCache()
  tokens.deserialize()
  tokens.deserialize(unknown)
  expect<string>(tokens.serialize())
  expect<boolean>(tokens.hasStateChanged)
  tokens.add(
    { client_id: 'c', token_endpoint: 'https://login.test/t/token', response: {}, scope: list },
    { now: count },
  )
  const { ACCESS_TOKEN } = TokenCache.CredentialType
  expect<readonly AccessTokenEntry[]>(tokens.find({ credentialType: ACCESS_TOKEN, target: list, now: count }))
  for (const entry of tokens.search({ credentialType: 'Account', query: { environment: 'login.test' } }))
    expect<string>(entry.username)
  expect<CachePersistence>(new EncryptedFilePersistence({ directory: 'd', key: undefined }))
  expect<CachePersistence>(new RedisPersistence({ client, keyPrefix: unknown, expiresIn: count }))
}

export function useTheRest(error: unknown): string | undefined {
  new PopAuthScheme({ httpMethod: PopAuthScheme.HTTP_POST, url: 'https://api.test/', nonce: 'n' })
  expect<readonly string[]>([AZURE_CHINA, AZURE_US_GOVERNMENT])
  for (const { scheme, params } of parseWwwAuthenticate('Bearer')) expect<string | undefined>(params[scheme])
  expect<string | undefined>(readClaimsChallenge('Bearer'))
  if (error instanceof ManagedIdentityError) return error.advice
  if (error instanceof OAuthError) return error.classification ?? error.claims ?? error.errorCodes?.join()
  if (error instanceof ConfigurationError) return error.argument
  return error instanceof MsalError ? error.message : undefined
}

export async function misuse(app: PublicClientApplication, service: ConfidentialClientApplication): Promise<void> {
  // @ts-expect-error options are needed
  new PublicClientApplication()
  // @ts-expect-error a client id is needed
  new PublicClientApplication({})
  // @ts-expect-error unknown option
  new PublicClientApplication({ clientId: 'c', clientID: 'c' })
  // @ts-expect-error Python's name
  new PublicClientApplication({ clientId: 'c', http_client: fetch })
  // @ts-expect-error a public client has no credential
  new PublicClientApplication({ clientId: 'c', clientCredential: 'secret' })
  // @ts-expect-error only one argument
  new PublicClientApplication({ clientId: 'c' }, {})
  // @ts-expect-error the base is not constructed
  new ClientApplication()
  // @ts-expect-error no broker signs a service in
  new ConfidentialClientApplication({ clientId: 'c', enableBrokerOnWindows: true })
  // @ts-expect-error a thumbprint alone proves nothing
  new ConfidentialClientApplication({ clientId: 'c', clientCredential: { thumbprint: 'A1' } })
  // @ts-expect-error an assertion needs no key
  const mixed: ClientCredential = { clientAssertion: 'jwt', privateKey: 'pem' }
  // @ts-expect-error one kind of key
  const keys: ClientCredential = { privateKey: 'pem', privateKeyPfxPath: 'file' }
  // @ts-expect-error the callback returns text
  const assertion: ClientCredential = { clientAssertion: () => 5 }
  // @ts-expect-error a plain object is no cache
  const options: ClientOptions = { clientId: 'c', tokenCache: {} }
  // @ts-expect-error milliseconds are a number
  new PublicClientApplication({ clientId: 'c', timeoutMs: '5' })

  // @ts-expect-error scopes are needed
  await app.acquireTokenInteractive({})
  // @ts-expect-error scopes are an array
  await app.acquireTokenInteractive({ scopes: 'User.Read' })
  // @ts-expect-error options are one object
  await app.acquireTokenInteractive(['User.Read'])
  // @ts-expect-error unknown option
  await app.acquireTokenInteractive({ scopes, login_hint: 'ada' })
  // @ts-expect-error the handle is no text
  await app.acquireTokenInteractive({ scopes, parentWindowHandle: 'window' })
  // @ts-expect-error a plain object is no scheme
  await app.acquireTokenInteractive({ scopes, authScheme: 'pop' })
  // @ts-expect-error the account is asked for, even where there is none
  await app.acquireTokenSilent({ scopes })
  // @ts-expect-error an account, not its name
  await app.acquireTokenSilent({ scopes, account: 'ada@contoso.com' })
  // @ts-expect-error the flow is needed
  await app.acquireTokenByDeviceFlow({})
  // @ts-expect-error not for a public client
  await app.acquireTokenForClient({ scopes })
  // @ts-expect-error not for a service
  await service.acquireTokenInteractive({ scopes })
  // @ts-expect-error it comes from the cache while it is usable
  await service.acquireTokenForClient({ scopes, forceRefresh: true })
  // @ts-expect-error the assertion is needed
  await service.acquireTokenOnBehalfOf({ scopes })
  // @ts-expect-error an account is needed
  await app.removeAccount({})
  // @ts-expect-error one id is needed
  new UserAssignedManagedIdentity({})
  // @ts-expect-error an identity is needed
  new ManagedIdentityClient({})
  // @ts-expect-error an id is needed
  new ManagedIdentityClient({ managedIdentity: { ManagedIdentityIdType: 'ClientId' } })
  // @ts-expect-error no HTTP method
  new PopAuthScheme({ httpMethod: 'FETCH', url: 'https://api.test/', nonce: 'n' })
  // @ts-expect-error no section of the cache
  new TokenCache().find({ credentialType: 'Password' })
  // @ts-expect-error a key is bytes
  new EncryptedFilePersistence({ directory: 'd', key: 'secret' })
  void [mixed, keys, assertion, options]
}
