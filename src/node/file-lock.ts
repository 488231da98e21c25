import { randomUUID } from 'node:crypto'
import { readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { CacheError } from '../msal/core/errors.ts'
import { parseJsonObject, readInteger, readString } from '../msal/core/json.ts'

/** How long a lock is waited for, and when its holder counts as dead. */
export interface FileLockOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds to wait for the lock; 2 minutes unless given. */
  readonly timeoutMs?: number | undefined
  /** Milliseconds without a sign of life after which the holder counts as dead; 30 seconds unless given. */
  readonly staleMs?: number | undefined
}

const TIMEOUT = 120_000
const STALE = 30_000
const POLL = 20

/** Who holds a lock. */
interface Holder {
  /** Unlike that of any other holder, at any time. */
  readonly token: string
  readonly host: string
  readonly pid: number
}

/** What a lock file says. */
interface Lock extends Partial<Holder> {
  readonly token: string
  /** When its holder gave the last sign of life, in milliseconds since 1970. */
  readonly aliveAt: number
}

/** A lock that is waited for: since when it has been seen as it is, and when it was looked at last, in milliseconds. */
interface Sighting {
  readonly lock: Lock
  readonly since: number
  readonly lookedAt: number
}

/** Who has not looked for so long has slept, and the lock's holder with it. */
const NAP = 2000

/**
 * Runs alone among all processes that lock the same path. A lock whose holder died is taken over: at once where the
 * holder was a process of this machine, else when it has given no sign of life for a while.
 *
 * @param path - the lock file, in a folder that exists; it is there only while the lock is held
 * @throws {CacheError} the lock was not given on in time; trying again later may help
 * @throws the signal's reason when it is aborted while waiting
 */
export async function withFileLock<T>(path: string, run: () => Promise<T>, options: FileLockOptions = {}): Promise<T> {
  const holder: Holder = { token: randomUUID(), host: await identifyHost(), pid: process.pid }
  const staleMs = options.staleMs ?? STALE
  await acquire(path, holder, { ...options, staleMs })
  const signOfLife = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => undefined)
  }, staleMs / 3).unref()
  try {
    return await run()
  } finally {
    clearInterval(signOfLife)
    await removeLock(path, holder.token, staleMs)
  }
}

async function acquire(
  path: string,
  holder: Holder,
  { signal, staleMs, timeoutMs = TIMEOUT }: FileLockOptions & { readonly staleMs: number },
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  let seen: Sighting | undefined
  while (!(await createExclusively(path, JSON.stringify(holder)))) {
    seen = look(await readLock(path), seen)
    if (seen && isDead(seen, holder, staleMs)) await removeLock(path, seen.lock.token, staleMs)
    if (performance.now() > deadline) throw new CacheError('A lock file was held by another process for too long.')
    // Two that wait must not keep asking at the same moments.
    await delay(POLL + Math.random() * POLL, undefined, signal && { signal })
  }
}

/** Whether the file was made by this call. */
async function createExclusively(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    // Windows answers EPERM while another process is removing the file.
    if (hasCode(error, 'EEXIST') || (process.platform === 'win32' && hasCode(error, 'EPERM'))) return false
    throw error
  }
}

async function readLock(path: string): Promise<Lock | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
    const found = parseJsonObject(text) ?? {}
    const { token, host, pid } = {
      token: readString(found, 'token') ?? '',
      host: readString(found, 'host'),
      pid: readInteger(found, 'pid'),
    }
    // It is being written, or its writer died over it: then it has no token, and only its age counts.
    if (!/^[\w-]{1,64}$/.test(token) || host === undefined || pid === undefined)
      return { token: 'unknown', aliveAt: mtimeMs }
    return { token, host, pid, aliveAt: mtimeMs }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function look(lock: Lock | undefined, before: Sighting | undefined): Sighting | undefined {
  if (!lock) return undefined
  const now = performance.now()
  const isSame = before?.lock.token === lock.token && before.lock.aliveAt === lock.aliveAt
  return { lock, since: isSame && now - before.lookedAt < NAP ? before.since : now, lookedAt: now }
}

/**
 * After the machine has slept every lock looks old. So a holder that runs here is given the time to show a sign of life
 * when it wakes: else both would use the same refresh token, and a server may take the second use for theft.
 */
function isDead({ lock, since }: Sighting, { host }: Holder, staleMs: number): boolean {
  const isStale = Date.now() - lock.aliveAt > staleMs
  if (lock.host !== host || lock.pid === undefined) return isStale
  return !isRunning(lock.pid) || (isStale && performance.now() - since > staleMs / 2)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !hasCode(error, 'ESRCH')
  }
}

/**
 * Removes the lock with this token and no other. Whoever removes it first makes a file that is named by the token, so that
 * of two, one that is slow can't remove the lock that a third has made meanwhile.
 */
async function removeLock(path: string, token: string, staleMs: number): Promise<void> {
  const claim = `${path}.${token}`
  if (!(await createExclusively(claim, ''))) {
    const age = await stat(claim).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    )
    if (age > staleMs) await rm(claim, { force: true })
    return
  }
  try {
    if ((await readLock(path))?.token === token) await rm(path, { force: true })
  } finally {
    await rm(claim, { force: true })
  }
}

/** This machine, and of its containers the one whose process numbers are ours. */
async function identifyHost(): Promise<string> {
  const numbering = process.platform === 'linux' ? await readlink('/proc/self/ns/pid').catch(() => '') : ''
  return `${hostname()} ${numbering}`
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
