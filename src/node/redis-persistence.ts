import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { CachePersistence, PersistedPartition } from '../msal/cache/cache-persistence.ts'
import { CacheError, ConfigurationError } from '../msal/core/errors.ts'

/** What is used of a connected client of the `redis` package, version 4 or later. */
export interface RedisClient {
  /** Runs a Lua script on the server. */
  eval(script: string, options: { readonly keys: string[]; readonly arguments: string[] }): Promise<unknown>
}

/** Where in Redis the cache is kept, and how long. */
export interface RedisOptions {
  /** Connected, or connecting; it is not closed. */
  readonly client: RedisClient
  /** `entra-auth:` unless given. */
  readonly keyPrefix?: string | undefined
  /** Seconds after its last change at which a partition is dropped; it stays unless given. */
  readonly expiresIn?: number | undefined
}

const LOAD = `return redis.call('HMGET', KEYS[1], 'version', 'text')`

/** Arguments: the version that must be there or '', the new one, milliseconds or '0', the text. */
const STORE = `
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'text', ARGV[4])
if ARGV[3] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1`

const REMOVE = `
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return 1`

/** Arguments: the holder, milliseconds. Also renews a lock that is held. */
const LOCK = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`

const UNLOCK = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1`

/** Milliseconds for which a lock outlives a holder that died. */
const LOCK_LIFETIME = 30_000
const LOCK_TIMEOUT = 120_000
const POLL = 50

/**
 * Keeps a token cache in Redis, for a middle tier of several machines: one hash for each partition, written only over the
 * version that was read, with an expiry if wanted. It has no `list`: a process sees the accounts that it was asked about,
 * so pass the account that your session holds. Texts are stored as they are: let only your service read that Redis, over TLS.
 */
export class RedisPersistence implements CachePersistence {
  readonly #client: RedisClient
  readonly #prefix: string
  readonly #lifetime: string

  /** @throws {ConfigurationError} an option is none */
  constructor(options: RedisOptions) {
    const { client, keyPrefix = 'entra-auth:', expiresIn } = (options as Partial<RedisOptions> | undefined) ?? {}
    if (typeof client?.eval !== 'function')
      throw new ConfigurationError('client', 'a client of the "redis" package is needed')
    if (typeof keyPrefix !== 'string') throw new ConfigurationError('keyPrefix', 'text is needed')
    if (expiresIn !== undefined && !(Number.isFinite(expiresIn) && expiresIn > 0))
      throw new ConfigurationError('expiresIn', 'a number of seconds is needed')
    this.#client = client
    this.#prefix = keyPrefix
    this.#lifetime = String(Math.ceil((expiresIn ?? 0) * 1000))
  }

  async load(partition: string): Promise<PersistedPartition | undefined> {
    const found = await this.#run(LOAD, this.#entryKey(partition), [])
    const [version, text] = Array.isArray(found) ? (found as readonly unknown[]) : []
    return typeof version === 'string' && typeof text === 'string' ? { version, text } : undefined
  }

  async store(
    partition: string,
    text: string | undefined,
    ifVersion: string | undefined,
  ): Promise<string | undefined | false> {
    const key = this.#entryKey(partition)
    const version = text === undefined ? undefined : randomUUID()
    const done =
      version === undefined || text === undefined
        ? await this.#run(REMOVE, key, [ifVersion ?? ''])
        : await this.#run(STORE, key, [ifVersion ?? '', version, this.#lifetime, text])
    return done === 1 ? version : false
  }

  async lock<T>(partition: string, run: () => Promise<T>): Promise<T> {
    const key = `${this.#prefix}lock:${partition}`
    const holder = [randomUUID(), String(LOCK_LIFETIME)]
    const deadline = performance.now() + LOCK_TIMEOUT
    while ((await this.#run(LOCK, key, holder)) !== 1) {
      if (performance.now() > deadline)
        throw new CacheError('A lock in Redis was held by another process for too long.')
      await delay(POLL + Math.random() * POLL)
    }
    const renewal = setInterval(() => {
      this.#run(LOCK, key, holder).catch(() => undefined)
    }, LOCK_LIFETIME / 3).unref()
    try {
      return await run()
    } finally {
      clearInterval(renewal)
      // Where it can't be removed it expires.
      await this.#run(UNLOCK, key, holder).catch(() => undefined)
    }
  }

  #entryKey(partition: string): string {
    return `${this.#prefix}entry:${partition}`
  }

  async #run(script: string, key: string, values: string[]): Promise<unknown> {
    try {
      return await this.#client.eval(script, { keys: [key], arguments: values })
    } catch (error) {
      throw new CacheError('Redis did not do what the token cache asked of it.', { cause: error })
    }
  }
}
