import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { CachePersistence, PersistedPartition } from '../msal/cache/cache-persistence.ts'
import { CacheError, ConfigurationError } from '../msal/core/errors.ts'
import { parseJsonObject, readString } from '../msal/core/json.ts'
import { withFileLock } from './file-lock.ts'
import { readKeyStoreKey } from './key-store.ts'

/** Where the files are, and what they are sealed with. */
export interface EncryptedFileOptions {
  /** It is made where it does not exist, for its owner alone. */
  readonly directory: string
  /** 32 secret bytes. Without it a key is made once and kept in the operating system's key store. */
  readonly key?: Uint8Array | undefined
}

const EXTENSION = '.cache'
const MAGIC = Buffer.from('EAC1')
const KEY_ID_LENGTH = 8
const IV_LENGTH = 12
const TAG_LENGTH = 16
const IV_START = MAGIC.length + KEY_ID_LENGTH
const TAG_START = IV_START + IV_LENGTH
const TEXT_START = TAG_START + TAG_LENGTH

/** A virus scanner or an indexer may hold a file open for a moment on Windows. */
const RENAME_TRIES = 10

interface SealingKey {
  readonly bytes: Uint8Array
  /** Tells a file under another key from a damaged one. */
  readonly id: Buffer
  readonly isGiven: boolean
}

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
    if (key !== undefined && !(key instanceof Uint8Array && key.length === 32))
      throw new ConfigurationError('key', '32 bytes are needed')
    this.#directory = directory
    this.#givenKey = key && Uint8Array.from(key)
  }

  async load(partition: string): Promise<PersistedPartition | undefined> {
    const key = await this.#open()
    const file = await readIfThere(this.#pathOf(partition))
    if (!file) return undefined
    const content = unseal(file, key)
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
      const content = file && unseal(file, key)
      if (content) partitions.push(content.partition)
    }
    return partitions
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
    const id = createHash('sha256').update('entra-auth key id').update(bytes).digest().subarray(0, KEY_ID_LENGTH)
    return { bytes, id, isGiven: this.#givenKey !== undefined }
  }
}

interface Content {
  readonly partition: string
  readonly text: string
}

function seal(content: Content, key: SealingKey): Buffer {
  const iv = randomBytes(IV_LENGTH)
  const cipher = createCipheriv('aes-256-gcm', key.bytes, iv)
  const head = Buffer.concat([MAGIC, key.id, iv])
  cipher.setAAD(head)
  const text = Buffer.concat([cipher.update(JSON.stringify(content), 'utf8'), cipher.final()])
  return Buffer.concat([head, cipher.getAuthTag(), text])
}

/** Undefined where the file is damaged. */
function unseal(file: Buffer, key: SealingKey): Content | undefined {
  if (file.length < TEXT_START || !file.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  if (!file.subarray(MAGIC.length, IV_START).equals(key.id)) {
    if (key.isGiven) throw new CacheError('A file of the token cache was sealed under another key.')
    return undefined
  }
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, file.subarray(IV_START, TAG_START), {
    authTagLength: TAG_LENGTH,
  })
  decipher.setAAD(file.subarray(0, TAG_START))
  decipher.setAuthTag(file.subarray(TAG_START, TEXT_START))
  try {
    const content = parseJsonObject(
      decipher.update(file.subarray(TEXT_START), undefined, 'utf8') + decipher.final('utf8'),
    )
    const [partition, text] = content ? [readString(content, 'partition'), readString(content, 'text')] : []
    return partition === undefined || text === undefined ? undefined : { partition, text }
  } catch {
    return undefined
  }
}

/** Each sealing takes new random bytes, so that they tell one content from every other. */
const versionOf = (file: Buffer): string =>
  file.length < TEXT_START ? `damaged ${file.toString('hex')}` : file.subarray(IV_START, TEXT_START).toString('hex')

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new CacheError('A file of the token cache could not be read.', { cause: error })
  }
}

/** The file has its old content or the new one, whenever the machine stops. */
async function replaceFile(path: string, content: Buffer): Promise<void> {
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await renameOver(temporary, path)
  } catch (error) {
    throw new CacheError('A file of the token cache could not be written.', { cause: error })
  } finally {
    await rm(temporary, { force: true })
  }
}

async function renameOver(from: string, to: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await rename(from, to)
      return
    } catch (error) {
      if (process.platform !== 'win32' || tries === RENAME_TRIES) throw error
      await delay(tries * 20)
    }
  }
}
