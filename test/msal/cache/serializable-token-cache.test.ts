import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { parseCacheDocument, printCacheDocument } from '../../../src/msal/cache/cache-document.ts'
import { CacheSerialization } from '../../../src/msal/cache/serializable-token-cache.ts'
import { TokenCache } from '../../../src/msal/index.ts'
import { CacheError } from '../../../src/msal/core/errors.ts'
import { accessToken, CLIENT, createClock, HOST, signIn, TENANT } from './fakes.ts'

function create(state?: object) {
  const cache = new TokenCache(createClock())
  const serialization = new CacheSerialization(cache)
  if (state) serialization.deserialize(JSON.stringify(state))
  return { cache, serialization }
}

const print = (serialization: CacheSerialization) => JSON.parse(serialization.serialize()) as Record<string, object>

const thrownBy = (run: () => void): CacheError => {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof CacheError)
    return error
  }
  assert.fail('nothing was thrown')
}

describe('CacheSerialization', () => {
  it('writes what it reads, with sections and fields that it does not know', () => {
    const state = {
      AccessToken: { 'their key': { ...accessToken(), future: { deep: [1] } } },
      RefreshToken: {},
      Account: {},
      IdToken: {},
      AppMetadata: {},
      FutureSection: { k: { v: 1 } },
      '': 'text',
    }
    assert.deepEqual(print(create(state).serialization), state)
  })

  it('replaces what the cache held before', () => {
    const { cache, serialization } = create()
    cache.add(signIn(1))
    serialization.deserialize('{"Future":{}}')
    serialization.deserialize(JSON.stringify({ AccessToken: { k: accessToken() } }))
    assert.deepEqual(
      cache.entries().map(({ type, key }) => `${type} ${key}`),
      ['AccessToken k'],
    )
    assert.deepEqual(cache.accountsOf(HOST), [])
    assert.ok(!('Future' in print(serialization)))
  })

  it('is emptied by nothing', () => {
    for (const nothing of [undefined, null, '']) {
      const { cache, serialization } = create({ AccessToken: { k: accessToken() } })
      serialization.deserialize(nothing)
      assert.deepEqual(cache.entries(), [])
    }
  })

  it('tells whether the cache has changed since it was saved', () => {
    const { cache, serialization } = create()
    assert.equal(serialization.hasStateChanged, false)
    cache.add(signIn(1))
    assert.equal(serialization.hasStateChanged, true)
    const state = serialization.serialize()
    assert.equal(serialization.hasStateChanged, false)
    cache.find({ credentialType: 'AccessToken' })
    assert.equal(serialization.hasStateChanged, false)
    cache.find({ credentialType: 'AccessToken', now: Infinity })
    assert.equal(serialization.hasStateChanged, true)
    serialization.deserialize(state)
    assert.equal(serialization.hasStateChanged, false)
  })

  it('leaves the cache alone where the text is no cache', () => {
    for (const text of ['no JSON', '[]', '"text"', 'null', '{"AccessToken":']) {
      const { cache, serialization } = create({ AccessToken: { k: accessToken() } })
      assert.throws(() => serialization.deserialize(text), CacheError)
      assert.equal(cache.entries().length, 1)
    }
  })

  const damages: readonly (readonly [string, unknown, string])[] = [
    ['AccessToken', 'text', 'it is no object'],
    ['AccessToken', { ...accessToken(), secret: 7 }, '"secret" is no text'],
    ['AccessToken', { ...accessToken(), secret: undefined }, '"secret" is no text'],
    ['AccessToken', { ...accessToken(), home_account_id: {} }, '"home_account_id" is no text'],
    ['AccessToken', { ...accessToken(), target: null }, '"target" is no text'],
    ['AccessToken', { ...accessToken(), expires_on: 'soon' }, '"expires_on" is no number'],
    ['AccessToken', { ...accessToken(), refresh_on: [] }, '"refresh_on" is no number'],
    ['RefreshToken', { secret: 'SECRET' }, '"environment" is no text'],
    ['Account', { environment: HOST }, '"home_account_id" is no text'],
    ['IdToken', null, 'it is no object'],
    ['AppMetadata', { environment: HOST, client_id: CLIENT, family_id: 1 }, '"family_id" is no text'],
  ]
  for (const [type, damaged, problem] of damages) {
    it(`keeps a damaged entry apart and says where it is: ${type}, ${problem}`, () => {
      const { cache, serialization } = create()
      const state = { [type]: { 'ada@contoso.com': damaged }, IdToken2: {}, RefreshToken2: {} }
      const good = { Good: {}, AccessToken: { good: accessToken(), ...(state['AccessToken'] as object) } }
      const text = JSON.stringify({ ...state, ...good })
      const { message } = thrownBy(() => serialization.deserialize(text))
      assert.match(message, new RegExp(`${type}, entry [12]: ${problem}`))
      assert.deepEqual(
        cache.entries().map(({ key }) => key),
        ['good'],
      )
      const after = print(serialization)
      assert.deepEqual(after[type], { ...(JSON.parse(text) as typeof after)[type] })
    })
  }

  it('keeps a damaged section under another name', () => {
    const { cache, serialization } = create()
    const { message } = thrownBy(() => serialization.deserialize('{"AccessToken":["x"],"Account":null}'))
    assert.match(message, /AccessToken: it is no object/)
    assert.deepEqual(cache.entries(), [])
    assert.deepEqual(print(serialization)['Damaged AccessToken'], ['x'])
    serialization.deserialize(serialization.serialize())
  })

  it('puts no secret, key or user name into a message, and names few places', () => {
    const entries = Array.from({ length: 9 }, (_, i) => [`ada${i}@contoso.com`, { secret: 'SECRET', environment: 1 }])
    const { serialization } = create()
    const { message } = thrownBy(() =>
      serialization.deserialize(JSON.stringify({ RefreshToken: Object.fromEntries(entries) })),
    )
    assert.doesNotMatch(message, /SECRET|contoso/)
    assert.match(message, /; and 4 more$/)
  })

  it('lets a good entry take the place of a damaged one', () => {
    const { cache, serialization } = create()
    thrownBy(() => serialization.deserialize('{"AccessToken":{"k":1}}'))
    const entry = accessToken()
    cache.apply([{ op: 'put', type: 'AccessToken', key: 'k', entry }])
    assert.deepEqual(print(serialization)['AccessToken'], { k: entry })
  })

  it('reads a cache of 200,000 entries', () => {
    const entries = Array.from({ length: 200_000 }, (_, i) => [
      `key ${i}`,
      { client_id: `client ${i}`, environment: HOST },
    ])
    const { cache } = create({ AppMetadata: Object.fromEntries(entries) })
    assert.equal(cache.getAppMetadata(HOST, 'client 199999')?.client_id, 'client 199999')
  })

  it('survives names that mean something to JavaScript', () => {
    const text = `{"__proto__":{"a":1},"AccessToken":{"__proto__":${JSON.stringify(accessToken())}},"constructor":1}`
    const { serialization } = create()
    serialization.deserialize(text)
    const after = serialization.serialize()
    assert.match(after, /"__proto__":\{"a":1\}/)
    assert.match(after, /"AccessToken":\{"__proto__":\{"credential_type"/)
    assert.match(after, /"constructor":1/)
  })
})

describe('parse and print', () => {
  it('are each the reverse of the other for any JSON object', () => {
    const section = fc.dictionary(fc.string(), fc.oneof(fc.constant(accessToken()), fc.jsonValue()))
    const document = fc.record(
      { AccessToken: section, Account: section, RefreshToken: section, Unknown: fc.jsonValue() },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(document, (given) => {
        const printed = printCacheDocument(parseCacheDocument(JSON.stringify(given)))
        const sections = JSON.parse(printed) as object
        assert.deepEqual(sections, {
          ...{ AccessToken: {}, RefreshToken: {}, IdToken: {}, Account: {}, AppMetadata: {} },
          ...(JSON.parse(JSON.stringify(given)) as object),
        })
        assert.equal(printCacheDocument(parseCacheDocument(printed)), printed)
      }),
    )
  })
})

describe("another library's cache", () => {
  const load = (name: string) => {
    const { cache, serialization } = create()
    const text = readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8')
    serialization.deserialize(text)
    return { cache, serialization, text }
  }
  const GUEST = '22222222-2222-2222-2222-222222222222'
  const homeAccountId = `33333333-3333-3333-3333-333333333333.${TENANT}`

  for (const [name, environment] of [
    ['msal-python', HOST],
    ['msal-node', 'login.windows.net'],
  ] as const) {
    const peer = name.split('-')[1] ?? ''
    const query = { homeAccountId, environment, clientId: CLIENT, realm: TENANT, scopes: ['User.Read'] }

    it(`of ${name} is hit for a person, for the application and for its refresh token`, () => {
      const { cache } = load(name)
      assert.match(cache.getAccessToken(query)?.secret ?? '', new RegExp(`^${peer}-at-`))
      const app = { ...query, homeAccountId: null, scopes: ['https://graph.microsoft.com/.default'] }
      assert.match(cache.getAccessToken(app)?.secret ?? '', new RegExp(`^${peer}-at-`))
      assert.equal(cache.refreshTokensOf(query)[0]?.entry.secret, `${peer}-rt-2`)
      assert.equal(cache.accountsOf(environment)[0]?.username, 'ada@contoso.com')
      assert.ok(cache.idTokenOf(query))
    })

    it(`of ${name} is written back as it was`, () => {
      const { serialization, text } = load(name)
      assert.deepEqual(JSON.parse(serialization.serialize()), JSON.parse(text))
    })

    it(`of ${name} keeps its keys when a refresh token is rotated and when all is removed`, () => {
      const { cache, serialization } = load(name)
      const [used] = cache.refreshTokensOf(query)
      assert.ok(used)
      cache.apply([{ op: 'put', ...used, entry: { ...used.entry, secret: 'rotated' } }])
      assert.deepEqual(Object.keys(print(serialization)['RefreshToken'] ?? {}), [used.key])
      cache.apply(cache.entriesOf(query).map(({ type, key }) => ({ op: 'remove', type, key })))
      const { RefreshToken: refreshTokens, Account: accounts, IdToken: idTokens } = print(serialization)
      assert.deepEqual([refreshTokens, accounts, idTokens], [{}, {}, {}])
    })
  }

  it('of msal-node gives the token of a guest tenant there only', () => {
    const { cache } = load('msal-node')
    const query = { homeAccountId, environment: 'login.windows.net', clientId: CLIENT, scopes: ['User.Read'] }
    assert.equal(cache.getAccessToken({ ...query, realm: GUEST })?.secret, 'node-at-2')
    assert.equal(cache.getAccessToken({ ...query, realm: TENANT })?.secret, 'node-at-1')
  })
})
