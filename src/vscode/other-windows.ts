import { describeForLog } from './failure.ts'
import type { Log } from './log-channel.ts'
import { withPermitted } from './policy.ts'
import type { ReadPolicy } from './policy-source.ts'
import type { SessionChanges } from './session-changes.ts'
import type { RecordChange, SessionRecords } from './session-records.ts'
import type { Session, SignInRecord } from './session.ts'

/** What of a provider follows other windows. */
export interface FollowerParts {
  readonly records: Pick<SessionRecords, 'all' | 'follow'>
  readonly readPolicy: ReadPolicy
  readonly log: Log
  readonly fire: (changes: SessionChanges) => void
  readonly onSignedIn: (isAnyone: boolean) => void
  readonly sessionsOf: (record: SignInRecord) => readonly Session[]
  /** @param rest - who is signed in still */
  readonly tellSignedOut: (record: SignInRecord, rest: readonly SignInRecord[]) => void
}

/** Who signs in or out in another window does so in this one, and its extensions are told. */
export function followOtherWindows(parts: FollowerParts): void {
  const { records, log } = parts

  const tell = async ({ kind, record }: RecordChange): Promise<void> => {
    switch (kind) {
      case 'removed':
        parts.tellSignedOut(record, await records.all())
        log.info('Signed out by another window')
        return
      case 'added': {
        const added = parts.sessionsOf(withPermitted(await parts.readPolicy(), record))
        if (added.length === 0) return
        parts.fire({ added, removed: [], changed: [] })
        parts.onSignedIn(true)
        log.info('Signed in by another window')
      }
    }
  }

  records.follow((change) => {
    tell(change).catch((error: unknown) => log.warn(`Another window's change was not told: ${describeForLog(error)}`))
  })
}
