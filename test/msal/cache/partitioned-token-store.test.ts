import assert from 'node:assert/strict'
import fc from 'fast-check'
import { changesOf, changesOfRefresh } from '../../../src/msal/cache/cache-changes.ts'
import type { CacheChange } from '../../../src/msal/cache/cache-changes.ts'
import type { CacheOwner } from '../../../src/msal/cache/cache-owner.ts'
import { createPartitionedStore } from '../../../src/msal/cache/partitioned-token-store.ts'
import type { CacheEvent } from '../../../src/msal/cache/cache-schema.ts'
import { createMemoryStore } from '../../../src/msal/cache/token-store.ts'
import type { TokenStore } from '../../../src/msal/cache/token-store.ts'
import { TokenCache } from '../../../src/msal/index.ts'
import { CacheError, ConfigurationError } from '../../../src/msal/core/errors.ts'
import { describePersistence } from './persistence-contract.ts'
import {
  appTokens,
  createClock,
  createLogger,
  createPersistence,
  HOST,
  NOW,
  ownerOfPerson,
  signIn,
  TENANT,
} from './fakes.ts'
import type { MemoryPersistence } from './fakes.ts'

describePersistence('the fake', async () => {
  const persistence = createPersistence()
  return { one: persistence, other: persistence }
})

function createWorld(persistence: MemoryPersistence = createPersistence()) {
  const clock = createClock()
  const logger = createLogger()
  const open = (options: { readonly partition?: (owner: CacheOwner) => string } = {}) =>
    createPartitionedStore({ persistence, clock, logger, ...options })
  return { persistence, clock, logger, open, calls: persistence.calls }
}

const add = (store: TokenStore, event: CacheEvent) => store.apply(changesOf(event, NOW))

const signOut = (store: TokenStore, owner: CacheOwner) =>
  store.apply(store.cache.entriesOf(owner).map(({ type, key }) => ({ op: 'remove', type, key })))

const secretsOf = (store: TokenStore, person: number) =>
  store.cache.entriesOf(ownerOfPerson(person)).flatMap(({ entry }) => ('secret' in entry ? [entry.secret] : []))

/** Replaces the only partition's text. */
function spoil({ texts }: MemoryPersistence, change: (text: string) => string): string {
  const [[name, { text }] = ['', { text: '' }]] = texts
  texts.set(name, { text: change(text), version: 'spoilt' })
  return name
}

