import { join } from 'node:path'
import { listNames, type KeyFolder } from './folder-key.ts'
import { parsePlace, SEALED, type Place } from './folder-place.ts'
import { readIfThere, unseal, versionOf } from './sealed-file.ts'

/** Called with the name of a partition that others changed. */
export type Changed = (partition: string) => void

/** What a process knows of the files of a folder, and who wants to hear of changes. */
export interface FolderChanges {
  placeOf(name: string): Place | undefined
  /** Notes whose file it is, which its name does not tell. */
  notePlace(name: string, place: Place): void
  /** Notes a version that was read; what others see later is measured against what was seen first. */
  noteRead(name: string, version: string | undefined): void
  /** Notes a version that is about to be written, so that it is not announced as another's. */
  noteWrite(name: string, version: string | undefined): void
  subscribe(namespace: string, changed: Changed): void
  /** Tells all that subscribed to the namespace but the writer. */
  announce(place: Place, writer?: ReadonlySet<Changed>): void
  /** Compares a file, or all, with what was seen, and announces what differs. */
  follow(folder: KeyFolder, name?: string): void
}

/** Knows nothing at first. */
export function createFolderChanges(): FolderChanges {
  const places = new Map<string, Place>()
  /** Undefined: the file was not there. */
  const seen = new Map<string, string | undefined>()
  const listeners = new Map<string, Set<Changed>>()
  const pending = new Set<string>()

  const announce: FolderChanges['announce'] = (place, writer) => {
    for (const changed of listeners.get(place.namespace) ?? []) if (!writer?.has(changed)) changed(place.partition)
  }

  const compare = async ({ path, key }: KeyFolder, name: string): Promise<void> => {
    const file = await readIfThere(join(path, name))
    const version = file && versionOf(file)
    if (seen.has(name) && seen.get(name) === version) return
    seen.set(name, version)
    const place = places.get(name) ?? parsePlace(file && unseal(file, key)?.partition)
    if (place) announce(place)
  }

  const compareAll = async (folder: KeyFolder): Promise<void> => {
    for (const name of new Set([...(await listNames(folder.path)), ...seen.keys()]))
      if (name.endsWith(SEALED)) await compare(folder, name)
  }

  return {
    placeOf: (name) => places.get(name),
    notePlace: (name, place) => void places.set(name, place),
    noteRead: (name, version) => {
      if (!seen.has(name)) seen.set(name, version)
    },
    noteWrite: (name, version) => void seen.set(name, version),
    subscribe(namespace, changed) {
      listeners.set(namespace, (listeners.get(namespace) ?? new Set()).add(changed))
    },
    announce,
    follow(folder, name = '') {
      if (pending.has(name) || (name && !name.endsWith(SEALED))) return
      pending.add(name)
      // The system tells of one change several times.
      setImmediate(() => {
        pending.delete(name)
        // What can't be read now is read, and fails, when it is needed.
        void (name ? compare(folder, name) : compareAll(folder)).catch(() => undefined)
      })
    },
  }
}
