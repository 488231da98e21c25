import { CacheError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { parseCacheDocument, printCacheDocument } from './cache-document.ts'
import type { UnifiedCache } from './token-cache.ts'

/** Places of damage that a message names before it only counts them. */
const NAMED_PLACES = 5

/** A token cache as text in MSAL's unified schema, and back; what `SerializableTokenCache` consists of. */
export class CacheSerialization {
  readonly #cache: UnifiedCache
  #rest: JsonObject = {}
  #savedRevision: number

  constructor(cache: UnifiedCache) {
    this.#cache = cache
    this.#savedRevision = cache.revision
  }

  /** Whether the cache has changed since it was last serialized or deserialized. */
  get hasStateChanged(): boolean {
    return this.#cache.revision !== this.#savedRevision
  }

  /** The cache's entries, with all that was loaded and is not known or is damaged. */
  serialize(): string {
    this.#savedRevision = this.#cache.revision
    return printCacheDocument({ entries: this.#cache.entries(), rest: this.#rest })
  }

  /**
   * Replaces the cache's entries.
   *
   * @param state - what `serialize` of this or another MSAL gave; nothing empties the cache
   * @throws {CacheError} the text is no cache: nothing was changed; or some places are damaged: all else was loaded,
   *   and what is damaged is kept for the next `serialize`
   */
  deserialize(state?: string | null): void {
    const { entries, rest, damage } = parseCacheDocument(state == null || state === '' ? '{}' : state)
    this.#cache.replace(entries)
    this.#rest = rest
    this.#savedRevision = this.#cache.revision
    if (damage.length > 0) throw new CacheError(`The cache is damaged here, the rest was loaded: ${list(damage)}`)
  }
}

function list(places: readonly string[]): string {
  const named = places.slice(0, NAMED_PLACES).join('; ')
  return places.length > NAMED_PLACES ? `${named}; and ${places.length - NAMED_PLACES} more` : named
}
