import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { CachePersistence } from '../../../src/msal/cache/cache-persistence.ts'
import { createPartitionedStore } from '../../../src/msal/cache/partitioned-token-store.ts'
import { createClock, createLogger, ownerOfPerson, signIn } from './fakes.ts'
import { changesOf } from '../../../src/msal/cache/cache-changes.ts'
import { NOW } from './fakes.ts'

/** A persistence and a second one over the same place, as another process would have it. */
export interface PersistencePair {
  readonly one: CachePersistence
  readonly other: CachePersistence
}

/** Says what every persistence must do; `open` gives an empty place each time. */
export function describePersistence(name: string, open: () => Promise<PersistencePair>): void {
  describe(`${name} as a cache persistence`, () => {
    it('has nothing at first', async () => {
      const { one } = await open()
      assert.equal(await one.load('a'), undefined)
      assert.deepEqual(await one.list?.(), one.list && [])
    })

    it('gives another process what it stored', async () => {
      const { one, other } = await open()
      const text = '{"ü":"\\u0000 \u{1f511} line\\nline"}'.repeat(1000)
      const version = await one.store('a', text, undefined)
      assert.equal(typeof version, 'string')
      assert.deepEqual(await other.load('a'), { text, version })
      assert.equal(await other.load('b'), undefined)
    })

    it('takes any name for a partition', async () => {
      const { one, other } = await open()
      const names = ['ada@contoso.com', '../../etc/passwd', 'a/b\\c:d*?', 'A', 'Ä €', 'x'.repeat(300)]
      for (const partition of names) assert.ok(await one.store(partition, partition, undefined))
      for (const partition of names) assert.equal((await other.load(partition))?.text, partition)
      if (other.list) assert.deepEqual([...(await other.list())].sort(), [...names].sort())
    })

    it('writes only over the version that is named', async () => {
      const { one, other } = await open()
      const first = await one.store('a', '1', undefined)
      assert.ok(first)
      assert.equal(await other.store('a', '2', undefined), false)
      const second = await other.store('a', '2', first)
      assert.ok(second && second !== first)
      assert.equal(await one.store('a', '3', first), false)
      assert.equal(await one.store('a', undefined, first), false)
      assert.equal((await one.load('a'))?.text, '2')
    })

    it('removes, and never gives a version a second time', async () => {
      const { one, other } = await open()
      const versions = new Set<unknown>()
      for (let i = 0; i < 3; i++) {
        const version = await one.store('a', 'same text', undefined)
        assert.ok(version && !versions.has(version))
        versions.add(version)
        assert.equal(await other.store('a', undefined, version), undefined)
        assert.equal(await one.load('a'), undefined)
        if (one.list) assert.deepEqual(await one.list(), [])
      }
    })

    it('lets one of many writers win each round', async () => {
      const { one, other } = await open()
      const version = await one.store('a', '0', undefined)
      assert.ok(version)
      const writers = Array.from({ length: 10 }, (_, i) => (i % 2 ? one : other).store('a', `by ${i}`, version))
      const wins = (await Promise.all(writers)).filter((result) => result !== false)
      assert.equal(wins.length, 1)
      assert.equal((await one.load('a'))?.version, wins[0])
    })

    it('locks a partition against this process and others', async () => {
      const { one, other } = await open()
      let inside = 0
      let most = 0
      const run = async () => {
        most = Math.max(most, ++inside)
        await new Promise((resolve) => setTimeout(resolve, 5))
        inside--
      }
      await Promise.all([one, other, one, other].map((persistence) => persistence.lock('a', run)))
      assert.equal(most, 1)
    })

    it('passes on what a locked run gives, and unlocks after an error', async () => {
      const { one, other } = await open()
      await assert.rejects(
        one.lock('a', () => Promise.reject(new Error('inside'))),
        /^Error: inside$/,
      )
      assert.equal(await other.lock('a', () => Promise.resolve('given')), 'given')
    })

    it('locks each partition for itself, and holds up no one who does not lock', async () => {
      const { one, other } = await open()
      const text = await one.lock('a', () =>
        other.lock('b', async () => {
          await other.store('a', 'written', undefined)
          return (await one.load('a'))?.text
        }),
      )
      assert.equal(text, 'written')
    })

    it('loses nothing of what two stores write at the same time', async () => {
      const step = fc.record({ byOne: fc.boolean(), scope: fc.constantFrom('a', 'b', 'c', 'd') })
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
          const pair = await open()
          const create = (persistence: CachePersistence) =>
            createPartitionedStore({ persistence, clock: createClock(), logger: createLogger() })
          const [one, other] = [create(pair.one), create(pair.other)]
          await Promise.all(
            steps.map(({ byOne, scope }) => (byOne ? one : other).apply(changesOf(signIn(1, { scope: [scope] }), NOW))),
          )
          const third = create(pair.one)
          await third.load(ownerOfPerson(1))
          const kept = third.cache.find({ credentialType: 'AccessToken' }).map(({ target }) => target)
          assert.deepEqual(new Set(kept), new Set(steps.map(({ scope }) => scope)))
        }),
        { numRuns: 10 },
      )
    })
  })
}
