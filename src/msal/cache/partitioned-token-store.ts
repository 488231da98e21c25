import { encodeBase64Url } from '../core/encoding.ts'
import { CacheError, ConfigurationError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Clock, Logger } from '../core/ports.ts'
import type { CacheChange } from './cache-changes.ts'
import { parseCacheDocument, printCacheDocument } from './cache-document.ts'
import type { CacheDocument } from './cache-document.ts'
import { openEnvelope, sealEnvelope, UnknownFormatError } from './cache-envelope.ts'
import { nameOwner, ownerOf } from './cache-owner.ts'
import type { CacheOwner } from './cache-owner.ts'
import type { CachePersistence, PartitionNaming, PersistedPartition } from './cache-persistence.ts'
import type { EntryPlace, StoredEntry } from './cache-schema.ts'
import { sha256Sync } from './sha256.ts'
import { UnifiedCache } from './token-cache.ts'
import { createQueues } from './token-store.ts'
import type { TokenStore } from './token-store.ts'

/** What a partitioned store is made of. */
export interface PartitionedStoreOptions {
  readonly persistence: CachePersistence
  /** A hash of the owner unless given. */
  readonly partition?: PartitionNaming | undefined
  readonly clock: Clock
  readonly logger: Logger
}

/** How often a write is merged anew with what others wrote before it is given up. */
const MAX_MERGES = 20

/** Partitions that are read at the same time when all are. */
const READ_AT_ONCE = 32

const ASIDE = '.damaged'

const NOTHING: CacheDocument = { entries: [], rest: {}, damage: [] }

/** What this process knows of a partition. */
interface Partition {
  version: string | undefined
  /** Where its entries are in memory, by {@link nameOfPlace}. */
  places: Map<string, EntryPlace>
  rest: JsonObject
  /** Whether it was read and nothing was announced since. */
  isRead: boolean
  /** How often it was announced as changed. */
  announced: number
}

/**
 * A store that keeps each account's entries, and the application's own of each tenant, in a partition of its own.
 *
 * It reads a partition before each use, so that it sees at once who signed in or out elsewhere; where the persistence
 * announces changes, only before the first use, under a lock and after a change. What has not changed is not parsed again.
 */
export function createPartitionedStore(options: PartitionedStoreOptions): TokenStore {
  return new PartitionedTokenStore(options)
}

class PartitionedTokenStore implements TokenStore {
  readonly cache: UnifiedCache
  readonly #options: PartitionedStoreOptions
  readonly #partitions = new Map<string, Partition>()
  /** Reads and writes of one partition in this process follow each other. */
  readonly #inTurn = createQueues()
  #isListed = false

  constructor(options: PartitionedStoreOptions) {
    this.#options = options
    this.cache = new UnifiedCache(options.clock)
    options.persistence.watch?.((name) => {
      this.#isListed = false
      const partition = this.#know(name)
      partition.isRead = false
      partition.announced++
    })
  }

  async load(owner?: CacheOwner, { fresh = false }: { readonly fresh?: boolean } = {}): Promise<void> {
    if (owner) await this.#refresh(this.#nameOf(owner), fresh)
    else await this.#refreshAll(fresh)
  }

