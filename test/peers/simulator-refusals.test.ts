import assert from 'node:assert/strict'
import { FederationError, IdTokenError, NetworkError, OAuthError } from '../../src/library.ts'
import { openStage, REDIRECT_URI, SCHEMES, type Stage } from './stage.ts'

const SCOPES = ['User.Read']

for (const scheme of SCHEMES) {
  describe(`What the simulator refuses or breaks by ${scheme}`, () => {
    let stage: Stage

    before(async () => {
      stage = await openStage(scheme)
    })
    afterEach(() => stage.simulator.controls.reset())
    after(() => stage.stop())

    const byPassword = (name: string, password?: string) => {
      const person = stage.person(name)
      const { username } = person
      return stage
        .publicClient()
        .acquireTokenByUsernamePassword({ username, password: password ?? person.password, scopes: SCOPES })
    }
    const refusalOf = async (call: Promise<unknown>): Promise<OAuthError> => {
      const error = await call.catch((reason: unknown) => reason)
      assert.ok(error instanceof OAuthError, String(error))
      return error
    }

    it('user names and passwords: managed and federated people sign in', async () => {
      assert.equal((await byPassword('ada')).account?.username, 'ada@contoso.test')
      assert.equal((await byPassword('fred')).account?.username, 'fred@federated.test')
      assert.equal(stage.simulator.controls.counts()['POST /adfs/services/trust/{version}/usernamemixed'], 1)
    })

    it('a wrong password, of a managed and of a federated person', async () => {
      assert.deepEqual((await refusalOf(byPassword('ada', 'wrong'))).errorCodes, [50126])
      await assert.rejects(
        byPassword('fred', 'a&b<c'),
        (error) => error instanceof FederationError && error.code === 'a:FailedAuthentication',
      )
    })

    it('a blocked person', async () => {
      assert.deepEqual((await refusalOf(byPassword('bob'))).errorCodes, [50057])
    })

    it('consent that nobody has given; a sign-in brings it', async () => {
      const refusal = await refusalOf(byPassword('cora'))
      assert.deepEqual(refusal.errorCodes, [65001])
      assert.equal(refusal.classification, 'consent_required')
      const { account } = await stage.signIn(stage.publicClient(), 'cora')
      assert.equal(account.username, 'cora@contoso.test')
      await byPassword('cora')
    })

    it('a password where a second factor is needed; its claims lead to a sign-in that brings it', async () => {
      const refusal = await refusalOf(byPassword('mia'))
      assert.deepEqual(refusal.errorCodes, [50076])
      assert.equal(refusal.classification, 'basic_action')
      const { idTokenClaims } = await stage.signIn(stage.publicClient(), 'mia', { claimsChallenge: refusal.claims })
      assert.equal(idTokenClaims?.['preferred_username'], 'mia@contoso.test')
    })

    it('a refresh once a second factor is needed: a person is asked, and nothing is forgotten', async () => {
      const client = stage.publicClient()
      const { account } = await stage.signIn(client, 'ada')
      const { username } = account
      stage.simulator.controls.requireSecondFactor({ username, required: true })
      const again = { scopes: ['Mail.Read'], account }
      assert.equal((await refusalOf(client.acquireTokenSilentWithError(again))).classification, 'basic_action')
      assert.equal(await client.acquireTokenSilent(again), null)
      assert.equal((await client.getAccounts()).length, 1)
      await stage.signIn(client, 'ada', { scopes: ['Mail.Read'] })
      assert.equal((await client.acquireTokenSilent({ scopes: ['Files.Read'], account }))?.account?.username, username)
    })

    it('revoked and expired tokens: a person is asked, and a sign-in goes on with the same account', async () => {
      const client = stage.publicClient()
      for (const [control, code] of [
        ['revokeTokens', 50173],
        ['expireTokens', 700082],
      ] as const) {
        const { account } = await stage.signIn(client, 'ada')
        stage.simulator.controls[control]({ username: account.username })
        const again = { scopes: SCOPES, account, forceRefresh: true }
        const refusal = await refusalOf(client.acquireTokenSilentWithError(again))
        assert.deepEqual([refusal.errorCodes, refusal.classification], [[code], undefined])
        assert.equal(await client.acquireTokenSilent(again), null)
        assert.equal((await client.getAccounts()).length, 1)
      }
    })

    it('a sign-in that the person cancels, told by the same error as RFC 6749 names', async () => {
      const client = stage.publicClient()
      const authCodeFlow = await client.initiateAuthCodeFlow({ scopes: SCOPES, redirectUri: REDIRECT_URI })
      const authResponse = { state: authCodeFlow.state, error: 'access_denied', error_description: 'AADSTS65004: no' }
      const refusal = await refusalOf(client.acquireTokenByAuthCodeFlow({ authCodeFlow, authResponse }))
      assert.equal(refusal.error, 'access_denied')
    })

    it('429: nothing is asked again before the time that the server named', async () => {
      const client = stage.publicClient()
      const { account } = await stage.signIn(client, 'ada')
      const before = stage.tokenRequests()
      stage.simulator.controls.addFault({
        path: '/token$',
        status: 429,
        headers: { 'retry-after': '3000' },
        body: { error: 'temporarily_unavailable', error_description: 'AADSTS90055: too many' },
      })
      const call = () => client.acquireTokenSilentWithError({ scopes: SCOPES, account, forceRefresh: true })
      for (let repeated = 0; repeated < 3; repeated++) assert.equal((await refusalOf(call())).status, 429)
      assert.equal(stage.tokenRequests(), before + 1)
      const other = await client.acquireTokenSilent({ scopes: ['Mail.Read'], account })
      assert.equal(other?.tokenSource, 'identity_provider')
    })

    const garbage = [
      { what: 'text that is no JSON', body: '<html>Hello</html>' },
      { what: 'JSON that is no object', body: '[1]' },
      { what: 'an object without a token', body: {} },
      { what: 'a page with status 502', body: '<html>secret</html>', status: 502 },
    ]
    for (const { what, ...fault } of garbage)
      it(`${what} in place of tokens is an error of the network, and the next call works`, async () => {
        const client = stage.publicClient()
        const { account } = await stage.signIn(client, 'ada')
        stage.simulator.controls.addFault({ path: '/token$', headers: { 'retry-after': '0' }, ...fault })
        const call = () => client.acquireTokenSilent({ scopes: SCOPES, account, forceRefresh: true })
        await assert.rejects(call(), (error) => error instanceof NetworkError && !error.message.includes('secret'))
        assert.equal((await call())?.tokenSource, 'identity_provider')
      })

    it('a connection that breaks: metadata is asked for again, tokens are not, and the next call works', async () => {
      stage.simulator.controls.addFault({ path: 'openid-configuration', drop: true })
      const client = stage.publicClient()
      const { account } = await stage.signIn(client, 'ada')
      stage.simulator.controls.addFault({ path: '/token$', drop: true })
      const call = () => client.acquireTokenSilent({ scopes: SCOPES, account, forceRefresh: true })
      const before = stage.tokenRequests()
      await assert.rejects(call(), NetworkError)
      assert.equal(stage.tokenRequests(), before + 1)
      assert.equal((await call())?.tokenSource, 'identity_provider')
    })

    it('an ID token whose key is not published', async () => {
      const client = stage.publicClient({ verifyIdTokens: true })
      stage.simulator.controls.addFault({ path: '/keys$', times: 2, body: { keys: [] } })
      await assert.rejects(stage.signIn(client, 'ada'), IdTokenError)
      assert.deepEqual(await client.getAccounts(), [])
    })

    it('verified ID tokens survive a change of keys', async () => {
      const client = stage.publicClient({ verifyIdTokens: true })
      const { account } = await stage.signIn(client, 'ada')
      await stage.simulator.controls.rotateKeys({ withdraw: true })
      const renewed = await client.acquireTokenSilent({ scopes: SCOPES, account, forceRefresh: true })
      assert.equal(renewed?.tokenSource, 'identity_provider')
      assert.equal(stage.simulator.controls.counts()['GET /{tenant}/discovery/v2.0/keys'], 2)
    })
  })
}
