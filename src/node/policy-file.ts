import { constants } from 'node:fs'
import type { Stats } from 'node:fs'
import { lstat, open, readlink } from 'node:fs/promises'
import { posix, win32 } from 'node:path'
import { findUntrustedWriter } from './security-descriptor.ts'
import { readSecurityDescriptor } from './windows-security.ts'

/** What was found where the policy is kept. */
export type PolicyFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'text'; readonly path: string; readonly text: string }
  | { readonly kind: 'refused'; readonly path: string; readonly problem: Problem }

interface Problem {
  readonly reason: 'writableByOthers' | 'unreadable' | 'notAFile' | 'tooLarge'
  /** Of the fault, which may be a folder above the file. */
  readonly path: string
}

/** How files are judged on this kind of system. */
export interface PolicySystem {
  readonly platform: NodeJS.Platform
  /** User ids that administrators' files belong to. */
  readonly administrators: readonly number[]
  /** Group ids whose members are administrators; none on Linux, where a group of root's may hold anyone. */
  readonly administratorGroups: readonly number[]
}

/** The system that this process runs on. */
export const thisSystem: PolicySystem = {
  platform: process.platform,
  administrators: [0],
  administratorGroups: process.platform === 'darwin' ? [0, 80] : [],
}

const STICKY = 0o1000
const MAX_BYTES = 65_536
const MAX_LINKS = 20

/**
 * Where administrators keep the policy, by platform. On Windows the default drive counts too: whoever starts a program
 * can give it another `ProgramData`, and would have no policy then.
 */
export function listPolicyPaths(platform: NodeJS.Platform, programData: string | undefined): readonly string[] {
  if (platform === 'darwin') return ['/Library/Application Support/entra-auth/policy.json']
  if (platform !== 'win32') return ['/etc/entra-auth/policy.json']
  const folders = [programData ?? '', 'C:\\ProgramData'].filter((folder) => win32.isAbsolute(folder))
  return [...new Set(folders)].map((folder) => win32.join(folder, 'entra-auth', 'policy.json'))
}

/** Reads the first policy that there is. */
export async function readPolicyFile(paths: readonly string[], system = thisSystem): Promise<PolicyFile> {
  for (const path of paths) {
    const file = await readOne(path, system)
    if (file.kind !== 'absent') return file
  }
  return { kind: 'absent' }
}

/** A file that exists counts, or is refused; it is never skipped, whatever is wrong with it. */
async function readOne(path: string, system: PolicySystem): Promise<PolicyFile> {
  try {
    const file = system.platform === 'win32' ? await trustOnWindows(path) : await trustOnPosix(path, system)
    return { kind: 'text', path, text: await readText(file) }
  } catch (error) {
    if (error instanceof Distrust) return { kind: 'refused', path, problem: error.problem }
    if (isAbsent(error)) return { kind: 'absent' }
    return { kind: 'refused', path, problem: { reason: 'unreadable', path } }
  }
}

class Distrust extends Error {
  readonly problem: Problem

  constructor(reason: Problem['reason'], path: string) {
    super(reason)
    this.problem = { reason, path }
  }
}

const isAbsent = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/**
 * Walks from the root to the file, links included, and checks that each step is an administrator's alone: then nobody
 * else can put another file there, neither now nor between the check and the reading.
 */
async function trustOnPosix(path: string, system: PolicySystem): Promise<string> {
  const faults: string[] = []
  const check = (entry: string, stats: Stats) => {
    if (!isAdministrators(stats, system)) faults.push(entry)
  }
  let current = '/'
  let links = 0
  let isLinked = false
  check(current, await lstat(current))
  const steps = path.split('/').filter(Boolean)
  for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
    const next = posix.join(current, step)
    const stats = await lstat(next).catch((error: unknown) => {
      // A link that somebody put there stands for a policy, even where its target is away for now.
      throw isLinked && isAbsent(error) ? new Distrust('unreadable', path) : error
    })
    check(next, stats)
    if (!stats.isSymbolicLink()) {
      current = next
      continue
    }
    if (++links > MAX_LINKS) throw new Distrust('unreadable', path)
    isLinked ||= steps.length === 0
    const target = await readlink(next)
    steps.unshift(...target.split('/').filter(Boolean))
    if (target.startsWith('/')) current = '/'
  }
  // Only now: where there is no file at all, it does not matter who could write one.
  const [fault] = faults
  if (fault !== undefined) throw new Distrust('writableByOthers', fault)
  return current
}

/** In a folder with the sticky bit nobody can replace what belongs to somebody else. */
function isAdministrators(stats: Stats, { administrators, administratorGroups }: PolicySystem): boolean {
  if (!administrators.includes(stats.uid)) return false
  if (stats.isSymbolicLink()) return true
  if (stats.isDirectory() && stats.mode & STICKY) return true
  const isGroups = Boolean(stats.mode & constants.S_IWGRP) && !administratorGroups.includes(stats.gid)
  return !isGroups && !(stats.mode & constants.S_IWOTH)
}

/** Links are not followed here: each would need its own look at the security of its way. */
async function trustOnWindows(path: string): Promise<string> {
  for (const entry of [win32.dirname(path), path]) {
    const stats = await lstat(entry)
    if (stats.isSymbolicLink()) throw new Distrust('writableByOthers', entry)
  }
  for (const entry of [win32.dirname(path), path])
    if (findUntrustedWriter(await readSecurityDescriptor(entry)) !== undefined)
      throw new Distrust('writableByOthers', entry)
  return path
}

async function readText(path: string): Promise<string> {
  // Windows has no such flag, where it counts as none.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw new Distrust('notAFile', path)
    if (stats.size > MAX_BYTES) throw new Distrust('tooLarge', path)
    return new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile())
  } finally {
    await file.close()
  }
}
