import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CachePersistence, PersistedPartition } from '../msal/cache/cache-persistence.ts'
import { withFileLock } from './file-lock.ts'
import { createFolderChanges, type Changed, type FolderChanges } from './folder-changes.ts'
import { createFolderKeys, KEY_FOLDER, listNames } from './folder-key.ts'
import type { FolderKeys, FolderKeyStore, KeyFolder } from './folder-key.ts'
import { hashPlace, nameFile, parsePlace, printPlace, SEALED, type Place } from './folder-place.ts'
import { watchFolder } from './folder-watch.ts'
import { readIfThere, replaceFile, seal, unseal, versionOf } from './sealed-file.ts'

/** Where the folder is, and who keeps its key. */
export interface SealedFolderOptions {
  /** It is made where it does not exist, for its owner alone. */
  readonly directory: string
  readonly keyStore: FolderKeyStore
  /** Told of a damaged file, and that the key store did not keep the key; everything else stays usable. */
  readonly onProblem: (problem: 'damaged' | 'not-kept') => void
}

/** What the processes of one machine keep together. */
export interface SealedFolder {
  /** The partitions of a namespace. */
  open(this: void, ...namespace: readonly string[]): Required<CachePersistence>
  /** Ends the watching. */
  dispose(this: void): void
}

/** A write, and who asks for it. */
interface Write {
  readonly text: string | undefined
  readonly ifVersion: string | undefined
  readonly writer: ReadonlySet<Changed>
}

/**
 * Keeps partitions in sealed files that all windows of a machine share; nothing is read or made before it is used.
 *
 * The files are the store itself, and the key store holds nothing but their key, which is written once. That is simpler
 * than a journal beside a key store that holds the tokens: an old copy of the key store that a window writes back has no
 * token to bring back, what was removed is gone without a tombstone, and versions decide between writers as everywhere.
 *
 * Each key has a folder of its own, for windows may have different keys: two browsers before one server, or a window
 * whose copy of the key store is older than the key. They don't see each other's sign-ins, and each renews its own
 * tokens; but locks are common to all, and what one removes is removed under every key.
 */
export function createSealedFolder(options: SealedFolderOptions): SealedFolder {
  const folder = new Folder(options)
  return {
    open: (...namespace) => folder.open(JSON.stringify(namespace)),
    dispose: () => folder.dispose(),
  }
}

class Folder {
  readonly #options: SealedFolderOptions
  readonly #keys: FolderKeys
  readonly #changes: FolderChanges = createFolderChanges()
  #opened: KeyFolder | undefined
  #opening: Promise<KeyFolder | undefined> | undefined
  #making: Promise<KeyFolder> | undefined
  /** Whether nothing could be read for want of a key. */
  #isWaiting = false
  #unwatch: (() => void) | undefined
  #isDisposed = false

  constructor(options: SealedFolderOptions) {
    this.#options = options
    this.#keys = createFolderKeys(options.directory, options.keyStore)
  }

