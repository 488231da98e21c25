import assert from 'node:assert/strict'
import { createMetadataCache, type MetadataStore } from '../../src/vscode/metadata-cache.ts'
import { CLIENT_ID, createTestClient, discovery, HOME, HOST } from '../support/entra.ts'
import type { ScriptedExchange } from '../support/scripted-fetch.ts'

const deviceCode: ScriptedExchange = {
  method: 'POST',
  url: `${HOST}/${HOME}/oauth2/v2.0/devicecode`,
  answer: {
    json: {
      device_code: 'd',
      user_code: 'ABC123',
      verification_uri: `${HOST}/device`,
      expires_in: 900,
      interval: 5,
      message: '',
    },
  },
}

const createStore = (): MetadataStore & { readonly kept: Map<string, unknown> } => {
  const kept = new Map<string, unknown>()
  return {
    kept,
    get: (key) => kept.get(key),
    update: async (key, value) => {
      if (value === undefined) kept.delete(key)
      else kept.set(key, value)
    },
    keys: () => [...kept.keys()],
  }
}

describe('what authorities say about themselves', () => {
  /** Asks for a device code as a window that has just been opened does. */
  const askInNewWindow = async (store: MetadataStore, script: readonly ScriptedExchange[]): Promise<void> => {
    const authority = `${HOST}/${HOME}`
    const { client, network } = createTestClient(script, { authority, httpCache: createMetadataCache(store) })
    await client.initiateDeviceFlow({ scopes: ['User.Read'] })
    network.assertDone()
  }

  it('#32 Metadata is lost on reload, so that each sign-in asks for it again: it is kept beyond the window', async () => {
    const store = createStore()
    await askInNewWindow(store, [discovery(), deviceCode])
    await askInNewWindow(store, [deviceCode])
  })

  it('is all that is kept: refusals, which may name people, end with the window', async () => {
    const store = createStore()
    const cache = createMetadataCache(store)
    cache.set(`POST ${CLIENT_ID}`, 'a refusal')
    assert.equal(cache.get(`POST ${CLIENT_ID}`), 'a refusal')
    assert.deepEqual([...store.kept], [])
    assert.equal(createMetadataCache(store).get(`POST ${CLIENT_ID}`), undefined)
  })

  it('is listed, and forgotten when it is too old', () => {
    const cache = createMetadataCache(createStore())
    cache.set('GET one', '1')
    cache.set('other', '2')
    assert.deepEqual([...cache.keys()], ['GET one', 'other'])
    cache.delete('GET one')
    cache.delete('other')
    assert.deepEqual([...cache.keys()], [])
  })
})
