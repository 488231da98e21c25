import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { CacheChange } from '../../../src/msal/cache/cache-changes.ts'
import type { AccessTokenEntry } from '../../../src/msal/cache/cache-schema.ts'
import { TokenCache } from '../../../src/msal/index.ts'
import { accessToken, CLIENT, createClock, homeIdOf, HOST, NOW, ownerOfPerson, TENANT } from './fakes.ts'

describe('a cache of 100,000 accounts', () => {
  const reads = { count: 0 }

  /** An access token that counts how often its fields are read. */
  const counting = (person: number): AccessTokenEntry =>
    new Proxy(accessToken({ home_account_id: homeIdOf(person), secret: `at-${person}` }), {
      get(entry, field) {
        reads.count++
        return Reflect.get(entry, field) as unknown
      },
    })

  /** How many fields of access tokens a run reads. */
  const readsOf = (run: () => unknown): number => {
    reads.count = 0
    run()
    return reads.count
  }

  const createCache = (accounts: number): TokenCache => {
    const cache = new TokenCache(createClock())
    for (let person = 0; person < accounts; person++) {
      cache.apply([{ op: 'put', type: 'AccessToken', key: `key-${person}`, entry: counting(person) }])
    }
    // The first lookup finds the places of all entries, once.
    getToken(cache, ['User.Read'])
    return cache
  }

  const operations: readonly (readonly [string, (cache: TokenCache) => unknown])[] = [
    ['a hit', (cache) => getToken(cache, ['User.Read'])],
    ['a miss', (cache) => getToken(cache, ['Mail.Read'])],
    ['the entries of an account', (cache) => cache.entriesOf(ownerOfPerson(7))],
    ['a query by account', (cache) => find(cache)],
    ['a write', (cache) => cache.apply([{ op: 'put', type: 'AccessToken', key: 'key-7', entry: counting(7) }])],
    ['a removal', (cache) => cache.apply([{ op: 'remove', type: 'AccessToken', key: 'key-7' }])],
  ]

  it('#32 The cache slows down with its size: it answers with the same number of steps as one of ten', () => {
    const [small, large] = [createCache(10), createCache(100_000)]
    for (const [name, run] of operations) {
      const steps = readsOf(() => run(small))
      assert.ok(steps < 100, `${name} takes ${steps} steps in a small cache`)
      assert.equal(
        readsOf(() => run(large)),
        steps,
        name,
      )
    }
  }).timeout(60_000)

  const getToken = (cache: TokenCache, scopes: readonly string[]) =>
    cache.getAccessToken({ ...ownerOfPerson(7), clientId: CLIENT, realm: TENANT, scopes })

  const find = (cache: TokenCache) =>
    cache
      .search({ credentialType: 'AccessToken', query: { home_account_id: homeIdOf(7), environment: HOST }, now: NOW })
      .next()
})

describe('after any changes', () => {
  const person = fc.integer({ min: 1, max: 3 })
  const scope = fc.constantFrom('a', 'b', 'a b')
  const realm = fc.constantFrom('home', 'guest')
  const entry = fc.record({ person, scope, realm, app: fc.boolean(), expiresIn: fc.integer({ min: -5, max: 5 }) })
  const step = fc.oneof(
    fc.record({ op: fc.constant('put' as const), key: fc.integer({ min: 0, max: 9 }), entry }),
    fc.record({ op: fc.constant('remove' as const), key: fc.integer({ min: 0, max: 9 }) }),
    fc.record({ op: fc.constant('expire' as const), at: fc.integer({ min: -6, max: 6 }) }),
    fc.record({ op: fc.constant('look' as const) }),
  )

  it('the indexes agree with a look at every entry', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        // Long before anything expires, so that only the steps drop tokens.
        const cache = new TokenCache({ ...createClock(), now: () => 0 })
        const model = new Map<string, AccessTokenEntry>()
        for (const next of steps) {
          if (next.op === 'look') {
            assertAgree(cache, [...model.values()])
            continue
          }
          if (next.op === 'expire') {
            cache.find({ credentialType: 'AccessToken', now: NOW + next.at })
            for (const [key, token] of model) if (Number(token.expires_on) < NOW + next.at) model.delete(key)
            continue
          }
          const place = { type: 'AccessToken', key: `key ${next.key}` } as const
          const change: CacheChange =
            next.op === 'remove' ? { op: 'remove', ...place } : { op: 'put', ...place, entry: tokenOf(next.entry) }
          cache.apply([change])
          if (change.op === 'remove') model.delete(place.key)
          else model.set(place.key, change.entry)
        }
        assertAgree(cache, [...model.values()])
      }),
      { numRuns: 500 },
    )
  })

  interface Fields {
    readonly person: number
    readonly scope: string
    readonly realm: string
    readonly app: boolean
    readonly expiresIn: number
  }

  const tokenOf = ({ person, scope, realm, app, expiresIn }: Fields): AccessTokenEntry =>
    accessToken({
      home_account_id: app ? null : homeIdOf(person),
      target: scope,
      realm,
      expires_on: String(NOW + expiresIn),
    })

  function assertAgree(cache: TokenCache, all: readonly AccessTokenEntry[]): void {
    const same = (actual: readonly unknown[], expected: readonly unknown[], what: string) =>
      assert.deepEqual(new Set(actual), new Set(expected), what)
    same(
      cache.entries().map(({ entry }) => entry),
      all,
      'all',
    )
    same(
      cache.accessTokensOfClient(HOST, CLIENT).map(({ entry }) => entry),
      all.filter((entry) => entry.home_account_id === null),
      'of the client',
    )
    for (const person of [1, 2, 3]) {
      const own = all.filter((entry) => entry.home_account_id === homeIdOf(person))
      same(
        cache.entriesOf(ownerOfPerson(person)).map(({ entry }) => entry),
        own,
        'of an owner',
      )
      for (const realm of ['home', 'guest']) {
        const query = { ...ownerOfPerson(person), clientId: CLIENT, realm, scopes: ['a'], expiresAfter: NOW - 9 }
        const fitting = own.filter((entry) => entry.realm === realm && entry.target.includes('a'))
        same(
          cache.accessTokensFor(query).map(({ entry }) => entry),
          fitting,
          'for a holder',
        )
      }
    }
  }
})