  async lock<T>(owner: CacheOwner, run: () => Promise<T>): Promise<T> {
    const name = this.#nameOf(owner)
    return this.#options.persistence.lock(name, async () => {
      await this.#refresh(name, true)
      return run()
    })
  }

  async apply(changes: readonly CacheChange[]): Promise<void> {
    const groups = this.#groupByPartition(changes)
    if (groups.size === 0) this.cache.apply(changes)
    for (const [name, group] of groups) await this.#inTurn(name, () => this.#write(name, group))
  }

  /** A client's metadata goes to every partition that is changed with it; what no partition has needs no removal. */
  #groupByPartition(changes: readonly CacheChange[]): ReadonlyMap<string, readonly CacheChange[]> {
    const names = changes.map((change) => this.#partitionOf(change))
    const groups = new Map<string, readonly CacheChange[]>()
    for (const name of names) {
      if (name === undefined || groups.has(name)) continue
      const group = changes.filter((change, i) => names[i] === name || change.type === 'AppMetadata')
      groups.set(name, group)
    }
    return groups
  }

  #partitionOf(change: CacheChange): string | undefined {
    const entry = change.op === 'put' ? change.entry : this.cache.get(change)
    const owner = entry && ownerOf({ ...change, entry } as StoredEntry)
    return owner && this.#nameOf(owner)
  }

  async #write(name: string, changes: readonly CacheChange[]): Promise<void> {
    const partition = this.#know(name)
    let isKnown = partition.isRead
    for (let merges = 0; merges < MAX_MERGES; merges++) {
      if (!isKnown) await this.#read(name)
      const before = this.cache.revision
      this.#applyTo(partition, changes)
      if (this.cache.revision === before) return
      const text = await this.#print(partition)
      if (text === undefined && partition.version === undefined) return
      const { announced } = partition
      const version = await this.#options.persistence.store(name, text, partition.version)
      isKnown = version !== false
      if (version === false) continue
      partition.version = version
      partition.isRead = partition.announced === announced
      if (text === undefined) await this.#removeAside(name)
      return
    }
    throw new CacheError('A cache entry could not be written: others wrote it again and again.')
  }

  #applyTo(partition: Partition, changes: readonly CacheChange[]): void {
    this.cache.apply(changes)
    for (const { type, key } of changes) {
      const place = { type, key }
      if (this.cache.get(place)) partition.places.set(nameOfPlace(place), place)
      else partition.places.delete(nameOfPlace(place))
    }
  }

  /** The partition's text; undefined where it has nothing but metadata left. */
  async #print({ places, rest }: Partition): Promise<string | undefined> {
    const entries: StoredEntry[] = []
    for (const [name, place] of places) {
      const entry = this.cache.get(place)
      if (entry) entries.push({ ...place, entry } as StoredEntry)
      else places.delete(name)
    }
    const hasOwner = entries.some(({ type }) => type !== 'AppMetadata')
    return hasOwner ? sealEnvelope(printCacheDocument({ entries, rest })) : undefined
  }

  async #refreshAll(fresh: boolean): Promise<void> {
    const { persistence, logger } = this.#options
    const names = new Set(this.#partitions.keys())
    if (persistence.list && (fresh || !this.#stands(this.#isListed))) {
      const listed = await persistence.list()
      for (const name of listed) if (!name.endsWith(ASIDE)) names.add(name)
      this.#isListed = true
    }
    const queue = [...names]
    while (queue.length > 0) {
      const batch = queue.splice(0, READ_AT_ONCE).map((name) =>
        this.#refresh(name, fresh).catch((error: unknown) => {
          if (!(error instanceof UnknownFormatError)) throw error
          logger.warn(`An entry of the token cache is passed over. ${error.message}`)
        }),
      )
      await Promise.all(batch)
    }
  }

  async #refresh(name: string, fresh: boolean): Promise<void> {
    await this.#inTurn(name, async () => {
      if (fresh || !this.#stands(this.#know(name).isRead)) await this.#read(name)
    })
  }

  #stands(isRead: boolean): boolean {
    return isRead && this.#options.persistence.watch !== undefined
  }

  async #read(name: string): Promise<void> {
    const partition = this.#know(name)
    const { announced } = partition
    const found = await this.#options.persistence.load(name)
    if (found?.version !== partition.version) {
      const document = found ? await this.#open(name, found) : NOTHING
      partition.version = document === undefined ? undefined : found?.version
      this.#adopt(partition, document ?? NOTHING)
    }
    // What was announced meanwhile may be newer than what was read.
    partition.isRead = partition.announced === announced
  }

  /** Undefined where the entry was damaged and has been set aside. */
  async #open(name: string, { text, version }: PersistedPartition): Promise<CacheDocument | undefined> {
    const { persistence, logger } = this.#options
    const cache = await openEnvelope(text)
    if (cache === undefined) {
      const aside = await persistence.load(name + ASIDE)
      await persistence.store(name + ASIDE, text, aside?.version)
      await persistence.store(name, undefined, version)
      logger.warn('An entry of the token cache is damaged. It was set aside; its account has to sign in again.')
      return undefined
    }
    const document = parseCacheDocument(cache)
    for (const place of document.damage) logger.warn(`A part of the token cache is damaged and not used: ${place}`)
    return document
  }

  /** Makes memory hold of the partition what was read, and nothing else. */
  #adopt(partition: Partition, { entries, rest }: CacheDocument): void {
    const places = new Map(entries.map(({ type, key }) => [nameOfPlace({ type, key }), { type, key }]))
    const gone = [...partition.places.values()].filter((place) => !isMetadata(place) && !places.has(nameOfPlace(place)))
    this.cache.apply(gone.map((place) => ({ op: 'remove', ...place })))
    // Other partitions hold metadata too, and an older one does not know yet that the client is of a family.
    const news = entries.filter((stored) => stored.entry.family_id || !isMetadata(stored) || !this.cache.get(stored))
    this.cache.apply(news.map((stored) => ({ op: 'put', ...stored })))
    partition.places = places
    partition.rest = rest
  }

  /** After a sign-out no token stays behind in what was set aside. */
  async #removeAside(name: string): Promise<void> {
    const aside = await this.#options.persistence.load(name + ASIDE)
    if (aside) await this.#options.persistence.store(name + ASIDE, undefined, aside.version)
  }

  #know(name: string): Partition {
    const known = this.#partitions.get(name)
    if (known) return known
    const partition: Partition = { version: undefined, places: new Map(), rest: {}, isRead: false, announced: 0 }
    this.#partitions.set(name, partition)
    return partition
  }

  #nameOf(owner: CacheOwner): string {
    if (!this.#options.partition) return encodeBase64Url(sha256Sync(nameOwner(owner)))
    const name: unknown = this.#options.partition(owner)
    if (typeof name !== 'string' || !name) throw new ConfigurationError('partition', 'it must return a name')
    return name
  }
}

const nameOfPlace = ({ type, key }: EntryPlace): string => `${type} ${key}`

const isMetadata = ({ type }: EntryPlace): boolean => type === 'AppMetadata'
