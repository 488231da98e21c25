import assert from 'node:assert/strict'
import type { CacheAddOptions, CacheEvent } from '../../../src/msal/index.ts'
import { TokenCache } from '../../../src/msal/index.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { ADA, BOB, createTestService, discovery, HOME, TOKEN_ENDPOINT, tokensFor } from '../../support/entra.ts'
import type { ScriptedAnswer, ScriptedExchange } from '../../support/scripted-fetch.ts'

const token = (
  form: Readonly<Record<string, string>>,
  answer: ScriptedAnswer,
  url = TOKEN_ENDPOINT,
): ScriptedExchange => ({
  method: 'POST',
  url,
  form,
  answer,
})
const app = (access_token: string) => ({ json: { access_token, token_type: 'Bearer', expires_in: 3600 } })

describe('An application by itself', () => {
  it('sends its secret, and then answers from the cache', async () => {
    const { client, network } = createTestService([discovery(), token({ client_secret: 's3cret' }, app('a'))])
    assert.equal((await client.acquireTokenForClient({ scopes: ['x/.default'] })).tokenSource, 'identity_provider')
    assert.equal((await client.acquireTokenForClient({ scopes: ['x/.default'] })).tokenSource, 'cache')
    network.assertDone()
  })

  it('lets a subclass of the cache hear of each token request', async () => {
    const heard: CacheEvent[] = []
    class Listening extends TokenCache {
      override add(event: CacheEvent, options?: CacheAddOptions): void {
        super.add({ ...event }, options)
        heard.push(event)
        assert.equal(this.find({ credentialType: 'AccessToken' }).length, heard.length)
      }
    }
    const tokenCache = new Listening(createFakeClock())
    const script = [discovery(), token({}, app('a')), token({}, app('b'))]
    const { client } = createTestService(script, { tokenCache })
    for (const scope of ['x/.default', 'y/.default']) await client.acquireTokenForClient({ scopes: [scope] })
    assert.deepEqual(
      heard.map(({ scope }) => scope),
      [['x/.default'], ['y/.default']],
    )
  })

  it('refuses forceRefresh, and takes a false one for none', async () => {
    const { client } = createTestService([discovery(), token({}, app('a'))])
    const ask = (forceRefresh: boolean) => client.acquireTokenForClient({ ...{ forceRefresh }, scopes: ['x/.default'] })
    await assert.rejects(ask(true), { argument: 'forceRefresh' })
    assert.equal((await ask(false)).tokenType, 'Bearer')
  })

  it('forgets its tokens, and only its own', async () => {
    const { client, network } = createTestService([
      discovery(),
      token({}, app('a')),
      token({ assertion: 'of-ada' }, { json: tokensFor(ADA, { access_token: 'obo', scope: 'y' }) }),
      token({}, app('b')),
    ])
    await client.acquireTokenForClient({ scopes: ['x/.default'] })
    const { account } = await client.acquireTokenOnBehalfOf({ userAssertion: 'of-ada', scopes: ['y'] })
    await client.removeTokensForClient({})
    assert.equal((await client.acquireTokenForClient({ scopes: ['x/.default'] })).accessToken, 'b')
    assert.equal((await client.acquireTokenSilent({ scopes: ['y'], account }))?.accessToken, 'obo')
    network.assertDone()
  })

  it('asks the endpoint of its region, and keeps the token under the central host', async () => {
    const { client, network } = createTestService(
      [discovery(), token({}, app('a'), `https://westus2.login.microsoft.com/${HOME}/oauth2/v2.0/token`)],
      { azureRegion: 'westus2' },
    )
    await client.acquireTokenForClient({ scopes: ['x/.default'] })
    assert.equal((await client.acquireTokenForClient({ scopes: ['x/.default'] })).tokenSource, 'cache')
    network.assertDone()
  })

  it('refuses a region that is no DNS label, whatever its source', async () => {
    for (const azureRegion of ['west us', 'WESTUS', 'evil.example#', '-a', 'a-', ''])
      assert.throws(() => createTestService([], { azureRegion }), { argument: 'azureRegion' })
    const forced = { readEnvironment: (name: string) => (name === 'MSAL_FORCE_REGION' ? 'evil.example#' : undefined) }
    const { client } = createTestService([], {}, forced)
    await assert.rejects(client.acquireTokenForClient({ scopes: ['x/.default'] }), { argument: 'MSAL_FORCE_REGION' })
  })

  it('detects its region by the environment, and falls back to the central endpoint where that names none', async () => {
    const named = (value: string) => ({
      readEnvironment: (name: string) => (name === 'REGION_NAME' ? value : undefined),
    })
    const regional = createTestService(
      [discovery(), token({}, app('a'), `https://westus2.login.microsoft.com/${HOME}/oauth2/v2.0/token`)],
      { azureRegion: true },
      named('West US 2'),
    )
    await regional.client.acquireTokenForClient({ scopes: ['x/.default'] })
    regional.network.assertDone()
    const central = createTestService([discovery(), token({}, app('a'))], { azureRegion: true }, named('evil.example#'))
    await central.client.acquireTokenForClient({ scopes: ['x/.default'] })
    central.network.assertDone()
  })
})

describe('An application that is challenged', () => {
  const claimsChallenge = '{"access_token":{"nbf":null}}'

  it('asks the server once for a burst of equal challenges', async () => {
    const { client, network } = createTestService([discovery(), token({}, app('a'))])
    const ask = () => client.acquireTokenForClient({ scopes: ['x/.default'], claimsChallenge })
    const burst = [...(await Promise.all([ask(), ask(), ask()])), await ask()]
    assert.deepEqual([...new Set(burst.map(({ accessToken }) => accessToken))], ['a'])
    network.assertDone()
  })

  it('keeps the plain token where the challenge was for one that is kept apart', async () => {
    const { client, network } = createTestService([
      discovery(),
      token({}, app('plain')),
      token({ fmi_path: 'p' }, app('apart')),
    ])
    await client.acquireTokenForClient({ scopes: ['x/.default'] })
    await client.acquireTokenForClient({ scopes: ['x/.default'], fmiPath: 'p', claimsChallenge })
    assert.equal((await client.acquireTokenForClient({ scopes: ['x/.default'] })).accessToken, 'plain')
    network.assertDone()
  })
})

