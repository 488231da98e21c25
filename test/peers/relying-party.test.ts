import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { decodeProtectedHeader } from 'jose'
import {
  AuthorityError,
  AuthorizationResponseError,
  ConfidentialClientApplication,
  ConfigurationError,
  IdTokenError,
  PublicClientApplication,
  type ClientApplication,
  type ClientCredential,
} from '../../src/library.ts'
import {
  CLIENT_ID,
  createProviderKey,
  createScriptedProvider,
  ISSUER,
  type Issuance,
  type ProviderKey,
  type ScriptedProvider,
} from './scripted-provider.ts'

/**
 * The OpenID Foundation's conformance tests of relying parties, as far as they apply: authorization code, discovery,
 * refresh, no userinfo, no implicit flow, no encryption.
 * @see https://openid.net/certification/connect_rp_testing/
 */
describe('As a relying party', () => {
  let rsa: ProviderKey
  let ec: ProviderKey
  let pss: ProviderKey
  let foreign: ProviderKey

  before(async () => {
    const made = [createProviderKey('RS256'), createProviderKey('ES256'), createProviderKey('PS256')] as const
    ;[rsa, ec, pss] = await Promise.all(made)
    foreign = { ...(await createProviderKey('RS256')), kid: rsa.kid }
  })

  const clientOf = ({ fetch }: ScriptedProvider, options: { readonly verifyIdTokens?: boolean } = {}) =>
    new PublicClientApplication({ clientId: CLIENT_ID, oidcAuthority: ISSUER, fetch, ...options })
  const signIn = async (client: ClientApplication, provider: ScriptedProvider) => {
    const authCodeFlow = await client.initiateAuthCodeFlow({ scopes: [], redirectUri: 'http://localhost' })
    const authResponse = provider.authorize(authCodeFlow.authUri)
    return client.acquireTokenByAuthCodeFlow({ authCodeFlow, authResponse })
  }

  const claimTests: readonly {
    readonly name: string
    readonly claims: NonNullable<Issuance['claims']>
    readonly accepted?: true
  }[] = [
    { name: 'oidcc-client-test', claims: {}, accepted: true },
    { name: 'oidcc-client-test-invalid-iss', claims: { iss: `${ISSUER}/other` } },
    { name: 'oidcc-client-test-invalid-iss, another host', claims: { iss: 'https://attacker.example' } },
    { name: 'a missing iss', claims: { iss: undefined } },
    { name: 'oidcc-client-test-missing-sub', claims: { sub: undefined } },
    { name: 'oidcc-client-test-invalid-aud', claims: { aud: 'another client' } },
    { name: 'oidcc-client-test-invalid-aud, of several', claims: { aud: ['another client', 'a third'] } },
    { name: 'oidcc-client-test-missing-aud', claims: { aud: undefined } },
    {
      name: 'several audiences, issued to this client',
      claims: { aud: ['other', CLIENT_ID], azp: CLIENT_ID },
      accepted: true,
    },
    { name: 'several audiences, issued to another client', claims: { aud: ['other', CLIENT_ID], azp: 'other' } },
    { name: 'oidcc-client-test-missing-iat', claims: { iat: undefined } },
    { name: 'oidcc-client-test-nonce-invalid', claims: { nonce: 'another' } },
    { name: 'a missing nonce', claims: { nonce: undefined } },
  ]
  for (const { name, claims, accepted } of claimTests)
    it(`${accepted ? 'accepts' : 'refuses'}: ${name}`, async () => {
      const provider = createScriptedProvider([rsa])
      provider.issue({ claims })
      const client = clientOf(provider)
      const signedIn = signIn(client, provider)
      if (accepted) assert.equal((await signedIn).account?.homeAccountId, 'ada')
      else await assert.rejects(signedIn, IdTokenError)
      assert.equal((await client.getAccounts()).length, accepted ? 1 : 0)
    })

  const signatureTests: readonly {
    readonly name: string
    /** Made when it runs: the keys are not there before. */
    readonly make: () => Issuance & { readonly published?: readonly ProviderKey[] }
    readonly accepted?: true
  }[] = [
    { name: 'oidcc-client-test-idtoken-sig-rs256', make: () => ({ key: rsa }), accepted: true },
    { name: 'oidcc-client-test-idtoken-sig-es256', make: () => ({ key: ec }), accepted: true },
    { name: 'a signature by PS256', make: () => ({ key: pss }), accepted: true },
    { name: 'oidcc-client-test-invalid-sig-rs256', make: () => ({ key: rsa, isSpoiled: true }) },
    { name: 'oidcc-client-test-invalid-sig-es256', make: () => ({ key: ec, isSpoiled: true }) },
    { name: 'the signature of another under the kid of the provider', make: () => ({ key: foreign }) },
    { name: 'a kid that is not published', make: () => ({ header: { kid: 'unknown' } }) },
    {
      name: 'oidcc-client-test-kid-absent-single-jwks',
      make: () => ({ header: { kid: undefined }, published: [rsa, ec] }),
      accepted: true,
    },
    {
      name: 'oidcc-client-test-kid-absent-multiple-jwks',
      make: () => ({
        header: { kid: undefined },
        published: [rsa, { ...foreign, jwk: { ...foreign.jwk, kid: 'second' } }],
      }),
    },
  ]
  for (const { name, make, accepted } of signatureTests)
    it(`${accepted ? 'accepts' : 'refuses'} where signatures are checked: ${name}`, async () => {
      const { published = [rsa, ec, pss], ...issuance } = make()
      const provider = createScriptedProvider(published)
      provider.issue(issuance)
      const signedIn = signIn(clientOf(provider, { verifyIdTokens: true }), provider)
      if (accepted) assert.equal((await signedIn).account?.homeAccountId, 'ada')
      else await assert.rejects(signedIn, IdTokenError)
    })

  it('refuses an unsigned ID token even where signatures are not checked (oidcc-client-test-idtoken-sig-none)', async () => {
    const provider = createScriptedProvider([rsa])
    provider.issue({ key: 'none' })
    await assert.rejects(signIn(clientOf(provider), provider), IdTokenError)
  })

  it('fetches the keys once more for a new one (oidcc-client-test-signing-key-rotation)', async () => {
    const next = await createProviderKey('RS256', 'next')
    const provider = createScriptedProvider([rsa])
    const client = clientOf(provider, { verifyIdTokens: true })
    await signIn(client, provider)
    await signIn(client, provider)
    assert.equal(provider.keyRequests(), 1)
    provider.publish([next])
    await signIn(client, provider)
    assert.equal(provider.keyRequests(), 2)
    await signIn(client, provider)
    assert.equal(provider.keyRequests(), 2)
  })

  it('refuses metadata of another issuer (oidcc-client-test-discovery-issuer-mismatch)', async () => {
    const provider = createScriptedProvider([rsa], { issuer: 'https://attacker.example' })
    await assert.rejects(signIn(clientOf(provider), provider), AuthorityError)
  })

  it('refuses an answer with another state', async () => {
    const provider = createScriptedProvider([rsa])
    const client = clientOf(provider)
    const authCodeFlow = await client.initiateAuthCodeFlow({ scopes: [], redirectUri: 'http://localhost' })
    const redeemed = client.acquireTokenByAuthCodeFlow({ authCodeFlow, authResponse: { code: 'c', state: 'another' } })
    await assert.rejects(redeemed, AuthorizationResponseError)
    assert.equal(provider.tokenRequests.length, 0)
  })

  for (const { name, claims } of [
    { name: 'oidcc-client-test-refresh-token-invalid-issuer', claims: { iss: `${ISSUER}/other` } },
    { name: 'oidcc-client-test-refresh-token-invalid-sub', claims: { sub: 'eve' } },
  ])
    it(`refuses: ${name}; the account stays as it was`, async () => {
      const provider = createScriptedProvider([rsa])
      const client = clientOf(provider)
      const { account } = await signIn(client, provider)
      const silent = () => client.acquireTokenSilent({ scopes: [], account, forceRefresh: true })
      provider.issue({ claims })
      await assert.rejects(silent(), IdTokenError)
      provider.issue({ claims: { nonce: undefined } })
      assert.equal((await silent())?.account?.homeAccountId, 'ada')
      assert.deepEqual(
        (await client.getAccounts()).map(({ homeAccountId }) => homeAccountId),
        ['ada'],
      )
    })

  describe('proves its identity', () => {
    const privateKey = readFileSync(new URL('../vectors/fixtures/key.pem', import.meta.url), 'utf8')
    const publicCertificate = readFileSync(new URL('../vectors/fixtures/cert.pem', import.meta.url), 'utf8')
    const ask = async (clientCredential: ClientCredential, metadata: object = {}) => {
      const provider = createScriptedProvider([rsa], metadata)
      const { fetch } = provider
      const client = new ConfidentialClientApplication({
        clientId: 'a:b',
        oidcAuthority: ISSUER,
        fetch,
        clientCredential,
      })
      await client.acquireTokenForClient({ scopes: ['api'] }).catch(() => undefined)
      const [request] = provider.tokenRequests
      assert.ok(request)
      return request
    }

    it('by a header where the provider knows no other way (oidcc-client-test-client-secret-basic)', async () => {
      const methods = ['client_secret_basic', 'private_key_jwt']
      const request = await ask('s%c r&t+é', { token_endpoint_auth_methods_supported: methods })
      assert.equal(request.authorization, `Basic ${Buffer.from('a%3Ab:s%25c+r%26t%2B%C3%A9').toString('base64')}`)
      assert.equal(request.form.get('client_secret'), null)
    })

    it('in the form otherwise (oidcc-client-test-client-secret-post)', async () => {
      const both = { token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'] }
      for (const metadata of [{}, both]) {
        const request = await ask('secret', metadata)
        assert.deepEqual([request.authorization, request.form.get('client_secret')], [null, 'secret'])
      }
    })

    it('by an assertion in an algorithm that the provider takes', async () => {
      const x5t = { 'x5t#S256': '2oZ91Cq-CECfugpbVWkN8-S03H1wxx-pJvyMxZ1Uf68' }
      const key = { privateKey }
      const certificate = { privateKey, publicCertificate }
      for (const [credential, algorithms, expected] of [
        [key, undefined, { alg: 'RS256' }],
        [key, ['ES256', 'PS256'], { alg: 'PS256' }],
        [certificate, undefined, { alg: 'PS256', ...x5t }],
        [certificate, ['RS256', 'ES256'], { alg: 'RS256', ...x5t }],
      ] as const) {
        const { form } = await ask(credential, { token_endpoint_auth_signing_alg_values_supported: algorithms })
        const { x5c: _, typ, ...header } = decodeProtectedHeader(form.get('client_assertion') ?? '')
        assert.deepEqual({ typ, ...header }, { typ: 'JWT', ...expected })
      }
    })

    it('never by a key alone to Entra, which finds it by its certificate', () => {
      assert.throws(
        () => new ConfidentialClientApplication({ clientId: CLIENT_ID, clientCredential: { privateKey } }),
        ConfigurationError,
      )
    })
  })
})
