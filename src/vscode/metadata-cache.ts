import type { HttpCache } from '../msal/index.ts'

/** The part of VS Code's `Memento` that is used. */
export interface MetadataStore {
  get(key: string): unknown
  update(key: string, value: string | undefined): PromiseLike<void>
  keys(): readonly string[]
}

const PREFIX = 'metadata '
/** The library's keys of metadata that it fetched; what else it remembers are refusals, which may name people. */
const FETCHED = 'GET '

/** Keeps what authorities say about themselves beyond a reload, so that it is not asked again, and the rest in memory. */
export function createMetadataCache(store: MetadataStore): HttpCache {
  const memory = new Map<string, string>()
  return {
    get(key) {
      if (!key.startsWith(FETCHED)) return memory.get(key)
      const value = store.get(PREFIX + key)
      return typeof value === 'string' ? value : undefined
    },
    set(key, value) {
      if (key.startsWith(FETCHED)) void store.update(PREFIX + key, value)
      else memory.set(key, value)
      return memory
    },
    delete(key) {
      if (!key.startsWith(FETCHED)) return memory.delete(key)
      void store.update(PREFIX + key, undefined)
      return true
    },
    keys() {
      const kept = store.keys().filter((key) => key.startsWith(PREFIX))
      return new Set([...kept.map((key) => key.slice(PREFIX.length)), ...memory.keys()]).values()
    },
  }
}
