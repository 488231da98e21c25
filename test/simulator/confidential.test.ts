import assert from 'node:assert/strict'
import { createHash, createPrivateKey, randomUUID, X509Certificate } from 'node:crypto'
import { decodeJwt, SignJWT } from 'jose'
import { createClientCertificate, type CertificateAndKey } from './certificate.ts'
import { assertRefused, createHarness, type Harness } from './harness.ts'
import { startSimulator, type Simulator } from './server.ts'

describe('a confidential client', () => {
  let simulator: Simulator
  let harness: Harness
  let confidential: { readonly client_id: string; readonly client_secret: string }

  before(async () => {
    simulator = await startSimulator()
    harness = createHarness(simulator)
    const { clientId, clientSecret } = simulator.clients.confidential
    confidential = { client_id: clientId, client_secret: clientSecret }
  })
  afterEach(() => simulator.controls.reset())
  after(() => simulator.stop())

  describe('as itself', () => {
    const asApp = (form: Record<string, string | undefined> = {}, tenant = simulator.tenants.home) =>
      harness.token(
        { grant_type: 'client_credentials', scope: 'https://graph.microsoft.com/.default', ...confidential, ...form },
        tenant,
      )

    it('accepts its secret in the form or in the header', async () => {
      const { body } = await asApp()
      assert.equal(decodeJwt(body.access_token)['idtyp'], 'app')
      assert.equal(body.refresh_token, undefined)
      const basic = Buffer.from(`${confidential.client_id}:${confidential.client_secret}`).toString('base64')
      const form = { grant_type: 'client_credentials', scope: 'https://graph.microsoft.com/.default' }
      const answer = await harness.token({ ...form, client_id: undefined }, simulator.tenants.home, {
        authorization: `Basic ${basic}`,
      })
      assert.equal(answer.status, 200)
    })

    it('refuses a wrong secret, none, a scope that is no default and a tenant that is not named', async () => {
      assertRefused(await asApp({ client_secret: 'wrong' }), 7000215, 'invalid_client')
      assertRefused(await asApp({ client_secret: undefined }), 7000216, 'invalid_client')
      assertRefused(await asApp({ scope: 'User.Read' }), 1002012, 'invalid_scope')
      assertRefused(await asApp({ scope: 'api://unknown/.default' }), 500011, 'invalid_resource')
      assertRefused(await asApp({}, 'common'), 50059, 'invalid_request')
    })

    it('refuses a code of its own without a secret', async () => {
      const answer = await harness.authorize('ada', { client_id: confidential.client_id, code_challenge: undefined })
      const own = answer.get('code') ?? ''
      const form = { client_id: confidential.client_id, code_verifier: undefined }
      assertRefused(await harness.redeem(own, form), 7000218, 'invalid_client')
      assert.equal((await harness.redeem(own, { ...form, ...confidential })).status, 200)
    })

    describe('that signs an assertion', () => {
      let pair: CertificateAndKey
      before(async () => {
        pair = await createClientCertificate('test')
      })
      const sign = async (claims = {}, header: (certificate: X509Certificate) => object = sha256) => {
        const { certificate, privateKey } = pair
        simulator.controls.registerCertificate({ certificate })
        const protectedHeader = { alg: 'PS256', ...header(new X509Certificate(certificate)) }
        const now = Math.floor(Date.now() / 1000)
        return new SignJWT({
          iss: confidential.client_id,
          sub: confidential.client_id,
          aud: `${simulator.http}/${simulator.tenants.home}/oauth2/v2.0/token`,
          jti: randomUUID(),
          nbf: now,
          exp: now + 600,
          ...claims,
        })
          .setProtectedHeader(protectedHeader)
          .sign(createPrivateKey(privateKey))
      }
      const sha1 = ({ raw }: X509Certificate) => ({
        alg: 'RS256',
        x5t: createHash('sha1').update(raw).digest('base64url'),
      })
      const sha256 = ({ raw }: X509Certificate) => ({
        'x5t#S256': createHash('sha256').update(raw).digest('base64url'),
      })
      const present = async (assertion: string) =>
        asApp({
          client_secret: undefined,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: assertion,
        })

      it('accepts PS256 with a SHA-256 thumbprint and RS256 with a SHA-1 one, padded or not', async () => {
        assert.equal((await present(await sign())).status, 200)
        assert.equal((await present(await sign({}, sha1))).status, 200)
        const padded = await sign({}, (certificate) => ({ ...sha1(certificate), x5t: `${sha1(certificate).x5t}=` }))
        const { body } = await present(padded)
        assert.equal(decodeJwt(body.access_token)['azpacr'], '2')
      })

      it('judges its time by the real clock, five minutes either way', async () => {
        simulator.controls.advanceClock({ seconds: 86_400 })
        const now = Math.floor(Date.now() / 1000)
        assert.equal((await present(await sign({ nbf: now + 200 }))).status, 200)
        assertRefused(await present(await sign({ exp: now - 400 })), 700024, 'invalid_client')
        assertRefused(await present(await sign({ nbf: now + 400 })), 700024, 'invalid_client')
      })

      it('refuses another audience, another issuer, an unknown certificate, another key and nonsense', async () => {
        assertRefused(
          await present(await sign({ aud: 'https://login.microsoftonline.com/common/oauth2/v2.0/token' })),
          700023,
          'invalid_client',
        )
        assertRefused(await present(await sign({ iss: randomUUID() })), 700027, 'invalid_client')
        assertRefused(await present(await sign({}, () => ({ 'x5t#S256': 'unknown' }))), 700027, 'invalid_client')
        const assertion = await sign()
        assertRefused(await present(`${assertion.slice(0, -8)}AAAAAAAA`), 700027, 'invalid_client')
        assertRefused(await present('nonsense'), 50027, 'invalid_request')
      })
    })
  })

  describe('on behalf of a user', () => {
    const exchange = (assertion: string, form: Record<string, string | undefined> = {}) =>
      harness.token({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        requested_token_use: 'on_behalf_of',
        assertion,
        scope: 'User.Read openid',
        ...confidential,
        ...form,
      })
    const call = async () => (await harness.signIn('ada', simulator.clients.confidential.apiScope)).body.access_token

    it('exchanges a token that was issued to the API', async () => {
      const { body } = await exchange(await call())
      assert.equal(decodeJwt(body.access_token)['preferred_username'], 'ada@contoso.test')
      assert.equal(decodeJwt(body.access_token).aud, 'https://graph.microsoft.com')
      assert.equal(body.refresh_token, undefined)
    })

    it('refuses a token for someone else, a changed one, an old one and a revoked one', async () => {
      assertRefused(await exchange((await harness.signIn('ada')).body.access_token), 500131)
      const token = await call()
      assertRefused(await exchange(`${token.slice(0, -8)}AAAAAAAA`), 50013)
      assertRefused(await exchange(token, { requested_token_use: undefined }), 900144, 'invalid_request')
      assertRefused(await exchange(token, { client_secret: undefined }), 7000218, 'invalid_client')
      simulator.controls.advanceClock({ seconds: 3601 })
      assertRefused(await exchange(token), 500133)
      const revoked = await call()
      simulator.controls.revokeTokens({ username: 'ada@contoso.test', kind: 'access' })
      assertRefused(await exchange(revoked), 50173)
    })

    it('asks for interaction, with the claims to pass on, where the person has to prove more', async () => {
      const token = await call()
      simulator.controls.requireSecondFactor({ username: 'ada@contoso.test', required: true })
      const answer = await exchange(token)
      assertRefused(answer, 50076, 'interaction_required')
      assert.equal(answer.body['suberror'], 'basic_action')
      assert.ok(answer.body.claims)
    })
  })
})
