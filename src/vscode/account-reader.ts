import type { CachedSignIn } from './account-tree.ts'
import type { ClientRegistry } from './client-registry.ts'
import { describeForLog } from './failure.ts'
import type { FailureMemory } from './failure-memory.ts'
import type { Log } from './log-channel.ts'
import type { SessionRecords } from './session-records.ts'
import { accountOf, configurationOf, type SignInRecord } from './session.ts'

/** What sign-ins are read from. */
export interface AccountReaderParts {
  readonly records: Pick<SessionRecords, 'all'>
  readonly clients: ClientRegistry
  readonly failures: Pick<FailureMemory, 'isRefreshRefused'>
  readonly log: Log
}

/** Reads who is signed in and what is cached of it; no request is made. */
export async function readSignIns(parts: AccountReaderParts): Promise<readonly CachedSignIn[]> {
  const read = async (record: SignInRecord): Promise<CachedSignIn> => ({
    record,
    cached: await readCache(parts, record),
    isRefreshRefused: parts.failures.isRefreshRefused(record),
  })
  return Promise.all((await parts.records.all()).map(read))
}

async function readCache({ clients, log }: AccountReaderParts, record: SignInRecord): Promise<CachedSignIn['cached']> {
  try {
    return await clients.get(configurationOf(record)).describeCache(accountOf(record))
  } catch (error) {
    log.warn(`What is cached of an account could not be read: ${describeForLog(error)}`)
    return undefined
  }
}
