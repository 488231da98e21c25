import assert from 'node:assert/strict'
import { createTestClient, discovery, HOME, HOST, metadataOf } from '../../support/entra.ts'

const begin = (test: ReturnType<typeof createTestClient>) => test.client.initiateAuthCodeFlow({ scopes: ['a'] })
const OIDC = 'https://idp.example/realm'
const openId = (json: object) =>
  createTestClient([{ url: `${OIDC}/.well-known/openid-configuration`, answer: { json } }], {
    authority: undefined as never,
    oidcAuthority: OIDC,
  })
const metadata = { issuer: OIDC, authorization_endpoint: `${OIDC}/auth`, token_endpoint: `${OIDC}/token` }

describe("An authority's metadata", () => {
  it('is asked for once, on first use', async () => {
    const test = createTestClient([discovery()])
    assert.equal(test.network.requests.length, 0)
    await Promise.all([begin(test), begin(test)])
    await begin(test)
    test.network.assertDone()
  })

  it('is kept for a day in the httpCache that clients share, and asked for again later', async () => {
    const httpCache = new Map<string, string>()
    await begin(createTestClient([discovery()], { httpCache }))
    const second = createTestClient([], { httpCache })
    await begin(second)
    const third = createTestClient([discovery()], { httpCache })
    await third.clock.advance(24 * 3600 * 1000)
    await begin(third)
    third.network.assertDone()
  })

  it('is asked for again after a failure', async () => {
    const url = discovery().url
    const test = createTestClient([{ url, answer: { status: 503 } }, { url, answer: new TypeError('x') }, discovery()])
    await assert.rejects(begin(test), { name: 'NetworkError', status: 503 })
    await assert.rejects(begin(test), { name: 'NetworkError' })
    await begin(test)
  })

  it('that does not exist is an error that says how an authority looks', async () => {
    const test = createTestClient([
      { url: discovery().url, answer: { status: 400, json: { error: 'invalid_tenant' } } },
    ])
    await assert.rejects(begin(test), /AuthorityError.*Check the tenant name or GUID/s)
  })

  it('that Entra refuses by a number has the number, and one without tenants is not told of tenants', async () => {
    const json = { error: 'invalid_tenant', error_codes: [90002, 'canary'] }
    const unknown = createTestClient([{ url: discovery().url, answer: { status: 400, json } }])
    await assert.rejects(begin(unknown), { name: 'AuthorityError', status: 400, errorCodes: [90002] })
    const provider = 'https://idp.example/nope'
    const missing = createTestClient(
      [{ url: `${provider}/.well-known/openid-configuration`, answer: { status: 404, text: 'x' } }],
      { authority: undefined, oidcAuthority: provider },
    )
    await assert.rejects(begin(missing), {
      message: `${provider} has no OpenID configuration (HTTP 404). Check its address`,
    })
  })

  const wrong: readonly [string, object][] = [
    ['an issuer of another host', { ...metadata, issuer: 'https://evil.example/realm' }],
    ['no issuer', { ...metadata, issuer: undefined }],
    ['no token endpoint', { ...metadata, token_endpoint: undefined }],
    ['a token endpoint by plain http', { ...metadata, token_endpoint: 'http://idp.example/token' }],
    ['a token endpoint on this machine by plain http', { ...metadata, token_endpoint: 'http://127.0.0.1/token' }],
    [
      'an authorization endpoint that is no web address',
      { ...metadata, authorization_endpoint: 'javascript:alert(1)' },
    ],
    ['keys by plain http', { ...metadata, jwks_uri: 'http://idp.example/keys' }],
  ]
  for (const [what, json] of wrong)
    it(`with ${what} is refused`, () => assert.rejects(begin(openId(json)), { name: 'AuthorityError' }))

  it('#20 Air-gapped, it must not call login.microsoftonline.com: with instanceDiscovery false it asks no host but the authority', async () => {
    const authority = 'https://login.airgapped.example/x'
    const test = createTestClient(
      [{ url: `${authority}/v2.0/.well-known/openid-configuration`, answer: { json: metadataOf(authority) } }],
      { authority, instanceDiscovery: false },
    )
    await begin(test)
    assert.deepEqual(await test.client.getAccounts(), [])
    test.network.assertDone()
  })

  it('of an unknown host waits for what Microsoft says of it', async () => {
    const list = `${HOST}/common/discovery/instance`
    const known = createTestClient(
      [
        {
          url: list,
          answer: {
            json: { tenant_discovery_endpoint: 'https://login.x.example/t/v2.0/.well-known/openid-configuration' },
          },
        },
        {
          url: 'https://login.x.example/t/v2.0/.well-known/openid-configuration',
          answer: { json: metadataOf('https://login.x.example/t') },
        },
      ],
      { authority: 'https://login.x.example/t' },
    )
    await begin(known)
    const unknown = createTestClient([{ url: list, answer: { status: 400, json: { error: 'invalid_instance' } } }], {
      authority: 'https://login.x.example/t',
    })
    await assert.rejects(begin(unknown), /instanceDiscovery: false/)
    const offline = createTestClient([{ url: list, answer: new TypeError('fetch failed') }], {
      authority: 'https://login.x.example/t',
    })
    await assert.rejects(begin(offline), (error: Error) => {
      assert.equal(error.name, 'NetworkError')
      assert.match(error.message, /asked whether it knows login\.x\.example\. .* instanceDiscovery: false$/)
      return true
    })
  })

  it('names a tenant by its GUID, under which tokens are kept', async () => {
    const authority = `${HOST}/contoso.com`
    const url = `${authority}/v2.0/.well-known/openid-configuration`
    const { client, cache } = createTestClient(
      [
        { url, answer: { json: metadataOf(`${HOST}/${HOME}`) } },
        {
          method: 'POST',
          url: `${HOST}/${HOME}/oauth2/v2.0/token`,
          answer: { json: { access_token: 'a', client_info: 'eyJ1aWQiOiJ1IiwidXRpZCI6InQifQ' } },
        },
      ],
      { authority },
    )
    await client.acquireTokenByRefreshToken({ refreshToken: 'r', scopes: ['a'] })
    assert.equal(cache.find({ credentialType: 'AccessToken' })[0]?.realm, HOME)
  })
})
