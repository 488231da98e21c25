import type { CachePersistence } from '../msal/index.ts'
import { digestText, parseJson } from './encoding.ts'
import { createLock, type Lock } from './lock.ts'

/** The part of VS Code's `SecretStorage` that is used; `keys` exists from 1.105 on. */
export interface Secrets {
  get(key: string): PromiseLike<string | undefined>
  store(key: string, value: string): PromiseLike<void>
  delete(key: string): PromiseLike<void>
  keys?(): PromiseLike<string[]>
}

/** What can be wrong with the key store: it did not keep what was written, or an entry came back damaged. */
export type SecretProblem = 'not-kept' | 'damaged'

/** A persistence that can tell which entries there are. */
export type ListedPersistence = CachePersistence & Required<Pick<CachePersistence, 'list'>>

const PREFIX = 'entra-auth.'
const INDEX = `${PREFIX}index`
/** Where the library sets an entry aside whose checksum is wrong. */
const ASIDE = '.damaged'

/**
 * Keeps partitions in VS Code's secret storage, one secret each, named `entra-auth.{namespace}.{partition}`.
 * What the key store does not keep stays in memory until the window closes; it is never written in plain text.
 *
 * @param onProblem - told about each problem; everything else stays usable
 * @param lock - keeps windows apart, as far as the machine can
 * @returns the persistence of a namespace
 */
export function createSecretStoragePersistence(
  secrets: Secrets,
  onProblem: (problem: SecretProblem) => void,
  lock: Lock = createLock(),
) {
  const entries = createVerifiedSecrets(secrets, lock, () => onProblem('not-kept'))

  return (...namespace: readonly string[]): ListedPersistence => {
    // Without the escapes the names of one namespace could begin like those of another.
    const prefix = PREFIX + namespace.map((name) => `${name.replaceAll('.', '%2E')}.`).join('')
    const load = async (partition: string) => {
      const value = await entries.get(prefix + partition)
      return value === undefined ? undefined : decodeEntry(value)
    }
    return {
      load,
      store: (partition, text, ifVersion) =>
        // The comparison and the write are one step among all whom the lock keeps apart.
        lock(`write ${prefix}${partition}`, async () => {
          if ((await load(partition))?.version !== ifVersion) return false
          if (text !== undefined && partition.endsWith(ASIDE)) onProblem('damaged')
          const version = text === undefined ? undefined : crypto.randomUUID()
          await entries.set(prefix + partition, version && `${version}\n${text}`)
          return version
        }),
      lock: (partition, run) => lock(prefix + partition, run),
      list: async () =>
        (await entries.keys()).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)),
    }
  }
}

/** A damaged entry may lack its version; then its text stands for it. */
async function decodeEntry(value: string) {
  const end = value.indexOf('\n')
  if (end < 0) return { version: await digestText(value), text: value }
  return { version: value.slice(0, end), text: value.slice(end + 1) }
}

/** Secrets that are read back after they were written, and listed where VS Code can't. */
function createVerifiedSecrets(secrets: Secrets, lock: Lock, onNotKept: () => void) {
  const inMemory = new Map<string, string>()
  const readIndex = async () => parseKeys(await secrets.get(INDEX))
  /** Undefined where VS Code can't: before 1.105, and in a browser whose site keeps secrets without listing them. */
  const listKeys = async (): Promise<readonly string[] | undefined> => {
    try {
      return await secrets.keys?.()
    } catch {
      return undefined
    }
  }

  const keep = async (key: string, value: string): Promise<boolean> => {
    try {
      await secrets.store(key, value)
      return (await secrets.get(key)) === value
    } catch {
      return false
    }
  }

  const updateIndex = (key: string, isKept: boolean) =>
    lock(INDEX, async () => {
      const keys = await readIndex()
      if (keys.includes(key) === isKept) return
      const others = keys.filter((other) => other !== key)
      await keep(INDEX, JSON.stringify(isKept ? [...others, key] : others))
    })

  return {
    get: async (key: string): Promise<string | undefined> => inMemory.get(key) ?? (await secrets.get(key)),
    async set(key: string, value: string | undefined): Promise<void> {
      inMemory.delete(key)
      if (value === undefined) await secrets.delete(key)
      else if (!(await keep(key, value))) {
        inMemory.set(key, value)
        onNotKept()
      }
      if (!(await listKeys())) await updateIndex(key, value !== undefined)
    },
    keys: async (): Promise<readonly string[]> => [
      ...new Set([...((await listKeys()) ?? (await readIndex())), ...inMemory.keys()]),
    ],
  }
}

function parseKeys(value: string | undefined): readonly string[] {
  const keys = value === undefined ? undefined : parseJson(value)
  return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : []
}
