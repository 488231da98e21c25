import assert from 'node:assert/strict'
import {
  ClientApplication,
  ConfidentialClientApplication,
  ManagedIdentityClient,
  MsalError,
  PopAuthScheme,
  Prompt,
  PublicClientApplication,
  SystemAssignedManagedIdentity,
  TokenCache,
  type ConfidentialClientOptions,
  type ManagedIdentityClientOptions,
  type PublicClientOptions,
} from '../../src/msal/index.ts'
import { createTestClient, createTestPlatform, discovery } from '../support/entra.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createScriptedBroker } from '../support/scripted-broker.ts'

const construct = (options: unknown) =>
  new PublicClientApplication(options as PublicClientOptions, createTestPlatform(createFakeClock()))

describe('The options of a client', () => {
  const wrong: readonly [string, unknown][] = [
    ['options', undefined],
    ['options', 'client'],
    ['clientId', {}],
    ['clientId', { clientId: ' ' }],
    ['clientId', { clientId: 7 }],
    ['authority', { clientId: 'c', authority: 'common' }],
    ['validateAuthority', { clientId: 'c', validateAuthority: 'no' }],
    ['instanceDiscovery', { clientId: 'c', instanceDiscovery: 'https://x' }],
    ['excludeScopes', { clientId: 'c', excludeScopes: 'offline_access' }],
    ['excludeScopes', { clientId: 'c', excludeScopes: ['openid'] }],
    ['clientCapabilities', { clientId: 'c', clientCapabilities: ['CP1', 7] }],
    ['tokenCache', { clientId: 'c', tokenCache: {} }],
    ['fetch', { clientId: 'c', fetch: {} }],
    ['httpCache', { clientId: 'c', httpCache: 'x' }],
    ['timeoutMs', { clientId: 'c', timeoutMs: 0 }],
    ['ca', { clientId: 'c', ca: true }],
    ['proxy', { clientId: 'c', proxy: 7 }],
    ['client_id', { client_id: 'c' }],
    ['clientSecret', { clientId: 'c', clientSecret: 's' }],
    ['clientCredential', { clientId: 'c', clientCredential: 'secret' }],
    ['verifyIdTokens', { clientId: 'c', verifyIdTokens: 1 }],
  ]
  for (const [argument, options] of wrong)
    it(`with a wrong ${argument} (${JSON.stringify(options)}) are refused by name`, () =>
      assert.throws(
        () => construct(options),
        (error: unknown) => {
          assert.ok(error instanceof MsalError)
          assert.equal(Reflect.get(error, 'argument'), argument)
          return true
        },
      ))

  it('name either tokenCache or cachePersistence', () =>
    assert.throws(
      () => construct({ clientId: 'c', tokenCache: new TokenCache(createFakeClock()), cachePersistence: {} }),
      { argument: 'cachePersistence' },
    ))

  it('of the default transport have no effect beside a fetch', () => {
    construct({ clientId: 'c', proxy: 'http://proxy', timeoutMs: 1, fetch: globalThis.fetch })
  })

  it("may be null, which is Python's None, and counts as absent", () => {
    const nothing = {
      tokenCache: null,
      azureRegion: null,
      clientCapabilities: null,
      instanceDiscovery: null,
      fetch: null,
    }
    const service = { clientId: 'c', clientCredential: 'secret', clientClaims: null, ...nothing } as unknown
    const managed = { managedIdentity: new SystemAssignedManagedIdentity(), httpCache: null, fetch: null } as unknown
    const platform = createTestPlatform(createFakeClock())
    construct({ clientId: 'c', clientCredential: null, ...nothing })
    assert.doesNotThrow(() => new ConfidentialClientApplication(service as ConfidentialClientOptions, platform))
    assert.doesNotThrow(() => new ManagedIdentityClient(managed as ManagedIdentityClientOptions, platform))
  })

  it('of a method are written in camelCase, too', async () => {
    const { client } = createTestClient([])
    const options = { scopes: ['a'], login_hint: 'ada@contoso.com' }
    await assert.rejects(client.initiateAuthCodeFlow(options), {
      argument: 'login_hint',
      message: 'login_hint: options are written in camelCase, as loginHint',
    })
  })

  it('may be inherited, have private members, and leave out a secret', () => {
    const base = { authority: 'http://evil.example/x', _mine: 1, clientSecret: undefined }
    const inherited: unknown = Object.assign(Object.create(base) as object, { clientId: 'c', logger: null })
    assert.throws(() => construct(inherited), { argument: 'authority' })
    construct({ ...base, authority: undefined, clientId: 'c' })
  })

  it('make no client of the common base', () => {
    const Base = ClientApplication as unknown as new (options: unknown) => unknown
    assert.throws(() => new Base({ clientId: 'c' }), { argument: 'ClientApplication' })
  })

  it('make no request and read nothing', () => {
    const { network } = createTestClient([])
    assert.equal(network.requests.length, 0)
  })

  it('let a caller leave out what the library adds', async () => {
    const { client } = createTestClient([discovery()], { excludeScopes: ['offline_access'] })
    const { authUri } = await client.initiateAuthCodeFlow({ scopes: ['a'] })
    assert.equal(new URL(authUri).searchParams.get('scope'), 'a openid profile')
  })

  it("send the application's name and version", async () => {
    const { client, network } = createTestClient(
      [
        discovery(),
        {
          method: 'POST',
          url: discovery().url.replace('/v2.0/.well-known/openid-configuration', '/oauth2/v2.0/devicecode'),
          answer: { status: 400, json: { error: 'x' } },
        },
      ],
      { appName: 'app', appVersion: '1' },
    )
    await assert.rejects(client.initiateDeviceFlow())
    const { headers } = network.requests[1] ?? {}
    assert.deepEqual([headers?.get('x-app-name'), headers?.get('x-app-ver')], ['app', '1'])
  })
})

