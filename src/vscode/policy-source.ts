import type { Clock } from '../msal/index.ts'
import { combinePolicy, type Policy, type PolicyFile } from './policy.ts'
import type { Settings } from './settings.ts'

/** The policy in force now. @throws {PolicyError} where nobody may sign in */
export type ReadPolicy = () => Promise<Policy>

/** The policy, and the file that it was read from. */
export interface PolicySource {
  readonly read: ReadPolicy
  readonly readFile: () => Promise<PolicyFile>
}

/** Where the policy comes from. */
export interface PolicyParts {
  readonly readFile: () => Promise<PolicyFile>
  readonly readSettings: () => Settings
  readonly clock: Pick<Clock, 'now'>
}

/** A change of the file counts within a minute; until then it costs no call to the disk. */
const KEPT_MS = 60_000

/** Reads the policy's file once a minute at most, and the settings each time. */
export function createPolicySource({ readFile, readSettings, clock }: PolicyParts): PolicySource {
  let kept: { readonly file: Promise<PolicyFile>; readonly until: number } | undefined
  const readKept = (): Promise<PolicyFile> => {
    const now = clock.now()
    // A clock that was set back must not keep it for longer.
    if (!kept || now >= kept.until || now < kept.until - KEPT_MS) kept = { file: readFile(), until: now + KEPT_MS }
    return kept.file
  }
  return { read: async () => combinePolicy(await readKept(), readSettings()), readFile: readKept }
}
