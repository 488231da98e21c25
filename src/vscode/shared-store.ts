import type { ListedPersistence, SecretProblem, Secrets } from './secret-storage-persistence.ts'

/** A place of one secret. */
export interface KeyStore {
  /** Undefined where nothing is kept. */
  read(): Promise<string | undefined>
  /** Resolves to whether the value is kept. */
  write(value: string): Promise<boolean>
}

/** Where the windows of a machine keep things together, and who keeps the key to them. */
export interface SharedStoreOptions {
  /** Path of a folder, which need not exist. */
  readonly directory: string
  readonly keyStore: KeyStore
  readonly onProblem: (problem: SecretProblem) => void
}

/** What the windows of a machine keep together; it tells each of them what others change. */
export interface SharedStore {
  open(this: void, ...namespace: readonly string[]): ListedPersistence
  dispose(this: void): void
}

const OF_PROFILE = /([\\/]User)[\\/]profiles[\\/][^\\/]+([\\/]globalStorage[\\/][^\\/]+)$/

/**
 * The storage folder that an extension has in all of VS Code's profiles: the default profile's. Secrets are common to
 * profiles, so that who signs in or out in one of them does so in all.
 *
 * @param globalStorage - path of `globalStorageUri`; one of another shape stays as it is
 */
export const commonToProfiles = (globalStorage: string): string => globalStorage.replace(OF_PROFILE, '$1$2')

const KEY = 'entra-auth.key'

/** Keeps the key in VS Code's secret storage, and reads it back before it relies on it. */
export const createKeyStore = (secrets: Secrets): KeyStore => ({
  read: async () => secrets.get(KEY),
  async write(value) {
    try {
      await secrets.store(KEY, value)
      return (await secrets.get(KEY)) === value
    } catch {
      return false
    }
  },
})
