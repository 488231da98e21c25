import assert from 'node:assert/strict'
import { CacheError, ConfigurationError } from '../../src/msal/core/errors.ts'
import { RedisPersistence } from '../../src/node/redis-persistence.ts'
import type { RedisClient } from '../../src/node/redis-persistence.ts'
import { describePersistence } from '../msal/cache/persistence-contract.ts'

interface Call {
  readonly script: string
  readonly keys: readonly string[]
  readonly values: readonly string[]
}

/** Does what the scripts do; that a real server does the same is shown by the system tests. */
function createFakeRedis(): RedisClient & { readonly calls: Call[] } {
  const entries = new Map<string, { readonly version: string; readonly text: string }>()
  const locks = new Map<string, string>()
  const calls: Call[] = []
  const run = ({ script, keys: [key = ''], values: [first = '', second = '', , text = ''] }: Call): unknown => {
    if (script.includes('HMGET')) return [entries.get(key)?.version ?? null, entries.get(key)?.text ?? null]
    if (script.includes('HGET') && (entries.get(key)?.version ?? '') !== first) return 0
    if (script.includes('HSET')) entries.set(key, { version: second, text })
    else if (script.includes('HGET')) entries.delete(key)
    else if (script.includes('SET')) {
      if (locks.has(key) && locks.get(key) !== first) return 0
      locks.set(key, first)
    } else if (locks.get(key) === first) locks.delete(key)
    return 1
  }
  return {
    calls,
    eval: async (script, { keys, arguments: values }) => {
      const call = { script, keys, values }
      calls.push(call)
      await Promise.resolve()
      return run(call)
    },
  }
}

describePersistence('a fake Redis', async () => {
  const client = createFakeRedis()
  return { one: new RedisPersistence({ client }), other: new RedisPersistence({ client }) }
})

describe('RedisPersistence', () => {
  it('keeps everything under its prefix', async () => {
    const client = createFakeRedis()
    const persistence = new RedisPersistence({ client, keyPrefix: 'app:' })
    await persistence.lock('a', () => persistence.store('a', 'text', undefined))
    assert.deepEqual(new Set(client.calls.flatMap(({ keys }) => keys)), new Set(['app:entry:a', 'app:lock:a']))
  })

  it('lets a partition expire where it is told to', async () => {
    for (const [expiresIn, milliseconds] of [
      [90, '90000'],
      [0.0001, '1'],
      [undefined, '0'],
    ] as const) {
      const client = createFakeRedis()
      const persistence = new RedisPersistence({ client, ...(expiresIn !== undefined && { expiresIn }) })
      await persistence.store('a', 'text', undefined)
      assert.equal(client.calls[0]?.values[2], milliseconds)
    }
  })

  it('refuses options that are none', () => {
    const client = createFakeRedis()
    for (const options of [{ client: {} }, { client: undefined }, { client, expiresIn: 0 }, { client, expiresIn: NaN }])
      assert.throws(() => new RedisPersistence(options as { client: RedisClient }), ConfigurationError)
  })

  it('says that Redis failed, and keeps the cause', async () => {
    const cause = new Error('ECONNREFUSED')
    const persistence = new RedisPersistence({ client: { eval: () => Promise.reject(cause) } })
    for (const call of [persistence.load('a'), persistence.store('a', 'SECRET', undefined)])
      await assert.rejects(call, (error: Error) => error instanceof CacheError && error.cause === cause)
  })

  it('gives what a locked run gives where the lock could not be removed', async () => {
    const client = createFakeRedis()
    const failing: RedisClient = {
      eval: (script, options) =>
        script.includes('DEL') ? Promise.reject(new Error('ECONNRESET')) : client.eval(script, options),
    }
    assert.equal(await new RedisPersistence({ client: failing }).lock('a', () => Promise.resolve(7)), 7)
  })
})