describe('A region', () => {
  for (const authority of ['https://fs.contoso.com/adfs', 'https://contoso.ciamlogin.com'])
    it(`is no part of a host that is none of Entra's (${authority})`, async () => {
      const base = authority.endsWith('adfs') ? authority : `${authority}/contoso.onmicrosoft.com`
      const metadata = { issuer: base, authorization_endpoint: `${base}/a`, token_endpoint: `${base}/t` }
      const url = `${base}${authority.endsWith('adfs') ? '' : '/v2.0'}/.well-known/openid-configuration`
      const { client, network } = createTestService(
        [{ url, answer: { json: metadata } }, token({}, app('a'), `${base}/t`)],
        { authority },
        { readEnvironment: (name: string) => (name === 'MSAL_FORCE_REGION' ? 'westus2' : undefined) },
      )
      await client.acquireTokenForClient({ scopes: ['x/.default'] })
      network.assertDone()
    })
})

describe('A middle tier', () => {
  it("never takes a user's token that names nobody for the application's own", async () => {
    const { client, network } = createTestService([
      discovery(),
      token({ assertion: 'of-ada' }, app('of-somebody')),
      token({ grant_type: 'client_credentials' }, app('own')),
    ])
    const scopes = ['x/.default']
    assert.equal((await client.acquireTokenOnBehalfOf({ userAssertion: 'of-ada', scopes })).accessToken, 'of-somebody')
    assert.equal((await client.acquireTokenForClient({ scopes })).accessToken, 'own')
    network.assertDone()
  })

  it('asks each time, and never hands one user the token of another', async () => {
    const { client, network } = createTestService([
      discovery(),
      token({ assertion: 'of-ada' }, { json: tokensFor(ADA, { access_token: 'for-ada', scope: 'y' }) }),
      token({ assertion: 'of-bob' }, { json: tokensFor(BOB, { access_token: 'for-bob', scope: 'y' }) }),
      token({ assertion: 'of-ada' }, { json: tokensFor(ADA, { access_token: 'for-ada-2', scope: 'y' }) }),
    ])
    const ada = await client.acquireTokenOnBehalfOf({ userAssertion: 'of-ada', scopes: ['y'] })
    const bob = await client.acquireTokenOnBehalfOf({ userAssertion: 'of-bob', scopes: ['y'] })
    assert.deepEqual([ada.accessToken, bob.accessToken], ['for-ada', 'for-bob'])
    assert.equal((await client.acquireTokenSilent({ scopes: ['y'], account: ada.account }))?.accessToken, 'for-ada')
    assert.equal((await client.acquireTokenSilent({ scopes: ['y'], account: bob.account }))?.accessToken, 'for-bob')
    assert.equal(
      (await client.acquireTokenOnBehalfOf({ userAssertion: 'of-ada', scopes: ['y'] })).accessToken,
      'for-ada-2',
    )
    network.assertDone()
  })

  it('keeps tokens of forwarded claims apart, also for a silent call', async () => {
    const forwardedClientClaims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    const { client, network } = createTestService([
      discovery(),
      token({ claims: forwardedClientClaims }, { json: tokensFor(ADA, { access_token: 'strong', scope: 'y' }) }),
      token({ grant_type: 'refresh_token' }, { json: tokensFor(ADA, { access_token: 'plain', scope: 'y' }) }),
    ])
    const { account } = await client.acquireTokenOnBehalfOf({
      userAssertion: 'a',
      scopes: ['y'],
      forwardedClientClaims,
    })
    const silent = (extra: object) => client.acquireTokenSilent({ scopes: ['y'], account, ...extra })
    assert.equal((await silent({}))?.accessToken, 'plain')
    assert.equal((await silent({ forwardedClientClaims }))?.accessToken, 'strong')
    network.assertDone()
  })

  for (const [argument, options] of [
    ['userAssertion', { userAssertion: '' }],
    ['forwardedClientClaims', { forwardedClientClaims: '[]' }],
    ['scopes', { scopes: ['profile'] }],
  ] as const)
    it(`refuses a wrong ${argument} by name`, async () => {
      const { client } = createTestService([])
      await assert.rejects(client.acquireTokenOnBehalfOf({ userAssertion: 'a', scopes: ['y'], ...options }), {
        argument,
      })
    })
})

describe('An agent for a user', () => {
  it('names the user where the server names nobody', async () => {
    const { id_token: _, ...withoutIdToken } = tokensFor(ADA)
    const { client } = createTestService([discovery(), token({ grant_type: 'user_fic' }, { json: withoutIdToken })])
    const { account } = await client.acquireTokenByUserFederatedIdentityCredential({
      assertion: 'agent',
      scopes: ['y'],
      username: ADA.username,
    })
    assert.equal(account?.username, ADA.username)
  })

  for (const [argument, user] of [
    ['username', {}],
    ['userObjectId', { username: 'a', userObjectId: 'b' }],
    ['assertion', { username: 'a', assertion: '' }],
  ] as const)
    it(`refuses a wrong ${argument} by name`, async () => {
      const { client } = createTestService([])
      await assert.rejects(
        client.acquireTokenByUserFederatedIdentityCredential({ assertion: 'agent', scopes: ['y'], ...user }),
        { argument },
      )
    })
})
