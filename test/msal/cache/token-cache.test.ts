import assert from 'node:assert/strict'
import type { AccessTokenEntry } from '../../../src/msal/cache/cache-schema.ts'
import { TokenCache } from '../../../src/msal/index.ts'
import {
  accessToken,
  appTokens,
  CLIENT,
  createClock,
  homeIdOf,
  HOST,
  NOW,
  ownerOfPerson,
  signIn,
  TENANT,
} from './fakes.ts'

const QUERY = { homeAccountId: homeIdOf(1), environment: HOST, clientId: CLIENT, realm: TENANT, scopes: ['User.Read'] }

function createCache(...tokens: readonly AccessTokenEntry[]) {
  const clock = createClock()
  const cache = new TokenCache(clock)
  cache.apply(tokens.map((entry, i) => ({ op: 'put', type: 'AccessToken', key: `key ${i}`, entry })))
  return { cache, clock }
}

const secretsFor = (cache: TokenCache, query = {}): readonly string[] =>
  cache.accessTokensFor({ ...QUERY, ...query }).map(({ entry }) => entry.secret)

describe('TokenCache.getAccessToken', () => {
  it('finds a token by its scopes, in any order', () => {
    const { cache } = createCache()
    cache.add(signIn(1, { scope: ['b', 'a'] }))
    assert.equal(cache.getAccessToken({ ...QUERY, scopes: ['b', 'a'] })?.secret, 'at-1')
    assert.equal(cache.getAccessToken({ ...QUERY, scopes: ['a'] })?.secret, 'at-1')
    assert.equal(cache.getAccessToken({ ...QUERY, scopes: ['a', 'c'] }), undefined)
  })

  it('finds no token of another account, host, client, tenant, key or extension', () => {
    const others = [
      { home_account_id: homeIdOf(2) },
      { home_account_id: null },
      { environment: 'login.partner.microsoftonline.cn' },
      { client_id: 'another' },
      { realm: 'another' },
      { key_id: 'key' },
      { ext_cache_key: 'hash' },
      { additionalCacheKeyComponents: { fmi_path: 'a' } },
      { target: 'Mail.Read' },
      { expires_on: String(NOW - 1) },
    ]
    const { cache } = createCache(...others.map((other) => accessToken(other)))
    assert.equal(cache.getAccessToken(QUERY), undefined)
  })

  it('finds a token that is bound to a key or an extension by exactly these', () => {
    const { cache } = createCache(
      accessToken({ secret: 'keyed', key_id: 'k' }),
      accessToken({ secret: 'extended', ext_cache_key: 'h' }),
    )
    assert.deepEqual(secretsFor(cache, { keyId: 'k' }), ['keyed'])
    assert.deepEqual(secretsFor(cache, { extCacheKey: 'h' }), ['extended'])
    assert.deepEqual(secretsFor(cache, { keyId: 'k', extCacheKey: 'h' }), [])
  })

  it('takes null, empty and absent for the application itself, whoever wrote them', () => {
    const { home_account_id: _, ...nobody } = accessToken({ secret: 'absent' })
    const { cache } = createCache(
      accessToken({ secret: 'null', home_account_id: null }),
      accessToken({ secret: 'empty', home_account_id: '' }),
      nobody,
    )
    assert.deepEqual(secretsFor(cache, { homeAccountId: null }), ['null', 'empty', 'absent'])
    assert.equal(cache.accessTokensOfClient(HOST, CLIENT).length, 3)
  })

  it('prefers exactly these scopes, then the newest', () => {
    const { cache } = createCache(
      accessToken({ secret: 'old', target: 'User.Read openid', cached_at: String(NOW - 20) }),
      accessToken({ secret: 'new', target: 'User.Read profile', cached_at: NOW - 10 }),
      accessToken({ secret: 'unknown age', target: 'User.Read email', cached_at: null }),
    )
    assert.deepEqual(secretsFor(cache), ['new', 'old', 'unknown age'])
    cache.add(signIn(1), { now: NOW - 30 })
    assert.deepEqual(secretsFor(cache), ['at-1', 'new', 'old', 'unknown age'])
  })

  it('passes over tokens that expire before the time that is asked for', () => {
    const { cache } = createCache(
      accessToken({ secret: 'short', expires_on: NOW + 299 }),
      accessToken({ secret: 'long', expires_on: NOW + 300 }),
    )
    assert.deepEqual(secretsFor(cache, { expiresAfter: NOW + 300 }), ['long'])
  })

  it('takes any capitals in the host', () => {
    const { cache } = createCache(accessToken({ environment: 'Login.MicrosoftOnline.com' }))
    assert.deepEqual(secretsFor(cache, { environment: 'LOGIN.microsoftonline.com' }), ['at'])
  })
})

