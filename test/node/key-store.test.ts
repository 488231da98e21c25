import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CacheError } from '../../src/msal/core/errors.ts'
import { readKeyStoreKey } from '../../src/node/key-store.ts'
import type { OpenKeyStore } from '../../src/node/key-store.ts'

describe('readKeyStoreKey', () => {
  const directory = mkdtempSync(join(tmpdir(), 'key-store-'))
  after(() => rmSync(directory, { recursive: true, force: true }))

  const createKeyStore = (kept = new Map<string, string>()): OpenKeyStore & { readonly kept: Map<string, string> } =>
    Object.assign(
      async (service: string, account: string) => ({
        getPassword: async () => kept.get(`${service} ${account}`) ?? null,
        setPassword: async (password: string) => kept.set(`${service} ${account}`, password),
      }),
      { kept },
    )

  it('makes a key once, also for two that ask at the same time', async () => {
    const store = createKeyStore()
    const [one, other] = await Promise.all([readKeyStoreKey(directory, store), readKeyStoreKey(directory, store)])
    assert.equal(one.length, 32)
    assert.deepEqual(other, one)
    assert.deepEqual(await readKeyStoreKey(directory, store), one)
  })

  it('makes another key for another folder', async () => {
    const store = createKeyStore()
    const other = mkdtempSync(join(directory, 'other-'))
    assert.notDeepEqual(await readKeyStoreKey(directory, store), await readKeyStoreKey(other, store))
    assert.equal(store.kept.size, 2)
  })

  it('names neither folder nor user to the key store', async () => {
    const store = createKeyStore()
    await readKeyStoreKey(directory, store)
    assert.match([...store.kept.keys()].join(), /^entra-auth [0-9a-f]{64}$/)
  })

  it('refuses a key store that does not keep what it is given', async () => {
    const forgetful: OpenKeyStore = async () => ({ getPassword: async () => null, setPassword: async () => undefined })
    await assert.rejects(readKeyStoreKey(directory, forgetful), CacheError)
  })

  it('says what to do where there is no key store, and keeps the cause', async () => {
    const cause = new Error('no D-Bus')
    await assert.rejects(
      readKeyStoreKey(directory, () => Promise.reject(cause)),
      (error: Error) =>
        error instanceof CacheError && error.message.includes('give a key instead') && error.cause === cause,
    )
  })
})
