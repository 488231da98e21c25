import { createHash } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CachePersistence, PersistedPartition } from '../msal/cache/cache-persistence.ts'
import { CacheError, ConfigurationError } from '../msal/core/errors.ts'
import { withFileLock } from './file-lock.ts'
import { readKeyStoreKey } from './key-store.ts'
import {
  createSealingKey,
  isUnderAnotherKey,
  KEY_LENGTH,
  readIfThere,
  replaceFile,
  seal,
  unseal,
  versionOf,
  type Content,
  type SealingKey,
} from './sealed-file.ts'

/** Where the files are, and what they are sealed with. */
export interface EncryptedFileOptions {
  /** It is made where it does not exist, for its owner alone. */
  readonly directory: string
  /** 32 secret bytes. Without it a key is made once and kept in the operating system's key store. */
  readonly key?: Uint8Array | undefined
}

const EXTENSION = '.cache'

/**
 * Keeps a token cache in files, one for each partition, each sealed with AES-256-GCM and replaced as a whole. Their names
 * are hashes; they belong to their owner alone (0600, the folder 0700). Several processes of one machine may share a folder.
 *
 * Reading throws a {@link CacheError} where a file was sealed under another key than the one given; trying again with the
 * right key helps. Where the key store has lost its key the files are lost too, and are set aside.
 */
export class EncryptedFilePersistence implements CachePersistence {
  readonly #directory: string
  readonly #givenKey: Uint8Array | undefined
  #opening: Promise<SealingKey> | undefined

  /** @throws {ConfigurationError} `directory` or `key` is none */
  constructor(options: EncryptedFileOptions) {
    const { directory, key } = (options as Partial<EncryptedFileOptions> | undefined) ?? {}
    if (typeof directory !== 'string' || !directory) throw new ConfigurationError('directory', 'a path is needed')
    if (key !== undefined && !(key instanceof Uint8Array && key.length === KEY_LENGTH))
      throw new ConfigurationError('key', '32 bytes are needed')
    this.#directory = directory
    this.#givenKey = key && Uint8Array.from(key)
  }

  async load(partition: string): Promise<PersistedPartition | undefined> {
    const key = await this.#open()
    const file = await readIfThere(this.#pathOf(partition))
    if (!file) return undefined
    const content = this.#unseal(file, key)
    const version = versionOf(file)
    if (content?.partition === partition) return { text: content.text, version }
    // Whoever reads this finds no cache in it, and sets it aside.
    return { text: `unreadable ${file.toString('base64')}`, version }
  }

  async store(
    partition: string,
    text: string | undefined,
    ifVersion: string | undefined,
  ): Promise<string | undefined | false> {
    const key = await this.#open()
    const path = this.#pathOf(partition)
    return withFileLock(`${path}.write`, async () => {
      const file = await readIfThere(path)
      if ((file && versionOf(file)) !== ifVersion) return false
      if (text === undefined) {
        await rm(path, { force: true })
        return undefined
      }
      const sealed = seal({ partition, text }, key)
      await replaceFile(path, sealed)
      return versionOf(sealed)
    })
  }

  async lock<T>(partition: string, run: () => Promise<T>): Promise<T> {
    await this.#open()
    return withFileLock(`${this.#pathOf(partition)}.lock`, run)
  }

  /** Opens every file, since their names tell nothing. */
  async list(): Promise<readonly string[]> {
    const key = await this.#open()
    const names = await readdir(this.#directory)
    const partitions: string[] = []
    for (const name of names.filter((found) => found.endsWith(EXTENSION))) {
      const file = await readIfThere(join(this.#directory, name))
      const content = file && this.#unseal(file, key)
      if (content) partitions.push(content.partition)
    }
    return partitions
  }

  #unseal(file: Buffer, key: SealingKey): Content | undefined {
    if (this.#givenKey && isUnderAnotherKey(file, key))
      throw new CacheError('A file of the token cache was sealed under another key.')
    return unseal(file, key)
  }

  #pathOf(partition: string): string {
    const hash = createHash('sha256').update(partition).digest('hex')
    return join(this.#directory, hash + EXTENSION)
  }

  #open(): Promise<SealingKey> {
    this.#opening ??= this.#readKey().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #readKey(): Promise<SealingKey> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    const bytes = this.#givenKey ?? (await readKeyStoreKey(this.#directory))
    return createSealingKey(bytes)
  }
}
