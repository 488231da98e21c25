import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  ManagedIdentityError,
  NetworkError,
  OAuthError,
  UserAssignedManagedIdentity,
  type ManagedIdentityClientOptions,
} from '../../../src/msal/index.ts'
import type { ScriptedAnswer } from '../../support/scripted-fetch.ts'
import {
  APP_SERVICE,
  createIdentityClient,
  givesToken,
  IMDS_ENDPOINT,
  MACHINE_LEARNING,
  RESOURCE,
  SERVICE_FABRIC,
} from './fakes.ts'

const IDS = {
  ClientId: new UserAssignedManagedIdentity({ clientId: 'the-id' }),
  ResourceId: new UserAssignedManagedIdentity({ resourceId: 'the-id' }),
  ObjectId: new UserAssignedManagedIdentity({ objectId: 'the-id' }),
} as const

const PLATFORMS = {
  imds: {},
  'app-service': APP_SERVICE,
  'machine-learning': MACHINE_LEARNING,
  'service-fabric': SERVICE_FABRIC,
} as const

const endpointOf = (platform: keyof typeof PLATFORMS): string => {
  const environment: Readonly<Record<string, string>> = PLATFORMS[platform]
  return environment['IDENTITY_ENDPOINT'] ?? environment['MSI_ENDPOINT'] ?? IMDS_ENDPOINT
}

const asks = (url: string, answer: ScriptedAnswer) => ({ url, answer })

/** What the only request of a failing call leads to. */
async function failureOf(platform: keyof typeof PLATFORMS, answer: ScriptedAnswer): Promise<ManagedIdentityError> {
  const { client, network } = createIdentityClient([asks(endpointOf(platform), answer)], PLATFORMS[platform])
  try {
    await client.acquireTokenForClient({ resource: RESOURCE })
  } catch (error) {
    assert.ok(error instanceof ManagedIdentityError, String(error))
    network.assertDone()
    return error
  }
  throw new assert.AssertionError({ message: 'a token came' })
}

