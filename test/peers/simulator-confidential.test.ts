import assert from 'node:assert/strict'
import { createHash, createPrivateKey, randomUUID, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { decodeJwt, SignJWT } from 'jose'
import { OAuthError, type ClientCredential } from '../../src/library.ts'
import { openStage, SCHEMES, type Stage } from './stage.ts'

const fixture = (name: string) => fileURLToPath(new URL(`../vectors/fixtures/${name}`, import.meta.url))
const pem = (name: string) => readFileSync(fixture(name), 'utf8')

const GRAPH = ['https://graph.microsoft.com/.default']
const certificate = pem('cert.pem')
const privateKey = pem('key.pem')
const passphrase = 'hunter2'
const thumbprint = new X509Certificate(certificate).fingerprint.replaceAll(':', '')

const credentials: readonly { readonly by: string; readonly credential: ClientCredential }[] = [
  { by: 'a key and its certificate', credential: { privateKey, publicCertificate: certificate } },
  { by: 'a key and a SHA-1 thumbprint', credential: { privateKey, thumbprint } },
  { by: 'an encrypted key', credential: { privateKey: pem('key-encrypted.pem'), passphrase, thumbprint } },
  { by: 'a PFX file', credential: { privateKeyPfxPath: fixture('cert.pfx'), passphrase } },
  {
    by: 'a PFX file that sends its certificate along',
    credential: { privateKeyPfxPath: fixture('cert.pfx'), passphrase, publicCertificate: true },
  },
  { by: 'an assertion from elsewhere', credential: { clientAssertion: (context) => signElsewhere(context) } },
]

/** As a key vault would sign it. */
function signElsewhere({ clientId, tokenEndpoint }: { readonly clientId: string; readonly tokenEndpoint: string }) {
  const digest = createHash('sha256').update(new X509Certificate(certificate).raw).digest('base64url')
  return new SignJWT({ iss: clientId, sub: clientId, aud: tokenEndpoint, jti: randomUUID() })
    .setProtectedHeader({ alg: 'RS256', 'x5t#S256': digest })
    .setExpirationTime('5m')
    .sign(createPrivateKey(privateKey))
}

for (const scheme of SCHEMES) {
  describe(`A confidential client against the simulator by ${scheme}`, () => {
    let stage: Stage

    before(async () => {
      stage = await openStage(scheme)
    })
    afterEach(() => stage.simulator.controls.reset())
    after(() => stage.stop())

    const refused = (code: number) => (error: unknown) =>
      error instanceof OAuthError && error.errorCodes?.includes(code) === true

    it('gets its own token by a secret, keeps it, and forgets it when told', async () => {
      const client = stage.confidentialClient()
      const first = await client.acquireTokenForClient({ scopes: GRAPH })
      assert.equal(decodeJwt(first.accessToken)['idtyp'], 'app')
      const hit = await client.acquireTokenForClient({ scopes: GRAPH })
      assert.equal(hit.tokenSource, 'cache')
      assert.equal(hit.accessToken, first.accessToken)
      await client.removeTokensForClient()
      const second = await client.acquireTokenForClient({ scopes: GRAPH })
      assert.notEqual(second.accessToken, first.accessToken)
      assert.deepEqual(await client.getAccounts(), [])
    })

    for (const { by, credential } of credentials)
      it(`proves its identity by ${by}`, async () => {
        stage.simulator.controls.registerCertificate({ certificate })
        const client = stage.confidentialClient({ clientCredential: credential })
        const { accessToken } = await client.acquireTokenForClient({ scopes: GRAPH })
        assert.equal(decodeJwt(accessToken)['azpacr'], '2')
      })

    it('learns that its secret or its certificate is not known', async () => {
      const wrong = stage.confidentialClient({ clientCredential: 'wrong' })
      await assert.rejects(wrong.acquireTokenForClient({ scopes: GRAPH }), refused(7000215))
      const unknown = stage.confidentialClient({ clientCredential: { privateKey, thumbprint } })
      await assert.rejects(unknown.acquireTokenForClient({ scopes: GRAPH }), refused(700027))
    })

    it('answers a claims challenge by a token that takes the place of the old one', async () => {
      const client = stage.confidentialClient({ clientCapabilities: ['CP1'] })
      const { accessToken } = await client.acquireTokenForClient({ scopes: GRAPH })
      const claimsChallenge = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
      const renewed = await client.acquireTokenForClient({ scopes: GRAPH, claimsChallenge })
      assert.notEqual(renewed.accessToken, accessToken)
      assert.equal((await client.acquireTokenForClient({ scopes: GRAPH })).accessToken, renewed.accessToken)
    })

    it('signs a person in as a web app', async () => {
      const client = stage.confidentialClient()
      const { account } = await stage.signIn(client, 'ada')
      const renewed = await client.acquireTokenSilent({ scopes: ['User.Read'], account, forceRefresh: true })
      assert.equal(decodeJwt(renewed?.accessToken ?? '')['azpacr'], '1')
    })

    it('calls on behalf of each of its callers, and finds each one’s token silently', async () => {
      const client = stage.confidentialClient()
      const { apiScope } = stage.simulator.clients.confidential
      for (const name of ['ada', 'grace']) {
        const caller = await stage.signIn(stage.publicClient(), name, { scopes: [apiScope] })
        const result = await client.acquireTokenOnBehalfOf({
          userAssertion: caller.accessToken,
          scopes: ['User.Read'],
        })
        const claims = decodeJwt(result.accessToken)
        assert.equal(claims['azp'], stage.simulator.clients.confidential.clientId)
        assert.equal(claims['preferred_username'], caller.account.username)
      }
      for (const account of await client.getAccounts()) {
        const found = await client.acquireTokenSilent({ scopes: ['User.Read'], account })
        assert.equal(found?.tokenSource, 'cache')
        assert.equal(decodeJwt(found.accessToken)['preferred_username'], account.username)
      }
      assert.equal((await client.getAccounts()).length, 2)
    })

    it('tells its caller which claims a call on behalf needs', async () => {
      const { apiScope } = stage.simulator.clients.confidential
      const desktop = stage.publicClient()
      const caller = await stage.signIn(desktop, 'ada', { scopes: [apiScope] })
      stage.simulator.controls.requireSecondFactor({ username: caller.account.username, required: true })
      const client = stage.confidentialClient()
      const call = client.acquireTokenOnBehalfOf({ userAssertion: caller.accessToken, scopes: ['User.Read'] })
      const refusal = await call.catch((error: unknown) => error)
      assert.ok(refusal instanceof OAuthError)
      assert.equal(refusal.error, 'interaction_required')
      const stronger = await stage.signIn(desktop, 'ada', { scopes: [apiScope], claimsChallenge: refusal.claims })
      const result = await client.acquireTokenOnBehalfOf({
        userAssertion: stronger.accessToken,
        scopes: ['User.Read'],
      })
      assert.equal(result.account?.username, caller.account.username)
    })

    it('is refused a call on behalf of a token that was meant for another', async () => {
      const { accessToken } = await stage.signIn(stage.publicClient(), 'ada')
      const call = stage
        .confidentialClient()
        .acquireTokenOnBehalfOf({ userAssertion: accessToken, scopes: ['User.Read'] })
      await assert.rejects(call, refused(500131))
    })
  })
}