describe('a partitioned store', () => {
  it('keeps accounts and tenants apart, under names that tell nothing', async () => {
    const { persistence, open } = createWorld()
    const store = open()
    await add(store, signIn(1))
    await add(store, signIn(2))
    await add(store, appTokens(TENANT, 'app-1'))
    await add(store, appTokens('another', 'app-2'))
    const names = [...persistence.texts.keys()]
    assert.equal(names.length, 4)
    for (const name of names) assert.match(name, /^[\w-]{43}$/)
  })

  it('gives another process one account without reading the others', async () => {
    const { open, calls } = createWorld()
    const store = open()
    await add(store, signIn(1))
    await add(store, signIn(2))
    const other = open()
    calls.length = 0
    await other.load(ownerOfPerson(2))
    assert.deepEqual(calls, ['load'])
    assert.deepEqual(other.cache.entriesOf(ownerOfPerson(2)), store.cache.entriesOf(ownerOfPerson(2)))
    assert.deepEqual(other.cache.entriesOf(ownerOfPerson(1)), [])
    assert.ok(other.cache.getAppMetadata(HOST, signIn(2).client_id))
  })

  it('keeps what is known of a family, whichever account is loaded last', async () => {
    const { open } = createWorld()
    const [first, second] = [open(), open()]
    await add(first, signIn(1))
    await add(second, signIn(2, { response: { foci: '1' } }))
    for (const people of [
      [1, 2],
      [2, 1],
    ]) {
      const store = open()
      for (const person of people) await store.load(ownerOfPerson(person))
      assert.equal(store.cache.getAppMetadata(HOST, signIn(1).client_id)?.family_id, '1')
    }
  })

  it('lists all accounts where the persistence can list', async () => {
    const { open } = createWorld()
    const store = open()
    for (let person = 1; person <= 70; person++) await add(store, signIn(person))
    const other = open()
    await other.load()
    assert.equal(other.cache.accountsOf(HOST).length, 70)
  })

  it('lists the accounts that were loaded where the persistence can not', async () => {
    const persistence = createPersistence()
    delete persistence.list
    const { open } = createWorld(persistence)
    const store = open()
    await add(store, signIn(1))
    await add(store, signIn(2))
    const other = open()
    await other.load(ownerOfPerson(1))
    await other.load()
    assert.equal(other.cache.accountsOf(HOST).length, 1)
  })

  it('names partitions as it is told to, and several owners may share one', async () => {
    const { persistence, open } = createWorld()
    const partition = (owner: CacheOwner) => ('homeAccountId' in owner ? 'people' : owner.tenant)
    const store = open({ partition })
    await add(store, signIn(1))
    await add(store, signIn(2))
    await add(store, appTokens(TENANT, 'app'))
    assert.deepEqual([...persistence.texts.keys()], ['people', TENANT])
    await signOut(store, ownerOfPerson(1))
    const other = open({ partition })
    await other.load(ownerOfPerson(2))
    assert.deepEqual(secretsOf(other, 1), [])
    assert.equal(secretsOf(other, 2).length, 3)
  })

  it('refuses a name that is none', async () => {
    const { open } = createWorld()
    await assert.rejects(open({ partition: () => '' }).load(ownerOfPerson(1)), ConfigurationError)
  })

  it('writes one partition for a refresh, and none where nothing changes', async () => {
    const { open, calls } = createWorld()
    const store = open()
    await add(store, signIn(1))
    await add(store, signIn(2))
    calls.length = 0
    const [used] = store.cache.refreshTokensOf(ownerOfPerson(1))
    assert.ok(used)
    await store.apply(changesOfRefresh(signIn(1), used, NOW + 1))
    assert.deepEqual(calls, ['store'])
    await store.apply([{ op: 'remove', type: 'Account', key: 'no such key' }])
    await store.apply([{ op: 'put', ...used, onlyWith: { type: 'RefreshToken', key: 'no such key' } }])
    assert.deepEqual(calls, ['store'])
  })

  it('keeps in memory what could not be written, and says so', async () => {
    const persistence = createPersistence()
    persistence.store = () => Promise.reject(new Error('disk full'))
    const store = createWorld(persistence).open()
    await assert.rejects(add(store, signIn(1)), /disk full/)
    assert.equal(secretsOf(store, 1).length, 3)
  })

  it('gives up where others write again and again', async () => {
    const persistence = createPersistence()
    persistence.store = () => Promise.resolve(false)
    await assert.rejects(add(createWorld(persistence).open(), signIn(1)), CacheError)
  })
})

describe('a partitioned store reads', () => {
  async function createSignedIn() {
    const world = createWorld()
    await add(world.open(), signIn(1))
    const store = world.open()
    await store.load(ownerOfPerson(1))
    world.calls.length = 0
    return { ...world, store }
  }

  it('again each time, without replacing what has not changed', async () => {
    const { store, calls } = await createSignedIn()
    const { revision } = store.cache
    await store.load(ownerOfPerson(1))
    assert.deepEqual(calls, ['load'])
    assert.equal(store.cache.revision, revision)
  })

  it('at once that an account was signed out elsewhere', async () => {
    const { store, open } = await createSignedIn()
    const other = open()
    await other.load(ownerOfPerson(1))
    await signOut(other, ownerOfPerson(1))
    await store.load(ownerOfPerson(1))
    assert.deepEqual(secretsOf(store, 1), [])
  })

  it('again when it is told to, and under a lock', async () => {
    const { store, calls, open } = await createSignedIn()
    const other = open()
    await add(other, signIn(1, { scope: ['Mail.Read'], response: { refresh_token: 'rotated' } }))
    calls.length = 0
    await store.load(ownerOfPerson(1), { fresh: true })
    assert.equal(store.cache.refreshTokensOf(ownerOfPerson(1)).length, 2)
    await signOut(other, ownerOfPerson(1))
    await store.lock(ownerOfPerson(1), async () => assert.deepEqual(secretsOf(store, 1), []))
  })

  it('at once that somebody signed in elsewhere, by name and in the list', async () => {
    const { store, open } = await createSignedIn()
    await store.load(ownerOfPerson(2))
    await add(open(), signIn(2))
    await store.load(ownerOfPerson(2))
    assert.equal(secretsOf(store, 2).length, 3)
    await add(open(), signIn(3))
    await store.load()
    assert.equal(store.cache.accountsOf(HOST).length, 3)
  })

  it('nothing until a change is announced, where changes are', async () => {
    const persistence = createPersistence()
    let announce: (partition: string) => void = () => assert.fail('nobody watches')
    persistence.watch = (changed) => (announce = changed)
    const { open, clock, calls } = createWorld(persistence)
    await add(createWorld(persistence).open(), signIn(1))
    const store = open()
    await store.load()
    await store.load(ownerOfPerson(9))
    calls.length = 0
    clock.advance(1e6)
    await store.load()
    await store.load(ownerOfPerson(9))
    assert.deepEqual(calls, [])
    for (const name of persistence.texts.keys()) {
      persistence.texts.delete(name)
      announce(name)
    }
    await store.load()
    assert.deepEqual(store.cache.accountsOf(HOST), [])
  })
})

