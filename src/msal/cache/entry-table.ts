/**
 * Entries by key, and by the places they are looked up at, so that a lookup costs as much as its result
 * and not as much as the table is large. The first lookup at a place finds the places of all.
 */
export class EntryTable<Entry extends object> {
  readonly #entries = new Map<string, Entry>()
  readonly #placesOf: (entry: Entry) => readonly string[]
  #index: PlaceIndex | undefined

  /** @param placesOf - the places that an entry is looked up at; always the same for equal entries */
  constructor(placesOf: (entry: Entry) => readonly string[]) {
    this.#placesOf = placesOf
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key)
  }

  /** Every entry, in the order in which their keys were first put. */
  entries(): IterableIterator<[string, Entry]> {
    return this.#entries.entries()
  }

  /** The entries at one place, those that were there first come first. */
  *at(place: string): IterableIterator<[string, Entry]> {
    this.#index ??= this.#makeIndex()
    for (const key of this.#index.at(place)) {
      const entry = this.#entries.get(key)
      if (entry) yield [key, entry]
    }
  }

  put(key: string, entry: Entry): void {
    const before = this.#entries.get(key)
    this.#entries.set(key, entry)
    if (!this.#index) return
    const places = this.#placesOf(entry)
    if (before) {
      const left = this.#placesOf(before).filter((place) => !places.includes(place))
      this.#index.remove(key, left)
    }
    this.#index.add(key, places)
  }

  /** Whether there was such an entry. */
  delete(key: string): boolean {
    const entry = this.#entries.get(key)
    if (!entry) return false
    this.#index?.remove(key, this.#placesOf(entry))
    return this.#entries.delete(key)
  }

  #makeIndex(): PlaceIndex {
    const index = new PlaceIndex()
    for (const [key, entry] of this.#entries) index.add(key, this.#placesOf(entry))
    return index
  }
}

/** The keys at each place: a set only where there are several, since most places have one. */
class PlaceIndex {
  readonly #keys = new Map<string, string | Set<string>>()

  at(place: string): Iterable<string> {
    const keys = this.#keys.get(place) ?? []
    return typeof keys === 'string' ? [keys] : keys
  }

  add(key: string, places: readonly string[]): void {
    for (const place of places) {
      const keys = this.#keys.get(place)
      if (keys === undefined) this.#keys.set(place, key)
      else if (typeof keys !== 'string') keys.add(key)
      else if (keys !== key) this.#keys.set(place, new Set([keys, key]))
    }
  }

  remove(key: string, places: readonly string[]): void {
    for (const place of places) {
      const keys = this.#keys.get(place)
      if (keys instanceof Set) keys.delete(key)
      if (keys === key || (keys instanceof Set && keys.size === 0)) this.#keys.delete(place)
    }
  }
}
