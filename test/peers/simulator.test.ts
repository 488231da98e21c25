import assert from 'node:assert/strict'
import { decodeJwt } from 'jose'
import { OAuthError, readClaimsChallenge, SerializableTokenCache } from '../../src/library.ts'
import { approveDevice } from '../simulator/robot.ts'
import { openStage, REDIRECT_URI, SCHEMES, type Stage } from './stage.ts'

for (const scheme of SCHEMES) {
  describe(`A public client against the simulator by ${scheme}`, () => {
    let stage: Stage

    before(async () => {
      stage = await openStage(scheme)
    })
    afterEach(() => stage.simulator.controls.reset())
    after(() => stage.stop())

    const refreshTokenIn = (cache: SerializableTokenCache): string | undefined =>
      cache.find({ credentialType: 'RefreshToken' })[0]?.secret

    it('signs in by authorization code, by a flow that was kept as JSON meanwhile', async () => {
      const { account, ...result } = await stage.signIn(stage.publicClient(), 'ada')
      assert.equal(result.tokenSource, 'identity_provider')
      assert.deepEqual(result.scopes, ['User.Read', 'openid', 'profile'])
      assert.equal(account.username, 'ada@contoso.test')
      assert.equal(account.environment, new URL(stage.origin).host)
      assert.equal(account.realm, stage.simulator.tenants.home)
      assert.equal(decodeJwt(result.accessToken)['scp'], 'User.Read')
      assert.equal((await stage.callApi(result.accessToken)).status, 200)
    })

    it('signs in interactively: the browser posts the answer to the loopback listener', async () => {
      const client = stage.publicClient()
      const pages: Promise<string>[] = []
      const result = await client.acquireTokenInteractive({
        scopes: ['User.Read'],
        loginHint: 'ada@contoso.test',
        openBrowser: (url) => void pages.push(stage.visit(url, stage.person('ada'))),
      })
      assert.equal(result.account?.username, 'ada@contoso.test')
      assert.match((await pages[0]) ?? '', /<title>[^<]*[Ss]igned in/)
    })

    it('tells a person’s refusal by the error that the server gave', async () => {
      const client = stage.publicClient()
      const cancelled = client.acquireTokenInteractive({
        scopes: ['User.Read'],
        prompt: 'none',
        openBrowser: (url) => void stage.visit(url, stage.person('ada')),
      })
      await assert.rejects(cancelled, (error) => error instanceof OAuthError && error.error === 'login_required')
    })

    it('signs in by device code, entered while the library asks', async () => {
      stage.simulator.controls.set({ deviceInterval: 0 })
      const client = stage.publicClient()
      const flow = await client.initiateDeviceFlow({ scopes: ['User.Read'] })
      assert.match(flow.message, new RegExp(flow.userCode))
      const signedIn = client.acquireTokenByDeviceFlow({ flow })
      await approveDevice(flow, stage.person('ada'), { ca: stage.simulator.caCertificate })
      assert.equal((await signedIn).account?.username, 'ada@contoso.test')
    })

    it('learns that a device code expired', async () => {
      const client = stage.publicClient()
      const flow = await client.initiateDeviceFlow({ scopes: ['User.Read'] })
      stage.simulator.controls.advanceClock({ seconds: flow.expiresIn })
      await assert.rejects(
        client.acquireTokenByDeviceFlow({ flow }),
        (error) => error instanceof OAuthError && error.error === 'expired_token',
      )
    })

    it('answers silently from the cache, asks for what it lacks, and keeps the rotated refresh token', async () => {
      const tokenCache = new SerializableTokenCache()
      const client = stage.publicClient({ tokenCache })
      stage.simulator.controls.set({ revokeOnReuse: true })
      const { account } = await stage.signIn(client, 'ada')
      const first = refreshTokenIn(tokenCache)
      const before = stage.tokenRequests()

      const hit = await client.acquireTokenSilent({ scopes: ['User.Read'], account })
      assert.equal(hit?.tokenSource, 'cache')
      assert.equal(stage.tokenRequests(), before)

      const other = await client.acquireTokenSilent({ scopes: ['Mail.Read'], account })
      assert.equal(decodeJwt(other?.accessToken ?? '')['scp'], 'Mail.Read')
      assert.notEqual(refreshTokenIn(tokenCache), first)
      const again = await client.acquireTokenSilent({ scopes: ['User.Read'], account, forceRefresh: true })
      assert.equal(again?.tokenSource, 'identity_provider')
      assert.equal(stage.tokenRequests(), before + 2)
    })

    it('asks once for equal silent calls at the same time', async () => {
      const client = stage.publicClient()
      const { account } = await stage.signIn(client, 'ada')
      const before = stage.tokenRequests()
      const calls = Array.from({ length: 10 }, () => client.acquireTokenSilent({ scopes: ['Files.Read'], account }))
      assert.equal(new Set((await Promise.all(calls)).map((result) => result?.accessToken)).size, 1)
      assert.equal(stage.tokenRequests(), before + 1)
    })

    it('refreshes past refresh_in, and lives on the old token while that fails', async () => {
      const client = stage.publicClient()
      stage.simulator.controls.set({ refreshIn: -60 })
      const { accessToken, account } = await stage.signIn(client, 'ada')
      stage.simulator.controls.addFault({
        path: '/token$',
        status: 503,
        body: 'out of order',
        headers: { 'retry-after': '0' },
      })
      const old = await client.acquireTokenSilent({ scopes: ['User.Read'], account })
      assert.equal(old?.accessToken, accessToken)
      const renewed = await client.acquireTokenSilent({ scopes: ['User.Read'], account })
      assert.notEqual(renewed?.accessToken, accessToken)
    })

    it('gets a guest tenant’s token by the home tenant’s sign-in, and keeps both apart', async () => {
      const client = stage.publicClient()
      const { account } = await stage.signIn(client, 'ada')
      const authority = `${stage.origin}/${stage.simulator.tenants.guest}`
      const guest = await client.acquireTokenSilent({ scopes: ['User.Read'], account, authority })
      assert.equal(decodeJwt(guest?.accessToken ?? '')['tid'], stage.simulator.tenants.guest)
      const again = await client.acquireTokenSilent({ scopes: ['User.Read'], account, authority })
      assert.equal(again?.tokenSource, 'cache')
      const home = await client.acquireTokenSilent({ scopes: ['User.Read'], account })
      assert.equal(decodeJwt(home?.accessToken ?? '')['tid'], stage.simulator.tenants.home)
      assert.equal((await client.getAccounts()).length, 1)
    })

    it('tells two people apart, and forgets one of them', async () => {
      const client = stage.publicClient({ authority: `${stage.origin}/common` })
      const { account: ada } = await stage.signIn(client, 'ada')
      const { account: pia } = await stage.signIn(client, 'pia')
      assert.deepEqual((await client.getAccounts()).map(({ username }) => username).sort(), [
        ada.username,
        pia.username,
      ])
      await client.removeAccount({ account: ada })
      assert.equal(await client.acquireTokenSilent({ scopes: ['User.Read'], account: ada }), null)
      const kept = await client.acquireTokenSilent({ scopes: ['User.Read'], account: pia, forceRefresh: true })
      assert.equal(kept?.account?.username, pia.username)
    })

    it('answers the claims challenge of an API whose token was revoked, and hands out the new token from then on', async () => {
      const client = stage.publicClient({ clientCapabilities: ['CP1'] })
      const { accessToken, account } = await stage.signIn(client, 'ada')
      assert.deepEqual(decodeJwt(accessToken)['xms_cc'], ['CP1'])
      stage.simulator.controls.revokeTokens({ username: account.username, kind: 'access' })
      const refused = await stage.callApi(accessToken)
      assert.equal(refused.status, 401)
      const claimsChallenge = readClaimsChallenge(refused.headers.get('www-authenticate') ?? '')
      assert.match(claimsChallenge ?? '', /"nbf"/)
      const renewed = await client.acquireTokenSilent({ scopes: ['User.Read'], account, claimsChallenge })
      assert.equal((await stage.callApi(renewed?.accessToken ?? '')).status, 200)
      const plain = await client.acquireTokenSilent({ scopes: ['User.Read'], account })
      assert.equal(plain?.accessToken, renewed?.accessToken)
    })

    it('signs in anew where an API demands more than a refresh can bring', async () => {
      const client = stage.publicClient()
      const { accessToken, account } = await stage.signIn(client, 'ada')
      stage.simulator.controls.demandClaims({ claims: { acrs: { essential: true, value: 'c1' } } })
      const refused = await stage.callApi(accessToken)
      const claimsChallenge = readClaimsChallenge(refused.headers.get('www-authenticate') ?? '')
      const silent = client.acquireTokenSilentWithError({ scopes: ['User.Read'], account, claimsChallenge })
      await assert.rejects(silent, (error) => error instanceof OAuthError && error.classification === 'basic_action')
      const stronger = await stage.signIn(client, 'ada', { claimsChallenge })
      assert.equal((await stage.callApi(stronger.accessToken)).status, 200)
      const plain = await client.acquireTokenSilent({ scopes: ['User.Read'], account })
      assert.equal(plain?.accessToken, stronger.accessToken)
    })

    it('redeems a refresh token from elsewhere', async () => {
      const tokenCache = new SerializableTokenCache()
      await stage.signIn(stage.publicClient({ tokenCache }), 'ada')
      const client = stage.publicClient()
      const refreshToken = refreshTokenIn(tokenCache) ?? ''
      const result = await client.acquireTokenByRefreshToken({ refreshToken, scopes: ['Mail.Read'] })
      assert.equal(result.account?.username, 'ada@contoso.test')
      assert.equal((await client.getAccounts()).length, 1)
    })

    it('takes a code that the caller got by itself', async () => {
      const client = stage.confidentialClient()
      const authUri = await client.getAuthorizationRequestUrl({
        scopes: ['User.Read'],
        redirectUri: REDIRECT_URI,
        state: 'the state',
        nonce: 'the nonce',
      })
      const answer = await stage.answer(authUri, 'ada')
      const result = await client.acquireTokenByAuthorizationCode({
        code: answer.get('code') ?? '',
        scopes: ['User.Read'],
        redirectUri: REDIRECT_URI,
        nonce: 'the nonce',
      })
      assert.equal(result.account?.username, 'ada@contoso.test')
    })
  })
}
