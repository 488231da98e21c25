import { createHash, randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { CacheError } from '../msal/core/errors.ts'
import { withFileLock } from './file-lock.ts'

const SERVICE = 'entra-auth'
const KEY_LENGTH = 32

/** One secret of the operating system's key store; what `@napi-rs/keyring`'s `AsyncEntry` is. */
export interface KeyStoreEntry {
  getPassword(): Promise<string | null | undefined>
  setPassword(password: string): Promise<unknown>
}

/** Opens an entry of the key store. */
export type OpenKeyStore = (service: string, account: string) => Promise<KeyStoreEntry>

/**
 * The key of a folder, from the operating system's key store; made and kept there at the first call.
 *
 * @returns 32 bytes
 * @throws {CacheError} there is no key store, or it does not keep what it is given
 */
export async function readKeyStoreKey(directory: string, open: OpenKeyStore = openKeyring): Promise<Uint8Array> {
  // Of two processes that start at once, one makes the key.
  return withFileLock(join(directory, 'key.lock'), async () => {
    const account = createHash('sha256').update(resolve(directory)).digest('hex')
    try {
      const entry = await open(SERVICE, account)
      const kept = decodeKey(await entry.getPassword())
      if (kept) return kept
      const made = randomBytes(KEY_LENGTH)
      await entry.setPassword(made.toString('base64'))
      if (decodeKey(await (await open(SERVICE, account)).getPassword())?.equals(made)) return made
    } catch (error) {
      throw new CacheError('The key store of the operating system can not be used; give a key instead.', {
        cause: error,
      })
    }
    throw new CacheError('The key store of the operating system does not keep what it is given; give a key instead.')
  })
}

function decodeKey(text: string | null | undefined): Buffer | undefined {
  const key = Buffer.from(text ?? '', 'base64')
  return key.length === KEY_LENGTH ? key : undefined
}

/**
 * `@napi-rs/keyring` is loaded on first use, so that those who give a key need not have it. On Linux the Secret Service is
 * asked for: the kernel's keyring, which would serve in its place, forgets everything at a restart.
 */
async function openKeyring(service: string, account: string): Promise<KeyStoreEntry> {
  const { AsyncEntry } = await import('@napi-rs/keyring')
  return new AsyncEntry(service, account, { linux: { store: 'secret-service' } })
}