describe('a change that is announced', () => {
  const runs: readonly (readonly ['load' | 'store', (store: TokenStore) => Promise<void>])[] = [
    ['load', (store) => store.load(ownerOfPerson(1), { fresh: true })],
    ['store', (store) => add(store, signIn(1, { scope: ['a'] }))],
  ]
  for (const [method, run] of runs)
    it(`at the end of a ${method} is not missed`, async () => {
      const persistence = createPersistence()
      const other = createWorld(persistence).open()
      await add(other, signIn(1))
      const [partition = ''] = persistence.texts.keys()
      let announce: (partition: string) => void = () => undefined
      let isNext = false
      const signOutAfter = async <T>(name: 'load' | 'store', result: Promise<T>): Promise<T> => {
        await result
        if (!isNext || name !== method) return result
        isNext = false
        await other.load(ownerOfPerson(1), { fresh: true })
        await signOut(other, ownerOfPerson(1))
        announce(partition)
        return result
      }
      const store = createWorld({
        ...persistence,
        load: (name) => signOutAfter('load', persistence.load(name)),
        store: (name, text, ifVersion) => signOutAfter('store', persistence.store(name, text, ifVersion)),
        watch: (changed) => void (announce = changed),
      }).open()
      await store.load()
      isNext = true
      await run(store)
      await store.load(ownerOfPerson(1))
      assert.equal(isNext, false)
      assert.deepEqual(secretsOf(store, 1), [])
    })
})

describe('two stores over one persistence', () => {
  it('lose no change that was made from a stale view', async () => {
    const { open } = createWorld()
    const [one, other] = [open(), open()]
    for (const store of [one, other]) await store.load(ownerOfPerson(1))
    await add(one, signIn(1, { scope: ['a'] }))
    await add(other, signIn(1, { scope: ['b'] }))
    await add(one, signIn(1, { scope: ['c'] }))
    const third = open()
    await third.load(ownerOfPerson(1))
    const targets = third.cache.find({ credentialType: 'AccessToken' }).map(({ target }) => target)
    assert.deepEqual(targets.sort(), ['a', 'b', 'c'])
    assert.equal(one.cache.entriesOf(ownerOfPerson(1)).length, third.cache.entriesOf(ownerOfPerson(1)).length)
  })

  it('stay signed out where one signs out while the other refreshes', async () => {
    const { persistence, open } = createWorld()
    const [one, other] = [open(), open()]
    await add(one, signIn(1))
    await other.load(ownerOfPerson(1))
    const [used] = other.cache.refreshTokensOf(ownerOfPerson(1))
    assert.ok(used)
    await signOut(one, ownerOfPerson(1))
    await other.apply(changesOfRefresh(signIn(1), used, NOW + 1))
    assert.equal(persistence.texts.size, 0)
    assert.deepEqual(secretsOf(other, 1), [])
  })

  it('agree after any changes, in any order', async () => {
    const scope = fc.constantFrom('a', 'b', 'c')
    const step = fc.record({
      byOne: fc.boolean(),
      person: fc.integer({ min: 1, max: 2 }),
      scope,
      removes: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), fc.boolean(), async (steps, atOnce) => {
        const { open } = createWorld()
        const [one, other] = [open(), open()]
        const present = new Set<string>()
        const runs = steps.map(({ byOne, person, scope, removes }) => async () => {
          const changes = changesOf(signIn(person, { scope: [scope] }), NOW)
          const store = byOne ? one : other
          if (removes) await store.load(ownerOfPerson(person), { fresh: true })
          await store.apply(removes ? changes.map(toRemoval) : changes)
          if (removes) present.delete(`${person} ${scope}`)
          else present.add(`${person} ${scope}`)
        })
        if (atOnce) await Promise.all(runs.map((run) => run()))
        else for (const run of runs) await run()
        const views = await Promise.all(
          [one, other, open()].map(async (store) => {
            await store.load(undefined, { fresh: true })
            return store.cache
              .find({ credentialType: 'RefreshToken' })
              .map(({ home_account_id: home, target }) => `${(home ?? '')[1] ?? ''} ${target ?? ''}`)
              .sort()
          }),
        )
        for (const view of views) assert.deepEqual(view, views[0])
        if (!atOnce) assert.deepEqual(views[0], [...present].sort())
      }),
    )
  })

  const toRemoval = ({ type, key }: CacheChange): CacheChange => ({ op: 'remove', type, key })

  it('run alone under a lock', async () => {
    const { open } = createWorld()
    const order: string[] = []
    const run = (name: string) => async () => {
      order.push(`${name} in`)
      await Promise.resolve()
      order.push(`${name} out`)
    }
    await Promise.all([open().lock(ownerOfPerson(1), run('a')), open().lock(ownerOfPerson(1), run('b'))])
    assert.deepEqual(order, ['a in', 'a out', 'b in', 'b out'])
  })
})

