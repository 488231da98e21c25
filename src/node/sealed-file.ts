import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { CacheError } from '../msal/core/errors.ts'
import { parseJsonObject, readString } from '../msal/core/json.ts'

const MAGIC = Buffer.from('EAC1')
const KEY_ID_LENGTH = 8
const IV_LENGTH = 12
const TAG_LENGTH = 16
const IV_START = MAGIC.length + KEY_ID_LENGTH
const TAG_START = IV_START + IV_LENGTH
const TEXT_START = TAG_START + TAG_LENGTH

/** A virus scanner or an indexer may hold a file open for a moment on Windows. */
const RENAME_TRIES = 10

/** Bytes of a {@link SealingKey}. */
export const KEY_LENGTH = 32

/** What files are sealed with. */
export interface SealingKey {
  readonly bytes: Uint8Array
  /** Tells a file under another key from a damaged one; it tells nothing about the key. */
  readonly id: Buffer
}

/** A key of 32 secret bytes. */
export const createSealingKey = (bytes: Uint8Array): SealingKey => ({
  bytes,
  id: createHash('sha256').update('entra-auth key id').update(bytes).digest().subarray(0, KEY_ID_LENGTH),
})

/** What a file holds: its partition's name, which has no other place, and the text. */
export interface Content {
  readonly partition: string
  readonly text: string
}

/** Seals with AES-256-GCM, under random bytes that are new each time. */
export function seal(content: Content, key: SealingKey): Buffer {
  const iv = randomBytes(IV_LENGTH)
  const cipher = createCipheriv('aes-256-gcm', key.bytes, iv)
  const head = Buffer.concat([MAGIC, key.id, iv])
  cipher.setAAD(head)
  const text = Buffer.concat([cipher.update(JSON.stringify(content), 'utf8'), cipher.final()])
  return Buffer.concat([head, cipher.getAuthTag(), text])
}

/** Whether a file says that it was sealed under another key. */
export const isUnderAnotherKey = (file: Buffer, key: SealingKey): boolean =>
  isWhole(file) && !file.subarray(MAGIC.length, IV_START).equals(key.id)

const isWhole = (file: Buffer): boolean => file.length >= TEXT_START && file.subarray(0, MAGIC.length).equals(MAGIC)

/** Undefined where the file is damaged, or under another key. */
export function unseal(file: Buffer, key: SealingKey): Content | undefined {
  if (!isWhole(file) || isUnderAnotherKey(file, key)) return undefined
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
export const versionOf = (file: Buffer): string =>
  file.length < TEXT_START ? `damaged ${file.toString('hex')}` : file.subarray(IV_START, TEXT_START).toString('hex')

/** Undefined where there is no such file. @throws {CacheError} it can't be read */
export async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new CacheError('A file of the token cache could not be read.', { cause: error })
  }
}

/** The file has its old content or the new one, whenever the machine stops. @throws {CacheError} it can't be written */
export async function replaceFile(path: string, content: Buffer): Promise<void> {
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
    await rm(temporary, { force: true })
    throw new CacheError('A file of the token cache could not be written.', { cause: error })
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