describe('A missing options object', () => {
  it('is an error that says so, never a bare TypeError', async () => {
    const { client } = createTestClient([])
    const names = [
      ...['acquireTokenSilent', 'acquireTokenInteractive', 'initiateAuthCodeFlow', 'acquireTokenByAuthCodeFlow'],
      ...['acquireTokenByDeviceFlow', 'acquireTokenByRefreshToken', 'acquireTokenByAuthorizationCode'],
      ...['getAuthorizationRequestUrl', 'removeAccount', 'acquireTokenByUsernamePassword'],
    ]
    for (const name of names) {
      const method = Reflect.get(client, name) as (options?: unknown) => Promise<unknown>
      await assert.rejects(() => method.call(client), { name: 'ConfigurationError', argument: 'options' }, name)
    }
  })
})

describe('An authScheme that is no PopAuthScheme', () => {
  const account = { homeAccountId: 'a.b', environment: 'login.microsoftonline.com' }
  const arguments_ = { scopes: ['a'], parentWindowHandle: 1, username: 'u', password: 'p', account }
  for (const authScheme of ['pop', {}, { httpMethod: 'GET', url: 'no URL', nonce: 'n' }])
    for (const name of ['acquireTokenSilent', 'acquireTokenInteractive', 'acquireTokenByUsernamePassword'])
      it(`is refused by name, never by a bare TypeError: ${name}, ${JSON.stringify(authScheme)}`, async () => {
        const broker = createScriptedBroker([])
        const { client } = createTestClient([discovery()], { enableBrokerOnWindows: true }, { broker: broker.host })
        const method = Reflect.get(client, name) as (options: unknown) => Promise<unknown>
        const expected = { name: 'ConfigurationError', argument: 'authScheme' }
        await assert.rejects(() => method.call(client, { ...arguments_, authScheme }), expected)
        assert.equal(broker.calls.length, 0)
      })
})

describe('Constants', () => {
  it("keep Python's capitals and values", () => {
    assert.deepEqual(Prompt, { NONE: 'none', LOGIN: 'login', CONSENT: 'consent', SELECT_ACCOUNT: 'select_account' })
    assert.equal(PopAuthScheme.HTTP_PATCH, 'PATCH')
    assert.equal(TokenCache.CredentialType.ACCESS_TOKEN, 'AccessToken')
  })

  for (const [argument, options] of [
    ['httpMethod', { httpMethod: 'get', url: 'https://x', nonce: 'n' }],
    ['url', { httpMethod: 'GET', url: 'x', nonce: 'n' }],
    ['nonce', { httpMethod: 'GET', url: 'https://x' }],
  ] as const)
    it(`a proof-of-possession scheme with a wrong ${argument} is refused by name`, () =>
      assert.throws(() => new PopAuthScheme(options as never), { argument }))
})
