import type { CacheChange } from './cache-changes.ts'
import type { CacheEvent } from './cache-schema.ts'
import { nameOwner } from './cache-owner.ts'
import type { CacheOwner } from './cache-owner.ts'
import type { UnifiedCache } from './token-cache.ts'

export type { CacheOwner }

/** What the flows keep tokens in. */
export interface TokenStore {
  readonly cache: UnifiedCache
  /**
   * Brings the owner's entries (all, where none is given) up to date with what is kept.
   *
   * @param options - `fresh`: read what is kept even where what is in memory is thought to be up to date
   */
  load(owner?: CacheOwner, options?: { readonly fresh?: boolean }): Promise<void>
  /**
   * Applies changes in memory and to what is kept, merged with what other processes wrote meanwhile.
   *
   * @param event - the token request that they came of; a subclass of the cache hears of it
   * @throws where they could not be kept; memory holds them nevertheless
   */
  apply(changes: readonly CacheChange[], event?: CacheEvent): Promise<void>
  /** Runs alone among all that share the owner's entries, which are read again first. Not re-entrant. */
  lock<T>(owner: CacheOwner, run: () => Promise<T>): Promise<T>
}

/** One set of locks for each cache, which several clients may share. */
const locks = new WeakMap<UnifiedCache, ReturnType<typeof createQueues>>()

/** A store that keeps nothing beyond the cache; its locks hold among all stores over that cache. */
export function createMemoryStore(cache: UnifiedCache): TokenStore {
  const lock = locks.get(cache) ?? createQueues()
  locks.set(cache, lock)
  return {
    cache,
    load: () => Promise.resolve(),
    apply: async (changes, event) => {
      await Promise.resolve()
      if (event) cache.addPrepared(event, changes)
      else cache.apply(changes)
    },
    lock: (owner, run) => lock(nameOwner(owner), run),
  }
}

/** Makes runs for the same name follow each other. */
export function createQueues(): <T>(name: string, run: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>()
  return <T>(name: string, run: () => Promise<T>) => {
    const turn = (tails.get(name) ?? Promise.resolve()).then(run, run)
    const tail = turn
      .catch(() => undefined)
      .then(() => {
        if (tails.get(name) === tail) tails.delete(name)
      })
    tails.set(name, tail)
    return turn
  }
}
