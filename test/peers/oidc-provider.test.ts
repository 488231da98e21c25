import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { exportJWK } from 'jose'
import {
  AuthorizationResponseError,
  ConfidentialClientApplication,
  OAuthError,
  PublicClientApplication,
  SerializableTokenCache,
  type ClientApplication,
  type ClientCredential,
  type InitiateAuthCodeFlowOptions,
  type PublicClientOptions,
} from '../../src/library.ts'
import { createBrowser } from '../simulator/robot.ts'
import { openOpenIdStage, type OpenIdStage } from './openid-stage.ts'

const pem = (name: string) => readFileSync(new URL(`../vectors/fixtures/${name}`, import.meta.url), 'utf8')
const privateKey = pem('key.pem')
const publicCertificate = pem('cert.pem')
const redirectUri = 'http://localhost/callback'
const ADA = { login: 'ada', password: 'any', username: 'ada' }

describe('A stock oidc-provider', () => {
  let stage: OpenIdStage

  before(async () => {
    const jwk = await exportJWK(createPublicKey(privateKey))
    const service = {
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [jwk] },
    } as const
    stage = await openOpenIdStage([
      {
        client_id: 'desktop',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://localhost', redirectUri],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      },
      { ...service, client_id: 'service' },
      { ...service, client_id: 'service-rs256', token_endpoint_auth_signing_alg: 'RS256' },
      {
        client_id: 'web',
        client_secret: 'a secret with spaces & signs: +%',
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: ['https://web.example.test/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        id_token_signed_response_alg: 'ES256',
      },
    ])
  })
  after(() => stage.stop())

  const desktop = (options: Partial<PublicClientOptions> = {}) =>
    new PublicClientApplication({ clientId: 'desktop', oidcAuthority: stage.issuer, ...options })
  const serviceWith = (clientCredential: ClientCredential, clientId = 'service') =>
    new ConfidentialClientApplication({ clientId, oidcAuthority: stage.issuer, clientCredential })

  const visit = async (authUri: string) => {
    const browser = createBrowser()
    const { url, answer } = await browser.finish(await browser.open(authUri), ADA)
    assert.ok(answer)
    return { url, answer }
  }
  const begin = async (client: ClientApplication, options: Partial<InitiateAuthCodeFlowOptions> = {}) => {
    const authCodeFlow = await client.initiateAuthCodeFlow({
      scopes: ['api:read'],
      redirectUri,
      prompt: 'consent',
      ...options,
    })
    return { authCodeFlow, authResponse: (await visit(authCodeFlow.authUri)).answer }
  }
  const signIn = async (client: ClientApplication, options?: Partial<InitiateAuthCodeFlowOptions>) => {
    const result = await client.acquireTokenByAuthCodeFlow(await begin(client, options))
    assert.ok(result.account)
    return { ...result, account: result.account }
  }

  it('signs a person in by authorization code in every response mode', async () => {
    for (const responseMode of [undefined, 'query', 'fragment', 'form_post']) {
      const { account, scopes } = await signIn(desktop(), { responseMode })
      assert.equal(account.homeAccountId, 'ada')
      assert.equal(account.username, 'ada@example.test')
      assert.equal(account.environment, new URL(stage.issuer).host)
      assert.deepEqual([...scopes].sort(), ['api:read', 'offline_access', 'openid', 'profile'])
    }
  })

  it('signs a person in interactively, on whatever loopback port', async () => {
    const result = await desktop().acquireTokenInteractive({
      scopes: ['api:read'],
      prompt: 'consent',
      openBrowser: (authUri) => {
        void visit(authUri).then(({ url, answer }) => fetch(url, { method: 'POST', body: answer }))
      },
    })
    assert.equal(result.account?.username, 'ada@example.test')
  })

  it('has ID tokens whose signature, nonce and auth_time are checked', async () => {
    const { idTokenClaims } = await signIn(desktop({ verifyIdTokens: true }), { maxAge: 3600 })
    assert.equal(typeof idTokenClaims?.['auth_time'], 'number')
  })

  it('names itself in its answers (RFC 9207); an answer that names another, or nobody, is refused', async () => {
    const client = desktop()
    const { authCodeFlow, authResponse } = await begin(client)
    assert.equal(authResponse.get('iss'), stage.issuer)
    const code = authResponse.get('code')
    for (const response of [
      { code, state: authCodeFlow.state, iss: 'https://attacker.example' },
      { code, state: authCodeFlow.state },
    ]) {
      const redeemed = client.acquireTokenByAuthCodeFlow({ authCodeFlow, authResponse: response })
      await assert.rejects(redeemed, AuthorizationResponseError)
    }
    await client.acquireTokenByAuthCodeFlow({ authCodeFlow, authResponse })
  })

  it('rotates refresh tokens, each of which is used once', async () => {
    const client = desktop()
    const { account } = await signIn(client)
    for (let round = 0; round < 3; round++) {
      const renewed = await client.acquireTokenSilent({ scopes: ['api:read'], account, forceRefresh: true })
      assert.equal(renewed?.tokenSource, 'identity_provider')
    }
    assert.equal((await client.acquireTokenSilent({ scopes: ['api:read'], account }))?.tokenSource, 'cache')
  })

  it('revokes a grant whose rotated refresh token is used again: a person is asked, nothing is deleted, a sign-in heals it', async () => {
    const tokenCache = new SerializableTokenCache()
    const client = desktop({ tokenCache })
    const { account } = await signIn(client)
    const stale = new SerializableTokenCache()
    stale.deserialize(tokenCache.serialize())
    const again = { scopes: ['api:read'], account, forceRefresh: true }
    await client.acquireTokenSilent(again)
    const revoked = new Promise((resolve) => stage.provider.once('grant.revoked', resolve))
    const other = desktop({ tokenCache: stale })
    assert.equal(await other.acquireTokenSilent(again), null)
    await revoked
    await assert.rejects(
      client.acquireTokenSilentWithError(again),
      (error) => error instanceof OAuthError && error.error === 'invalid_grant',
    )
    assert.equal(tokenCache.find({ credentialType: 'RefreshToken' }).length, 1)
    assert.equal((await client.getAccounts()).length, 1)
    await signIn(client)
    assert.equal((await client.acquireTokenSilent(again))?.tokenSource, 'identity_provider')
  })

  it('signs a person in by device code', async () => {
    const client = desktop()
    const flow = await client.initiateDeviceFlow({ scopes: ['api:read'] })
    const browser = createBrowser()
    const { body } = await browser.finish(await browser.open(flow.verificationUri), {
      ...ADA,
      user_code: flow.userCode,
    })
    assert.equal(body, 'You are signed in')
    const result = await client.acquireTokenByDeviceFlow({ flow })
    assert.equal(result.account?.username, 'ada@example.test')
    const renewed = await client.acquireTokenSilent({
      scopes: ['api:read'],
      account: result.account,
      forceRefresh: true,
    })
    assert.equal(renewed?.tokenSource, 'identity_provider')
  })

  it('takes a secret with any characters, and signs ID tokens by an elliptic curve', async () => {
    const client = new ConfidentialClientApplication({
      clientId: 'web',
      clientCredential: 'a secret with spaces & signs: +%',
      oidcAuthority: stage.issuer,
      verifyIdTokens: true,
    })
    const { account } = await signIn(client, { redirectUri: 'https://web.example.test/callback' })
    const renewed = await client.acquireTokenSilent({ scopes: ['api:read'], account, forceRefresh: true })
    assert.equal(renewed?.tokenSource, 'identity_provider')
  })

  it('takes a signed assertion once (private_key_jwt): each request brings a new one', async () => {
    const client = serviceWith({ privateKey, publicCertificate })
    for (const scope of ['api:read', 'api:write']) {
      const { scopes } = await client.acquireTokenForClient({ scopes: [scope] })
      assert.deepEqual(scopes, [scope])
    }
  })

  it('takes assertions of a client that was registered by its key, without any certificate', async () => {
    for (const clientId of ['service', 'service-rs256']) {
      const { scopes } = await serviceWith({ privateKey }, clientId).acquireTokenForClient({ scopes: ['api:read'] })
      assert.deepEqual(scopes, ['api:read'])
    }
  })

  it('tells a service that is not known', async () => {
    const call = serviceWith({ privateKey, publicCertificate }, 'stranger').acquireTokenForClient({
      scopes: ['api:read'],
    })
    await assert.rejects(call, (error) => error instanceof OAuthError && error.error === 'invalid_client')
  })
})
