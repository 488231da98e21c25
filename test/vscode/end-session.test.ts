import assert from 'node:assert/strict'
import { AuthorityError, NetworkError, TokenCache } from '../../src/msal/index.ts'
import { MenuAwareClient } from '../../src/vscode/public-client.ts'
import {
  ADA,
  claimsOf,
  CLIENT_ID,
  createTestPlatform,
  discovery,
  HOME,
  HOST,
  idTokenOf,
  tokensFor,
} from '../support/entra.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createScriptedFetch, type ScriptedExchange } from '../support/scripted-fetch.ts'

const ACCOUNT = { homeAccountId: `${ADA.uid}.${ADA.utid}`, environment: 'login.microsoftonline.com' }
const HINT = 'O.CiQ+/= opaque'

/** A client whose cache holds an ID token with these claims. */
function open(script: readonly ScriptedExchange[], claims: object = { login_hint: HINT }) {
  const clock = createFakeClock()
  const cache = new TokenCache(clock)
  const idToken = idTokenOf(claimsOf(ADA, claims))
  cache.add({
    client_id: CLIENT_ID,
    scope: ['User.Read'],
    token_endpoint: `${HOST}/${HOME}/oauth2/v2.0/token`,
    grant_type: 'authorization_code',
    response: { ...tokensFor(ADA), id_token: idToken },
  })
  const network = createScriptedFetch(script)
  const client = new MenuAwareClient(
    { clientId: CLIENT_ID, authority: `${HOST}/${HOME}`, tokenCache: cache, fetch: network.fetch },
    createTestPlatform(clock),
  )
  return { client, network, idToken }
}

const page = (endSession: unknown) => discovery(HOME, { end_session_endpoint: endSession })

describe('the page to sign out in the browser', () => {
  it('is the one that the server names, with the client and whom Entra wants to be told of', async () => {
    const { client, network, idToken } = open([page(`${HOST}/${HOME}/logout?p=policy`)])
    const url = new URL((await (await client.prepareEndSession(ACCOUNT))()) ?? '')
    assert.equal(url.origin + url.pathname, `${HOST}/${HOME}/logout`)
    assert.deepEqual(Object.fromEntries(url.searchParams), { p: 'policy', client_id: CLIENT_ID, logout_hint: HINT })
    assert.ok(!url.href.includes(idToken.split('.')[1] ?? ''))
    network.assertDone()
  })

  it('is told who it is though the account has been removed before it is looked up', async () => {
    const { client } = open([page(`${HOST}/logout`)])
    const endSession = await client.prepareEndSession(ACCOUNT)
    const [account] = await client.getAccounts()
    await client.removeAccount({ account: account! })
    assert.match((await endSession()) ?? '', /logout_hint=O\.CiQ/)
  })

  it('is told of nobody where the ID token has no hint, and of no user name instead', async () => {
    for (const claims of [{}, { login_hint: 7 }, { login_hint: '' }]) {
      const { client } = open([page(`${HOST}/logout`)], claims)
      const url = await (await client.prepareEndSession(ACCOUNT))()
      assert.equal(url, `${HOST}/logout?client_id=${CLIENT_ID}`)
    }
  })

  it('is told of nobody else', async () => {
    const { client } = open([page(`${HOST}/logout`)])
    const endSession = await client.prepareEndSession({ ...ACCOUNT, homeAccountId: 'another' })
    assert.equal(await endSession(), `${HOST}/logout?client_id=${CLIENT_ID}`)
  })

  it('is none where the server names none', async () => {
    const { client } = open([discovery()])
    assert.equal(await (await client.prepareEndSession(ACCOUNT))(), undefined)
  })

  it('is refused where it is no https address', async () => {
    for (const wrong of ['http://login.microsoftonline.com/logout', 'javascript:alert(1)', 'http://localhost/logout']) {
      const { client } = open([page(wrong)])
      await assert.rejects((await client.prepareEndSession(ACCOUNT))(), AuthorityError)
    }
  })

  it('costs no request before it is looked up, and fails then without a network', async () => {
    const { client } = open([{ ...page(`${HOST}/logout`), answer: new TypeError('fetch failed') }])
    const endSession = await client.prepareEndSession(ACCOUNT)
    await assert.rejects(endSession(), NetworkError)
  })
})
