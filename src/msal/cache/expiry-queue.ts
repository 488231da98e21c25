interface Item {
  readonly key: string
  /** Seconds since 1970. */
  readonly time: number
}

/** Keys by the time at which they expire: a binary heap, so that what has expired is found without a scan. */
export class ExpiryQueue {
  readonly #heap: Item[] = []

  add(key: string, time: number): void {
    const heap = this.#heap
    let child = heap.length
    heap.push({ key, time })
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (this.#timeAt(parent) <= time) break
      this.#swap(child, parent)
      child = parent
    }
  }

  /** Takes out the items whose time is before `now`, the earliest first. */
  *takeBefore(now: number): IterableIterator<Item> {
    for (let first = this.#heap[0]; first && first.time < now; first = this.#heap[0]) {
      this.#removeFirst()
      yield first
    }
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (!last || heap.length === 0) return
    heap[0] = last
    for (let parent = 0; ;) {
      const left = 2 * parent + 1
      const least = this.#timeAt(left + 1) < this.#timeAt(left) ? left + 1 : left
      if (last.time <= this.#timeAt(least)) return
      this.#swap(parent, least)
      parent = least
    }
  }

  #timeAt(index: number): number {
    return this.#heap[index]?.time ?? Infinity
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap
    const [x, y] = [heap[a], heap[b]]
    if (x && y) [heap[a], heap[b]] = [y, x]
  }
}