describe('damage', () => {
  const damages: readonly (readonly [string, (text: string) => string])[] = [
    ['a letter that was changed', (text) => text.replace('at-1', 'at-2')],
    ['an end that is missing', (text) => text.slice(0, -5)],
    ['nothing at all', () => ''],
    ['another text', () => 'not ours'],
    ['a checksum of something else', (text) => text.replace(/"checksum":"./, '"checksum":"_')],
  ]
  for (const [name, change] of damages) {
    it(`is set aside and reported, the rest is kept: ${name}`, async () => {
      const { persistence, logger, open } = createWorld()
      await add(open(), signIn(1))
      const partition = spoil(persistence, change)
      const spoilt = persistence.texts.get(partition)?.text
      await add(open(), signIn(2))
      const store = open()
      await store.load()
      assert.deepEqual(
        store.cache.accountsOf(HOST).map(({ username }) => username),
        ['u2@contoso.com'],
      )
      assert.equal(persistence.texts.get(`${partition}.damaged`)?.text, spoilt)
      assert.equal(persistence.texts.has(partition), false)
      assert.equal(logger.warnings.length, 1)
      assert.doesNotMatch(logger.warnings.join(), /at-1|contoso/)
      await store.load(undefined, { fresh: true })
      assert.equal(logger.warnings.length, 1)
    })
  }

  it('does not keep a person from signing in again, and goes with the sign-out', async () => {
    const { persistence, open } = createWorld()
    await add(open(), signIn(1))
    spoil(persistence, () => 'damaged')
    const store = open()
    await add(store, signIn(1))
    assert.equal(persistence.texts.size, 2)
    await signOut(store, ownerOfPerson(1))
    assert.equal(persistence.texts.size, 0)
  })

  it('never replaces what a later release wrote', async () => {
    const { persistence, logger, open } = createWorld()
    await add(open(), signIn(1))
    const name = spoil(persistence, (text) => text.replace('"version":1', '"version":2'))
    const before = persistence.texts.get(name)
    const store = open()
    await assert.rejects(store.load(ownerOfPerson(1)), CacheError)
    await assert.rejects(add(store, signIn(1)), CacheError)
    await store.load()
    assert.match(logger.warnings.join(), /format 2/)
    assert.deepEqual(persistence.texts.get(name), before)
  })

  it('that is an I/O error is passed on', async () => {
    const persistence = createPersistence()
    await add(createWorld(persistence).open(), signIn(1))
    persistence.load = () => Promise.reject(new CacheError('no network'))
    await assert.rejects(createWorld(persistence).open().load(ownerOfPerson(1)), /no network/)
    await assert.rejects(createWorld(persistence).open().load(), /no network/)
  })
})

describe('a memory store', () => {
  it('applies changes and lets runs for one owner follow each other', async () => {
    const store = createMemoryStore(new TokenCache(createClock()))
    await store.load()
    await add(store, signIn(1))
    assert.equal(secretsOf(store, 1).length, 3)
    const order: number[] = []
    const run = (n: number) => async () => {
      await new Promise((resolve) => setImmediate(resolve))
      order.push(n)
    }
    const failure = store.lock(ownerOfPerson(1), () => Promise.reject(new Error('inside')))
    await Promise.all([
      assert.rejects(failure, /inside/),
      store.lock(ownerOfPerson(1), run(1)),
      store.lock(ownerOfPerson(1), run(2)),
      store.lock(ownerOfPerson(2), async () => void order.push(0)),
    ])
    assert.deepEqual(order, [0, 1, 2])
  })
})