describe('TokenCache drops expired access tokens', () => {
  it('of every account when a lookup finds nothing', () => {
    const { cache, clock } = createCache()
    for (const person of [1, 2]) cache.add(signIn(person))
    clock.advance(3601)
    assert.equal(cache.getAccessToken(QUERY), undefined)
    assert.deepEqual(
      cache.entries().filter(({ type }) => type === 'AccessToken'),
      [],
    )
  })

  it('but none in their last second, and none on a hit', () => {
    const { cache, clock } = createCache()
    cache.add(signIn(1))
    cache.add(signIn(1, { scope: ['Mail.Read'], response: { expires_in: 60 } }))
    clock.advance(3600)
    assert.equal(cache.getAccessToken(QUERY)?.secret, 'at-1')
    assert.equal(cache.entriesOf(ownerOfPerson(1)).filter(({ type }) => type === 'AccessToken').length, 2)
  })

  it('but none that was renewed under the same key', () => {
    const { cache, clock } = createCache()
    cache.add(signIn(1))
    clock.advance(3600)
    cache.add(signIn(1, { response: { access_token: 'at-renewed' } }))
    clock.advance(10)
    assert.equal(cache.getAccessToken({ ...QUERY, scopes: ['Mail.Read'] }), undefined)
    assert.equal(cache.getAccessToken(QUERY)?.secret, 'at-renewed')
  })

  it('once a search was taken to its end', () => {
    const { cache } = createCache(accessToken({ target: 'a' }), accessToken({ target: 'b', expires_on: NOW + 9000 }))
    const search = cache.search({ credentialType: 'AccessToken', now: NOW + 8000 })
    assert.equal(search.next().value?.target, 'b')
    assert.equal(cache.entries().length, 2)
    assert.equal(search.next().done, true)
    assert.equal(cache.entries().length, 1)
  })
})

describe('TokenCache.find', () => {
  it('compares fields as they are, the host in lower case', () => {
    const { cache } = createCache()
    cache.add(signIn(1))
    cache.add(appTokens(TENANT, 'app'))
    const count = (query: object) => cache.find({ credentialType: 'AccessToken', query: { ...query } }).length
    assert.equal(count({}), 2)
    assert.equal(count({ environment: HOST.toUpperCase() }), 2)
    assert.equal(count({ home_account_id: null }), 1)
    assert.equal(count({ home_account_id: null, environment: HOST }), 1)
    assert.equal(count({ home_account_id: '', environment: HOST }), 0)
    assert.equal(count({ home_account_id: homeIdOf(1), environment: HOST, realm: 'another' }), 0)
    assert.equal(count({ no_such_field: undefined }), 2)
  })

  it('gives the entry with exactly the scopes first', () => {
    const { cache } = createCache(accessToken({ secret: 'more', target: 'User.Read openid' }))
    cache.add(signIn(1))
    const query = { home_account_id: homeIdOf(1), environment: HOST, client_id: CLIENT, realm: TENANT }
    const found = cache.find({ credentialType: TokenCache.CredentialType.ACCESS_TOKEN, target: ['User.Read'], query })
    assert.deepEqual(
      found.map(({ secret }) => secret),
      ['at-1', 'more'],
    )
  })

  it('gives an extended token only to a query for its extension', () => {
    const { cache } = createCache(accessToken({ ext_cache_key: 'hash' }))
    assert.equal(cache.find({ credentialType: 'AccessToken' }).length, 0)
    assert.equal(cache.find({ credentialType: 'AccessToken', query: { ext_cache_key: 'hash' } }).length, 1)
  })

  it('finds every type', () => {
    const { cache } = createCache()
    cache.add(signIn(1))
    for (const credentialType of Object.values(TokenCache.CredentialType))
      assert.equal(cache.find({ credentialType, query: { environment: HOST } }).length, 1, credentialType)
  })

  it('gives entries that nobody can change', () => {
    const { cache } = createCache()
    cache.add(signIn(1))
    for (const { entry } of cache.entries()) assert.ok(Object.isFrozen(entry))
  })
})

