import type { CacheChange } from './cache-changes.ts'
import { nameOwner } from './cache-owner.ts'
import type { CacheOwner } from './cache-owner.ts'
import type { TokenCache } from './token-cache.ts'

export type { CacheOwner }

/** What the flows keep tokens in. */
export interface TokenStore {
  readonly cache: TokenCache
  /**
   * Brings the owner's entries (all, where none is given) up to date with what is kept.
   *
   * @param options - `fresh`: read what is kept even where what is in memory is thought to be up to date
   */
  load(owner?: CacheOwner, options?: { readonly fresh?: boolean }): Promise<void>
  /**
   * Applies changes in memory and to what is kept, merged with what other processes wrote meanwhile.
   *
   * @throws where they could not be kept; memory holds them nevertheless
   */
  apply(changes: readonly CacheChange[]): Promise<void>
  /** Runs alone among all that share the owner's entries, which are read again first. Not re-entrant. */
  lock<T>(owner: CacheOwner, run: () => Promise<T>): Promise<T>
}

/** A store that keeps nothing beyond the cache; its locks hold within this store. */
export function createMemoryStore(cache: TokenCache): TokenStore {
  const lock = createQueues()
  return {
    cache,
    load: () => Promise.resolve(),
    apply: async (changes) => {
      await Promise.resolve()
      cache.apply(changes)
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
