import assert from 'node:assert/strict'
import { createAccountsMenu } from '../../src/vscode/accounts-menu.ts'
import { createMetadataCache } from '../../src/vscode/metadata-cache.ts'
import { settingsOf, settle } from './fakes.ts'

describe('the row in the Accounts menu', () => {
  const requestsOf = (settings: object, isAnyoneSignedIn = false) => {
    const requests: (readonly string[])[] = []
    createAccountsMenu({
      readSettings: () => settingsOf(settings),
      isAnyoneSignedIn: () => isAnyoneSignedIn,
      requestSession: async (scopes) => requests.push(scopes),
    }).update()
    return requests
  }

  it('is asked for once a client ID is configured, with a fixed list of scopes', () => {
    assert.deepEqual(requestsOf({ clientId: 'app' }), [['openid', 'profile']])
  })
  it('is asked for where there are profiles alone', () => {
    assert.deepEqual(requestsOf({ profiles: { work: { clientId: 'app' } } }), [['openid', 'profile']])
  })
  it('is never asked for where nothing is configured', () => assert.deepEqual(requestsOf({}), []))
  it('is not asked for with a client ID that can not be used', () =>
    assert.deepEqual(requestsOf({ clientId: 'a b' }), []))
  it('is not asked for where someone is signed in', () => assert.deepEqual(requestsOf({ clientId: 'app' }, true), []))
  it('is turned off by entraAuth.showInAccountsMenu', () => {
    assert.deepEqual(requestsOf({ clientId: 'app', showInAccountsMenu: false }), [])
  })

  it('knows its own request only while that is under way', async () => {
    for (const end of [() => Promise.resolve(), () => Promise.reject(new Error('x'))]) {
      let finish = () => undefined as void
      const menu = createAccountsMenu({
        readSettings: () => settingsOf({ clientId: 'app' }),
        isAnyoneSignedIn: () => false,
        requestSession: () => new Promise<void>((resolve) => (finish = resolve)).then(end),
      })
      assert.equal(menu.isOwnRequest(['openid', 'profile']), false)
      menu.update()
      assert.equal(menu.isOwnRequest(['openid', 'profile']), true)
      assert.equal(menu.isOwnRequest(['User.Read']), false)
      assert.equal(menu.isOwnRequest(undefined), false)
      finish()
      await settle()
      assert.equal(menu.isOwnRequest(['openid', 'profile']), false)
    }
  })
})

describe('the metadata cache', () => {
  const createStore = () => {
    const kept = new Map<string, unknown>([['other', 1]])
    const update = async (key: string, value: string | undefined) => {
      if (value === undefined) kept.delete(key)
      else kept.set(key, value)
    }
    return { kept, get: (key: string) => kept.get(key), update, keys: () => [...kept.keys()] }
  }

  it('keeps beyond a reload what authorities say about themselves, and nothing of a refusal', () => {
    const store = createStore()
    const before = createMetadataCache(store)
    before.set('GET abc', 'metadata')
    before.set('400 abc', 'a refusal that names ada')
    assert.equal(before.get('400 abc'), 'a refusal that names ada')
    assert.deepEqual([...before.keys()], ['GET abc', '400 abc'])
    const after = createMetadataCache(store)
    assert.equal(after.get('GET abc'), 'metadata')
    assert.equal(after.get('400 abc'), undefined)
    assert.doesNotMatch(JSON.stringify([...store.kept]), /names ada/)
  })

  it('drops what is deleted, and leaves what is not its own', () => {
    const store = createStore()
    const cache = createMetadataCache(store)
    for (const key of ['GET abc', '400 abc']) {
      cache.set(key, 'x')
      cache.delete(key)
      assert.equal(cache.get(key), undefined)
    }
    assert.deepEqual([...store.kept.keys()], ['other'])
  })
})