  open(namespace: string): Required<CachePersistence> {
    const writer = new Set<Changed>()
    return {
      load: (partition) => this.#load({ namespace, partition }),
      store: (partition, text, ifVersion) => this.#store({ namespace, partition }, { text, ifVersion, writer }),
      lock: async (partition, run) => {
        await this.#open()
        return withFileLock(this.#pathOf(`${hashPlace({ namespace, partition })}.lock`), run)
      },
      list: () => this.#list(namespace),
      watch: (changed) => {
        writer.add(changed)
        this.#changes.subscribe(namespace, changed)
      },
    }
  }

  dispose(): void {
    this.#isDisposed = true
    this.#unwatch?.()
  }

  async #load(place: Place): Promise<PersistedPartition | undefined> {
    const folder = await this.#open()
    if (!folder) return undefined
    const name = nameFile(place)
    const file = await readIfThere(join(folder.path, name))
    const version = file && versionOf(file)
    this.#changes.noteRead(name, version)
    if (!file || !version) return undefined
    const content = unseal(file, folder.key)
    if (content?.partition !== printPlace(place))
      return (await this.#setAside(folder, name)) ? undefined : this.#load(place)
    this.#changes.notePlace(name, place)
    return { text: content.text, version }
  }

  async #store(place: Place, { text, ifVersion, writer }: Write): Promise<string | undefined | false> {
    const folder = (await this.#open()) ?? (await this.#openWithNewKey())
    if (!folder.isKept && text !== undefined) this.#options.onProblem('not-kept')
    const name = nameFile(place)
    const path = join(folder.path, name)
    const stored = await this.#alone(hashPlace(place), async () => {
      const file = await readIfThere(path)
      const isDamaged = file && unseal(file, folder.key)?.partition !== printPlace(place)
      if (isDamaged) await this.#moveAside(path)
      if ((file && !isDamaged ? versionOf(file) : undefined) !== ifVersion) return false
      const sealed = text === undefined ? undefined : seal({ partition: printPlace(place), text }, folder.key)
      const version = sealed && versionOf(sealed)
      this.#changes.notePlace(name, place)
      this.#changes.noteWrite(name, version)
      if (sealed) await replaceFile(path, sealed)
      else await this.#removeEverywhere(place)
      return version
    })
    if (stored !== false) this.#changes.announce(place, writer)
    return stored
  }

  /** A sign-out holds for windows with another key too, and for what was set aside. */
  async #removeEverywhere(place: Place): Promise<void> {
    const stem = hashPlace(place)
    for (const folder of await this.#keys.listFolders())
      for (const name of await listNames(folder))
        if (name.startsWith(stem)) await rm(join(folder, name), { force: true })
  }

  async #list(namespace: string): Promise<readonly string[]> {
    const folder = await this.#open()
    const places = folder ? await this.#listPlaces(folder) : []
    return places.flatMap((place) => (place.namespace === namespace ? [place.partition] : []))
  }

  async #listPlaces(folder: KeyFolder): Promise<readonly Place[]> {
    const names = (await listNames(folder.path)).filter((name) => name.endsWith(SEALED))
    const places = await Promise.all(names.map((name) => this.#identify(folder, name)))
    return places.filter((place) => place !== undefined)
  }

  /** Whose file it is, which its name does not tell: it is opened once. Undefined where it went meanwhile or is damaged. */
  async #identify(folder: KeyFolder, name: string): Promise<Place | undefined> {
    const place = this.#changes.placeOf(name) ?? (await readPlace(folder, name))
    if (place === 'damaged') return (await this.#setAside(folder, name)) ? undefined : this.#identify(folder, name)
    if (place) this.#changes.notePlace(name, place)
    return place
  }

  /** Resolves to false where the file has been written anew meanwhile. */
  #setAside(folder: KeyFolder, name: string): Promise<boolean> {
    return this.#alone(stemOf(name), async () => {
      const place = await readPlace(folder, name)
      if (place === 'damaged') await this.#moveAside(join(folder.path, name))
      return place === undefined || place === 'damaged'
    })
  }

  async #moveAside(path: string): Promise<void> {
    await rename(path, `${stemOf(path)}.damaged`)
    this.#options.onProblem('damaged')
  }

  /** Comparison and write of a file are one step, under whatever key. */
  #alone<T>(stem: string, run: () => Promise<T>): Promise<T> {
    return withFileLock(this.#pathOf(`${stem}.write`), run)
  }

  #open(): Promise<KeyFolder | undefined> {
    if (this.#opened) return Promise.resolve(this.#opened)
    this.#opening ??= this.#findKey().finally(() => (this.#opening = undefined))
    return this.#opening
  }

  async #findKey(): Promise<KeyFolder | undefined> {
    const found = await this.#keys.find()
    if (found) return this.#use(found)
    if (this.#isWaiting) return undefined
    this.#isWaiting = true
    await this.#watch(this.#options.directory, (name = '') => {
      if (!name || KEY_FOLDER.test(name)) void this.#open().catch(() => undefined)
    })
    return undefined
  }

  #openWithNewKey(): Promise<KeyFolder> {
    this.#making ??= this.#keys
      .make()
      .then((made) => this.#use(made))
      .finally(() => (this.#making = undefined))
    return this.#making
  }

  async #use(folder: KeyFolder): Promise<KeyFolder> {
    await this.#watch(folder.path, (name) => this.#changes.follow(folder, name))
    this.#opened = folder
    // Those who were told that nothing is there are to look again.
    if (this.#isWaiting) for (const place of await this.#listPlaces(folder)) this.#changes.announce(place)
    return folder
  }

  async #watch(path: string, changed: (name?: string) => void): Promise<void> {
    this.#unwatch?.()
    this.#unwatch = await watchFolder(path, changed)
    if (this.#isDisposed) this.#unwatch()
  }

  #pathOf(name: string): string {
    return join(this.#options.directory, name)
  }
}

const stemOf = (name: string): string => name.slice(0, -SEALED.length)

/** Whose file it is; undefined where it is not there. */
async function readPlace({ path, key }: KeyFolder, name: string): Promise<Place | 'damaged' | undefined> {
  const file = await readIfThere(join(path, name))
  if (!file) return undefined
  const place = parsePlace(unseal(file, key)?.partition)
  return place && nameFile(place) === name ? place : 'damaged'
}
