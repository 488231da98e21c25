import assert from 'node:assert/strict'
import * as msalNode from '@azure/msal-node'
import { ConfidentialClientApplication, PublicClientApplication, SerializableTokenCache } from '../../src/library.ts'
import { ADA, CLIENT_ID, HOME, HOST } from '../support/entra.ts'
import { createScriptedEntra, type ScriptedEntra } from './scripted-entra.ts'

const authority = `${HOST}/${HOME}`
const scopes = ['User.Read']
const appScopes = ['https://graph.microsoft.com/.default']
const clientSecret = 'a secret'

describe('A token cache that MSAL Node and this library share', () => {
  let entra: ScriptedEntra

  beforeEach(() => {
    entra = createScriptedEntra()
  })

  const configureTheirs = (): msalNode.Configuration => ({
    auth: { clientId: CLIENT_ID, authority, clientSecret },
    system: {
      networkClient: {
        sendGetRequestAsync: async (url) => ({ status: 200, headers: {}, body: entra.answer('GET', url) as never }),
        sendPostRequestAsync: async (url, options) => ({
          status: 200,
          headers: {},
          body: entra.answer('POST', url, options?.body) as never,
        }),
      },
    },
  })
  const theirs = (cache?: string) => {
    const client = new msalNode.ConfidentialClientApplication(configureTheirs())
    if (cache !== undefined) client.getTokenCache().deserialize(cache)
    return client
  }
  const ours = (cache?: string) => {
    const tokenCache = new SerializableTokenCache()
    tokenCache.deserialize(cache)
    const options = { clientId: CLIENT_ID, authority, tokenCache, fetch: entra.fetch }
    return {
      tokenCache,
      person: new PublicClientApplication(options),
      service: new ConfidentialClientApplication({ ...options, clientCredential: clientSecret }),
    }
  }
  const code = { code: 'the code', scopes, redirectUri: 'http://localhost' }

  it('written by MSAL Node: the account is known, its token hits, its refresh token serves', async () => {
    const writer = theirs()
    const written = await writer.acquireTokenByCode(code)
    const { person } = ours(writer.getTokenCache().serialize())
    const [account] = await person.getAccounts()
    assert.equal(account?.username, ADA.username)
    const hit = await person.acquireTokenSilent({ scopes, account })
    assert.equal(hit?.accessToken, written.accessToken)
    assert.deepEqual(entra.grants, ['authorization_code'])
    const renewed = await person.acquireTokenSilent({ scopes, account, forceRefresh: true })
    assert.notEqual(renewed?.accessToken, written.accessToken)
  })

  it('written by this library: MSAL Node knows the account, hits its token and renews it', async () => {
    const { person, tokenCache } = ours()
    const written = await person.acquireTokenByAuthorizationCode(code)
    const reader = theirs(tokenCache.serialize())
    const [account] = await reader.getTokenCache().getAllAccounts()
    assert.equal(account?.username, ADA.username)
    assert.ok(account)
    const hit = await reader.acquireTokenSilent({ scopes, account })
    assert.deepEqual([hit.accessToken, hit.fromCache], [written.accessToken, true])
    assert.deepEqual(entra.grants, ['authorization_code'])
    const renewed = await reader.acquireTokenSilent({ scopes, account, forceRefresh: true })
    assert.notEqual(renewed.accessToken, written.accessToken)
  })

  it('goes from one to the other and back, and what each renewed hits at the other', async () => {
    const writer = theirs()
    await writer.acquireTokenByCode(code)
    const { person, tokenCache } = ours(writer.getTokenCache().serialize())
    const [ourAccount] = await person.getAccounts()
    const renewed = await person.acquireTokenSilent({ scopes, account: ourAccount, forceRefresh: true })
    const reader = theirs(tokenCache.serialize())
    const [theirAccount] = await reader.getTokenCache().getAllAccounts()
    assert.ok(theirAccount)
    assert.equal(theirAccount.name, 'Ada')
    const hit = await reader.acquireTokenSilent({ scopes, account: theirAccount })
    assert.equal(hit.accessToken, renewed?.accessToken)
    assert.equal((await reader.getTokenCache().getAllAccounts()).length, 1)
  })

  it('holds an application’s own tokens: those of MSAL Node hit here', async () => {
    const writer = theirs()
    const written = await writer.acquireTokenByClientCredential({ scopes: appScopes })
    const hit = await ours(writer.getTokenCache().serialize()).service.acquireTokenForClient({ scopes: appScopes })
    assert.equal(hit.accessToken, written?.accessToken)
  })

  // Their account is null in MSAL Python's files, which ours are like, and '' in MSAL Node's.
  it('leaves MSAL Node to get an application’s tokens itself, as it does where MSAL Python wrote them', async () => {
    const { service, tokenCache } = ours()
    const own = await service.acquireTokenForClient({ scopes: appScopes })
    const found = await theirs(tokenCache.serialize()).acquireTokenByClientCredential({ scopes: appScopes })
    assert.notEqual(found?.accessToken, own.accessToken)
  })
})
