import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { withFileLock } from './file-lock.ts'
import { createSealingKey, KEY_LENGTH, type SealingKey } from './sealed-file.ts'

/** The place of one secret; this process may see an old copy of it. */
export interface FolderKeyStore {
  /** Undefined where nothing is kept. */
  read(): Promise<string | undefined>
  /** Resolves to whether the value is kept. */
  write(value: string): Promise<boolean>
}

/** A key, and the folder of what is sealed under it. */
export interface KeyFolder {
  readonly key: SealingKey
  readonly path: string
  /** Whether the key is there after this process, too. */
  readonly isKept: boolean
}

/** Finds and makes the key of a folder, and the folders of all its keys. */
export interface FolderKeys {
  /**
   * The key that is kept. Where nobody ever had one it is made: windows that open later then have it in their copies of
   * the key store, though nothing may be sealed yet.
   *
   * @returns undefined where others have a key that is not kept here, whose place a new one could take
   */
  find(): Promise<KeyFolder | undefined>
  /** The key that is kept, or a new one. */
  make(): Promise<KeyFolder>
  /** Paths of the folders of all keys. */
  listFolders(): Promise<readonly string[]>
}

/** The name of a key's folder. */
export const KEY_FOLDER = /^[0-9a-f]{16}$/

/** No refresh token outlives it unused, so that what is older and under a lost key helps nobody. */
const LEFT_MS = 90 * 86_400_000

/** Keeps the keys of a folder apart, each with a folder of its own in it; nothing is made before it is used. */
export function createFolderKeys(directory: string, keyStore: FolderKeyStore): FolderKeys {
  const listFolders = async (): Promise<readonly string[]> =>
    (await listNames(directory)).filter((name) => KEY_FOLDER.test(name)).map((name) => join(directory, name))

  const use = async (bytes: Uint8Array, isKept: boolean): Promise<KeyFolder> => {
    const key = createSealingKey(bytes)
    const path = join(directory, key.id.toString('hex'))
    await mkdir(path, { recursive: true, mode: 0o700 })
    return { key, path, isKept }
  }

  const readKept = async (): Promise<KeyFolder | undefined> => {
    const bytes = Buffer.from((await keyStore.read()) ?? '', 'base64')
    return bytes.length === KEY_LENGTH ? use(bytes, true) : undefined
  }

  /** Of several windows that find no key at the same time, one makes it. */
  const alone = async <T>(run: () => Promise<T>): Promise<T> => {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    return withFileLock(join(directory, 'key.lock'), run)
  }

  const make = async (): Promise<KeyFolder> => {
    const bytes = randomBytes(KEY_LENGTH)
    const isKept = await keyStore.write(bytes.toString('base64'))
    for (const folder of await listFolders()) await removeLeft(folder)
    return use(bytes, isKept)
  }

  return {
    async find() {
      const kept = await readKept()
      if (kept || (await listFolders()).length > 0) return kept
      return alone(async () => (await readKept()) ?? ((await listFolders()).length > 0 ? undefined : make()))
    },
    make: () => alone(async () => (await readKept()) ?? make()),
    listFolders,
  }
}

/** The names in a folder; none where it is not there. */
export async function listNames(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/** Removes what nobody has written for long. */
async function removeLeft(folder: string): Promise<void> {
  const isLeft = (path: string) =>
    stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs > LEFT_MS,
      () => false,
    )
  if (!(await isLeft(folder))) return
  for (const name of await listNames(folder))
    if (await isLeft(join(folder, name))) await rm(join(folder, name), { force: true })
  // It stays where something younger is in it.
  await rmdir(folder).catch(() => undefined)
}
