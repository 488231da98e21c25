import assert from 'node:assert/strict'
import { ConfidentialClientApplication, PublicClientApplication, SerializableTokenCache } from '../../src/library.ts'
import { createScriptedEntra, type ScriptedEntra } from '../peers/scripted-entra.ts'
import { ADA, CLIENT_ID, HOME, HOST, TOKEN_ENDPOINT } from '../support/entra.ts'
import { openPythonPeer, type PythonPeer } from './python-peer.ts'

const authority = `${HOST}/${HOME}`
const scopes = ['User.Read']
const appScopes = ['https://graph.microsoft.com/.default']
const secret = 'a secret'
const metadataUrl = `${authority}/v2.0/.well-known/openid-configuration`

describe('A token cache that MSAL Python and this library share', () => {
  let entra: ScriptedEntra
  const peers: PythonPeer[] = []

  beforeEach(() => {
    entra = createScriptedEntra()
  })
  afterEach(async () => {
    for (const peer of peers.splice(0)) await peer.stop()
  })

  /** An application of theirs; its one token request is of this grant, any other fails. */
  const theirs = async (from: { readonly grant?: string; readonly cache?: string; readonly isService?: true }) => {
    const form = new URLSearchParams({ grant_type: from.grant ?? '', refresh_token: 'rt-1' }).toString()
    const network = {
      [`GET ${metadataUrl}`]: entra.answer('GET', metadataUrl),
      ...(from.grant && { [`POST ${TOKEN_ENDPOINT}`]: entra.answer('POST', TOKEN_ENDPOINT, form) }),
    }
    const peer = await openPythonPeer({
      kind: from.isService ? 'ConfidentialClientApplication' : 'PublicClientApplication',
      options: {
        client_id: CLIENT_ID,
        authority,
        instance_discovery: false,
        ...(from.isService && { client_credential: secret }),
      },
      network,
      cache: from.cache,
    })
    peers.push(peer)
    return peer
  }
  const ours = (cache?: string) => {
    const tokenCache = new SerializableTokenCache()
    tokenCache.deserialize(cache)
    const options = { clientId: CLIENT_ID, authority, tokenCache, fetch: entra.fetch }
    return {
      tokenCache,
      person: new PublicClientApplication(options),
      service: new ConfidentialClientApplication({ ...options, clientCredential: secret }),
    }
  }
  const redeemCode = (peer: PythonPeer) =>
    peer.call('acquire_token_by_authorization_code', { code: 'c', scopes, redirect_uri: 'http://localhost' })

  it('written by MSAL Python: the account is known, its token hits, its refresh token serves', async () => {
    const writer = await theirs({ grant: 'authorization_code' })
    const written = await redeemCode(writer)
    const { person, tokenCache } = ours(await writer.serialize())
    const [account] = await person.getAccounts()
    assert.equal(account?.username, ADA.username)
    const hit = await person.acquireTokenSilent({ scopes, account })
    assert.equal(hit?.accessToken, written['access_token'])
    assert.deepEqual(entra.grants, ['authorization_code'])
    const renewed = await person.acquireTokenSilent({ scopes, account, forceRefresh: true })
    assert.notEqual(renewed?.accessToken, written['access_token'])

    const reader = await theirs({ cache: tokenCache.serialize() })
    const [theirAccount] = await reader.call<object[]>('get_accounts')
    const back = await reader.call('acquire_token_silent', { scopes, account: theirAccount })
    assert.equal(back['access_token'], renewed?.accessToken)
  })

  it('written by this library: MSAL Python knows the account, hits its token and renews it', async () => {
    const { person, tokenCache } = ours()
    const written = await person.acquireTokenByAuthorizationCode({ code: 'c', scopes, redirectUri: 'http://localhost' })
    const reader = await theirs({ grant: 'refresh_token', cache: tokenCache.serialize() })
    const [account] = await reader.call<{ readonly username: string }[]>('get_accounts')
    assert.equal(account?.username, ADA.username)
    const hit = await reader.call('acquire_token_silent', { scopes, account })
    assert.deepEqual([hit['access_token'], hit['token_source']], [written.accessToken, 'cache'])
    const renewed = await reader.call('acquire_token_silent', { scopes, account, force_refresh: true })
    assert.deepEqual([renewed['access_token'], renewed['token_source']], ['refresh_token-2', 'identity_provider'])
  })

  it('is the same text whoever writes it', async () => {
    const writer = await theirs({ grant: 'authorization_code' })
    await redeemCode(writer)
    const { person, tokenCache } = ours()
    await person.acquireTokenByAuthorizationCode({ code: 'c', scopes, redirectUri: 'http://localhost' })
    assert.deepEqual(withoutTimes(tokenCache.serialize()), withoutTimes(await writer.serialize()))
  })

  it('holds an application’s own tokens, which hit in both directions', async () => {
    const writer = await theirs({ grant: 'client_credentials', isService: true })
    const written = await writer.call('acquire_token_for_client', { scopes: appScopes })
    const hit = await ours(await writer.serialize()).service.acquireTokenForClient({ scopes: appScopes })
    assert.equal(hit.accessToken, written['access_token'])

    const { service, tokenCache } = ours()
    const own = await service.acquireTokenForClient({ scopes: appScopes })
    const reader = await theirs({ cache: tokenCache.serialize(), isService: true })
    const found = await reader.call('acquire_token_for_client', { scopes: appScopes })
    assert.deepEqual([found['access_token'], found['token_source']], [own.accessToken, 'cache'])
  })
})

/** A cache but for what differs between two sign-ins: times and secrets. */
function withoutTimes(cache: string): unknown {
  const hidden = new Set(['cached_at', 'expires_on', 'extended_expires_on', 'last_modification_time', 'secret'])
  return JSON.parse(cache, (name, value: unknown) => (hidden.has(name) ? typeof value : value))
}
