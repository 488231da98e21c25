/**
 * Entries by key, and by the places they are looked up at, so that a lookup costs as much as its result
 * and not as much as the table is large.
 */
export class EntryTable<Entry extends object> {
  readonly #entries = new Map<string, Entry>()
  readonly #keysByPlace = new Map<string, Set<string>>()
  readonly #placesOf: (entry: Entry) => readonly string[]

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

  /** The entries at one place, in the order in which they came there. */
  *at(place: string): IterableIterator<[string, Entry]> {
    for (const key of this.#keysByPlace.get(place) ?? []) {
      const entry = this.#entries.get(key)
      if (entry) yield [key, entry]
    }
  }

  put(key: string, entry: Entry): void {
    const before = this.#entries.get(key)
    const places = this.#placesOf(entry)
    if (before)
      this.#forget(
        key,
        this.#placesOf(before).filter((place) => !places.includes(place)),
      )
    this.#entries.set(key, entry)
    for (const place of places) {
      const keys = this.#keysByPlace.get(place)
      if (keys) keys.add(key)
      else this.#keysByPlace.set(place, new Set([key]))
    }
  }

  /** Whether there was such an entry. */
  delete(key: string): boolean {
    const entry = this.#entries.get(key)
    if (!entry) return false
    this.#forget(key, this.#placesOf(entry))
    return this.#entries.delete(key)
  }

  #forget(key: string, places: readonly string[]): void {
    for (const place of places) {
      const keys = this.#keysByPlace.get(place)
      keys?.delete(key)
      if (keys?.size === 0) this.#keysByPlace.delete(place)
    }
  }
}