describe("A managed identity's client", () => {
  describe('names the identity as its platform does', () => {
    for (const [platform, type, parameter] of [
      ['imds', 'ClientId', 'client_id'],
      ['imds', 'ResourceId', 'msi_res_id'],
      ['imds', 'ObjectId', 'object_id'],
      ['app-service', 'ClientId', 'client_id'],
      ['app-service', 'ResourceId', 'mi_res_id'],
      ['app-service', 'ObjectId', 'object_id'],
      ['machine-learning', 'ClientId', 'clientid'],
      ['machine-learning', 'ResourceId', 'msi_res_id'],
      ['machine-learning', 'ObjectId', 'object_id'],
      ['service-fabric', 'ClientId', undefined],
    ] as const)
      it(`${platform}: ${type} is ${parameter ?? 'nothing'}`, async () => {
        const { client, network } = createIdentityClient([givesToken(endpointOf(platform))], PLATFORMS[platform], {
          managedIdentity: IDS[type],
        })
        await client.acquireTokenForClient({ resource: RESOURCE })
        const { 'api-version': _, resource, ...ids } = Object.fromEntries(network.requests[0]!.url.searchParams)
        assert.equal(resource, RESOURCE)
        assert.deepEqual(ids, parameter ? { [parameter]: 'the-id' } : {})
      })
  })

  it('sends the secret of its platform, under the name that the platform gave it', async () => {
    for (const [platform, header, secret] of [
      ['app-service', 'x-identity-header', 'header-secret'],
      ['machine-learning', 'secret', 'msi-secret'],
      ['service-fabric', 'secret', 'header-secret'],
    ] as const) {
      const { client, network } = createIdentityClient([givesToken(endpointOf(platform))], PLATFORMS[platform])
      await client.acquireTokenForClient({ resource: RESOURCE })
      assert.equal(network.requests[0]?.headers.get(header), secret)
    }
  })

  it('tells how long the token lasts, where the platform says when it ends', async () => {
    const { client, clock } = createIdentityClient(
      [
        asks(endpointOf('app-service'), () => ({
          json: { access_token: 'at', expires_on: `${clock.now() / 1000 + 100}` },
        })),
      ],
      APP_SERVICE,
    )
    const result = await client.acquireTokenForClient({ resource: RESOURCE })
    assert.equal(result.expiresIn, 100)
    assert.deepEqual(result.scopes, [RESOURCE])
    assert.equal(result.tokenType, 'Bearer')
  })

  for (const [platform, expiresIn] of [
    ['imds', 3600],
    ['app-service', 100],
    ['machine-learning', 100],
    ['service-fabric', 100],
  ] as const)
    it(`believes ${platform} as MSAL does where it tells two lifetimes`, async () => {
      const { client, clock } = createIdentityClient(
        [
          asks(endpointOf(platform), () => ({
            json: { access_token: 'at', expires_in: 3600, expires_on: clock.now() / 1000 + 100 },
          })),
        ],
        PLATFORMS[platform],
      )
      assert.equal((await client.acquireTokenForClient({ resource: RESOURCE })).expiresIn, expiresIn)
    })

  it('takes a token without a lifetime for good for ten minutes', async () => {
    const { client } = createIdentityClient([asks(IMDS_ENDPOINT, { json: { access_token: 'at' } })])
    assert.equal((await client.acquireTokenForClient({ resource: RESOURCE })).expiresIn, 600)
  })

  it('makes equal calls in flight one, keeps the token, and those of other resources and identities apart', async () => {
    const { client, network, cache } = createIdentityClient([
      givesToken(IMDS_ENDPOINT),
      givesToken(IMDS_ENDPOINT, { access_token: 'other' }),
    ])
    await Promise.all([1, 2].map(() => client.acquireTokenForClient({ resource: RESOURCE })))
    const again = await client.acquireTokenForClient({ resource: RESOURCE })
    assert.deepEqual([again.accessToken, again.tokenSource], ['at', 'cache'])
    assert.equal((await client.acquireTokenForClient({ resource: 'https://vault.azure.net' })).accessToken, 'other')
    network.assertDone()
    const other = createIdentityClient(
      [givesToken(IMDS_ENDPOINT, { access_token: 'mine' })],
      {},
      { managedIdentity: IDS.ClientId, tokenCache: cache },
    )
    assert.equal((await other.client.acquireTokenForClient({ resource: RESOURCE })).accessToken, 'mine')
  })

  it('keeps tokens in the shape that MSAL Python writes', async () => {
    const { client, cache, clock } = createIdentityClient([givesToken(IMDS_ENDPOINT)])
    await client.acquireTokenForClient({ resource: RESOURCE })
    const [entry, ...others] = cache.find({ credentialType: 'AccessToken' })
    assert.deepEqual(others, [])
    const now = clock.now() / 1000
    assert.deepEqual(entry, {
      credential_type: 'AccessToken',
      secret: 'at',
      home_account_id: null,
      environment: 'localhost',
      client_id: null,
      target: RESOURCE,
      realm: 'managed_identity',
      token_type: 'Bearer',
      cached_at: `${now}`,
      expires_on: `${now + 3600}`,
      extended_expires_on: `${now + 3600}`,
    })
    assert.deepEqual(cache.find({ credentialType: 'Account' }), [])
  })

  describe('at half of the life of a long token', () => {
    const long = (secret: string) => givesToken(IMDS_ENDPOINT, { access_token: secret, expires_in: '7200' })

    it('gets a new one', async () => {
      const { client, clock } = createIdentityClient([long('a'), long('b')])
      await client.acquireTokenForClient({ resource: RESOURCE })
      clock.set(clock.now() + 3_600_000)
      assert.equal((await client.acquireTokenForClient({ resource: RESOURCE })).accessToken, 'a')
      clock.set(clock.now() + 1000)
      assert.equal((await client.acquireTokenForClient({ resource: RESOURCE })).accessToken, 'b')
    })

    for (const [name, answer] of [
      ['refuses', { status: 500, json: { error: 'server_error' } }],
      ['can not be reached', new TypeError('fetch failed')],
    ] as const)
      it(`serves the old one if the platform ${name}`, async () => {
        const { client, clock, network } = createIdentityClient([long('a'), asks(IMDS_ENDPOINT, answer)])
        await client.acquireTokenForClient({ resource: RESOURCE })
        clock.set(clock.now() + 3_601_000)
        assert.equal((await client.acquireTokenForClient({ resource: RESOURCE })).accessToken, 'a')
        network.assertDone()
      })

    it('does not call the old one refused', async () => {
      const endpoint = endpointOf('service-fabric')
      const long = givesToken(endpoint, { expires_in: '7200' })
      const { client, clock, network } = createIdentityClient([long, long], SERVICE_FABRIC)
      await client.acquireTokenForClient({ resource: RESOURCE })
      clock.set(clock.now() + 3_601_000)
      await client.acquireTokenForClient({ resource: RESOURCE })
      assert.equal(network.requests[1]?.url.searchParams.get('token_sha256_to_refresh'), null)
    })

    it('leaves a token of less than two hours alone', async () => {
      const { client, clock } = createIdentityClient([givesToken(IMDS_ENDPOINT, { expires_in: '7199' })])
      assert.equal((await client.acquireTokenForClient({ resource: RESOURCE })).refreshOn, undefined)
      clock.set(clock.now() + 6_000_000)
      assert.equal((await client.acquireTokenForClient({ resource: RESOURCE })).tokenSource, 'cache')
    })
  })

  describe('that meets a claims challenge', () => {
    const claimsChallenge = '{"access_token":{"nbf":{"value":"1"}}}'
    const request = { resource: RESOURCE, claimsChallenge }

    it('asks for a new token, which the next plain call gets', async () => {
      const { client, network } = createIdentityClient([
        givesToken(IMDS_ENDPOINT, { access_token: 'a' }),
        givesToken(IMDS_ENDPOINT, { access_token: 'b' }),
      ])
      await client.acquireTokenForClient({ resource: RESOURCE })
      assert.equal((await client.acquireTokenForClient(request)).accessToken, 'b')
      assert.equal((await client.acquireTokenForClient({ resource: RESOURCE })).accessToken, 'b')
      network.assertDone()
    })

    it('answers a burst of them with one token, and asks again after a minute', async () => {
      const { client, clock, network } = createIdentityClient([
        givesToken(IMDS_ENDPOINT, { access_token: 'a' }),
        givesToken(IMDS_ENDPOINT, { access_token: 'b' }),
      ])
      await Promise.all([1, 2].map(() => client.acquireTokenForClient(request)))
      clock.set(clock.now() + 59_000)
      assert.equal((await client.acquireTokenForClient(request)).accessToken, 'a')
      clock.set(clock.now() + 1000)
      assert.equal((await client.acquireTokenForClient(request)).accessToken, 'b')
      network.assertDone()
    })

    it('tells Service Fabric which token was refused, and only then', async () => {
      const endpoint = endpointOf('service-fabric')
      const { client, network } = createIdentityClient(
        [givesToken(endpoint, { access_token: 'a' }), givesToken(endpoint), givesToken(endpoint)],
        SERVICE_FABRIC,
        { clientCapabilities: ['CP1', 'CP2'] },
      )
      await client.acquireTokenForClient({ resource: RESOURCE })
      await client.acquireTokenForClient(request)
      await client.acquireTokenForClient({ ...request, resource: 'https://vault.azure.net' })
      const hash = createHash('sha256').update('a').digest('hex')
      assert.deepEqual(
        network.requests.map(({ url }) => url.searchParams.get('token_sha256_to_refresh')),
        [null, hash, null],
      )
      assert.ok(network.requests.every(({ url }) => url.searchParams.get('xms_cc') === 'CP1,CP2'))
    })
  })

  describe('that is refused', () => {
    it('throws an OAuth error with the words of the metadata service and what to do', async () => {
      const error = await failureOf('imds', {
        status: 400,
        json: { error: 'invalid_request', error_description: 'Identity not found' },
      })
      assert.ok(error instanceof OAuthError)
      assert.deepEqual(
        [error.error, error.errorDescription, error.status],
        ['invalid_request', 'Identity not found', 400],
      )
      assert.match(error.message, /^invalid_request: Identity not found\. Check that the identity is assigned/)
    })

    for (const [platform, status, json, error, description] of [
      ['app-service', 500, { statusCode: 500, message: 'An unexpected error' }, 'invalid_scope', 'An unexpected error'],
      ['app-service', 200, {}, 'invalid_scope', 'No token came (HTTP 200)'],
      ['service-fabric', 400, { error: { code: 'constructor', message: 'no' } }, 'invalid_request', 'no'],
      ['machine-learning', 400, { error: 'x' }, 'invalid_scope', 'x'],
      ['service-fabric', 404, { error: { code: 'ManagedIdentityNotFound', message: 'no' } }, 'invalid_client', 'no'],
      ['service-fabric', 400, { error: { code: 'SecretHeaderNotFound' } }, 'unauthorized_client', /./],
      ['service-fabric', 400, { error: { code: 'ArgumentNullOrEmpty' } }, 'invalid_scope', /./],
      ['service-fabric', 400, { error: 'odd' }, 'invalid_request', /./],
      ['imds', 200, { access_token: 7 }, 'invalid_response', 'No token came (HTTP 200)'],
    ] as const)
      it(`tells ${error} of ${platform} for ${JSON.stringify(json)}`, async () => {
        const failure = await failureOf(platform, { status, json })
        assert.equal(failure.error, error)
        assert.equal(failure.status, status)
        if (description instanceof RegExp) assert.match(failure.errorDescription ?? '', description)
        else assert.equal(failure.errorDescription, description)
        assert.ok(failure.advice)
      })

    for (const platform of Object.keys(PLATFORMS) as (keyof typeof PLATFORMS)[])
      it(`does not repeat what is no JSON (${platform})`, async () => {
        const failure = await failureOf(platform, { status: 502, text: '<html>header-secret</html>' })
        assert.equal(failure.status, 502)
        assert.doesNotMatch(failure.message, /html|secret/)
        assert.match(failure.message, /Try again later/)
      })

    it('says that only Azure has a metadata service, where there is none', async () => {
      const { client } = createIdentityClient([asks(IMDS_ENDPOINT, new TypeError('fetch failed'))])
      await assert.rejects(client.acquireTokenForClient({ resource: RESOURCE }), (error: unknown) => {
        assert.ok(error instanceof NetworkError)
        assert.match(error.message, /^169\.254\.169\.254 .*Only machines in Azure have/)
        return true
      })
    })

    it('does not follow a redirect', async () => {
      const answer = { status: 302, headers: { location: 'https://evil.example/' } }
      const { client, network } = createIdentityClient([asks(endpointOf('app-service'), answer)], APP_SERVICE)
      await assert.rejects(client.acquireTokenForClient({ resource: RESOURCE }), NetworkError)
      network.assertDone()
    })

    it('repeats a 429 for five seconds, for the same resource alone', async () => {
      const { client, clock, network } = createIdentityClient([
        asks(IMDS_ENDPOINT, { status: 429, json: { error: 'too_many_requests' } }),
        givesToken(IMDS_ENDPOINT),
        givesToken(IMDS_ENDPOINT),
      ])
      const refused = { error: 'too_many_requests', status: 429 }
      await assert.rejects(client.acquireTokenForClient({ resource: RESOURCE }), refused)
      clock.set(clock.now() + 4000)
      await assert.rejects(client.acquireTokenForClient({ resource: RESOURCE }), refused)
      await client.acquireTokenForClient({ resource: 'https://vault.azure.net' })
      clock.set(clock.now() + 1000)
      await client.acquireTokenForClient({ resource: RESOURCE })
      network.assertDone()
    })

    it('heeds Retry-After', async () => {
      const { client, clock, network } = createIdentityClient([
        asks(IMDS_ENDPOINT, { status: 503, headers: { 'retry-after': '30' }, json: { error: 'busy' } }),
        givesToken(IMDS_ENDPOINT),
      ])
      await assert.rejects(client.acquireTokenForClient({ resource: RESOURCE }), { error: 'busy' })
      clock.set(clock.now() + 29_000)
      await assert.rejects(client.acquireTokenForClient({ resource: RESOURCE }), { error: 'busy' })
      clock.set(clock.now() + 1000)
      await client.acquireTokenForClient({ resource: RESOURCE })
      network.assertDone()
    })

    it('asks again at once after a 400, and never keeps a token with the refusals', async () => {
      const httpCache = new Map<string, string>()
      const { client, network } = createIdentityClient(
        [
          asks(IMDS_ENDPOINT, { status: 400, json: { error: 'invalid_request' } }),
          asks(IMDS_ENDPOINT, { headers: { 'retry-after': '9' }, json: { access_token: 'at', expires_in: 3600 } }),
        ],
        {},
        { httpCache },
      )
      await assert.rejects(client.acquireTokenForClient({ resource: RESOURCE }), { error: 'invalid_request' })
      await client.acquireTokenForClient({ resource: RESOURCE })
      network.assertDone()
      assert.deepEqual([...httpCache.values()], [])
    })
  })

  for (const thumbprint of ['', '0E8613', `${'0'.repeat(39)}g`, '0'.repeat(64)])
    it(`sends nothing to Service Fabric with "${thumbprint}" for a thumbprint`, async () => {
      const environment = { ...SERVICE_FABRIC, IDENTITY_SERVER_THUMBPRINT: thumbprint }
      const { client, network } = createIdentityClient([], environment)
      await assert.rejects(client.acquireTokenForClient({ resource: RESOURCE }), { error: 'invalid_thumbprint' })
      assert.deepEqual(network.requests, [])
    })

  for (const resource of [undefined, '', 'two resources', 7])
    it(`refuses ${JSON.stringify(resource)} for a resource`, async () => {
      const { client } = createIdentityClient([])
      await assert.rejects(client.acquireTokenForClient({ resource } as never), { argument: 'resource' })
    })

  for (const [argument, value] of [
    ['fetch', 'x'],
    ['tokenCache', {}],
    ['httpCache', 7],
    ['clientCapabilities', 'CP1'],
  ] as const)
    it(`refuses ${JSON.stringify(value)} for ${argument}`, () => {
      const options = { [argument]: value } as unknown as Partial<ManagedIdentityClientOptions>
      assert.throws(() => createIdentityClient([], {}, options), { name: 'ConfigurationError', argument })
    })
})