describe('TokenCache', () => {
  it('gives refresh tokens newest first, whatever their client', () => {
    const { cache } = createCache()
    cache.add(signIn(1), { now: NOW - 5 })
    cache.add(signIn(1, { client_id: 'newer', response: { refresh_token: 'rt-newer' } }))
    cache.add(signIn(2))
    assert.deepEqual(
      cache.refreshTokensOf(ownerOfPerson(1)).map(({ entry }) => entry.secret),
      ['rt-newer', 'rt-1'],
    )
  })

  it('gives accounts by host and ID tokens by client and tenant', () => {
    const { cache } = createCache()
    cache.add(signIn(1))
    cache.add(signIn(1, { realm: 'guest' }))
    cache.add(signIn(2, { environment: 'localhost:8080' }))
    assert.deepEqual(
      cache.accountsOf(HOST).map(({ realm }) => realm),
      [TENANT, 'guest'],
    )
    assert.equal(cache.accountsOf('localhost:8080').length, 1)
    assert.equal(cache.accountsOf('localhost').length, 0)
    const query = { ...ownerOfPerson(1), clientId: CLIENT, realm: 'guest' }
    assert.equal(cache.idTokenOf(query)?.realm, 'guest')
    assert.equal(cache.idTokenOf({ ...query, clientId: 'another' }), undefined)
  })

  it('keeps the order in which entries first came', () => {
    const { cache } = createCache()
    for (const person of [1, 2, 1]) cache.add(signIn(person))
    assert.deepEqual(
      cache.accountsOf(HOST).map(({ home_account_id: home }) => home),
      [homeIdOf(1), homeIdOf(2)],
    )
  })

  it('knows the family of a client', () => {
    const { cache } = createCache()
    assert.equal(cache.getAppMetadata(HOST, CLIENT), undefined)
    cache.add(signIn(1, { response: { foci: '1' } }))
    assert.equal(cache.getAppMetadata(HOST.toUpperCase(), CLIENT)?.family_id, '1')
  })

  it('gives all entries of an account, and those of the application by tenant', () => {
    const { cache } = createCache()
    cache.add(signIn(1))
    cache.add(signIn(1, { realm: 'guest' }))
    cache.add(appTokens(TENANT, 'app'))
    cache.add(appTokens('another', 'app'))
    const types = cache.entriesOf(ownerOfPerson(1)).map(({ type }) => type)
    assert.deepEqual(types.sort(), [
      'AccessToken',
      'AccessToken',
      'Account',
      'Account',
      'IdToken',
      'IdToken',
      'RefreshToken',
    ])
    assert.equal(cache.entriesOf({ environment: HOST, tenant: TENANT }).length, 1)
    assert.equal(cache.accessTokensOfClient(HOST, CLIENT).length, 2)
  })

  it('counts changes, and none where nothing changed', () => {
    const { cache } = createCache()
    cache.add(signIn(1))
    const { revision } = cache
    cache.apply([{ op: 'remove', type: 'Account', key: 'no such key' }])
    cache.getAccessToken(QUERY)
    assert.equal(cache.revision, revision)
    cache.add(signIn(2))
    assert.ok(cache.revision > revision)
  })
})
