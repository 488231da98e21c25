import type { CachedSignIn } from './account-tree.ts'
import { ClientConfigurationError, type ClientRegistry } from './client-registry.ts'
import { describeForLog } from './failure.ts'
import type { FailureMemory } from './failure-memory.ts'
import type { Log } from './log-channel.ts'
import type { Notifications } from './notifications.ts'
import { barOf, findBar } from './policy.ts'
import type { ReadPolicy } from './policy-source.ts'
import type { SessionRecords } from './session-records.ts'
import { accountOf, configurationOf, type SignInRecord } from './session.ts'

/** What sign-ins are read from. */
export interface AccountReaderParts {
  readonly records: Pick<SessionRecords, 'all'>
  readonly clients: ClientRegistry
  readonly failures: Pick<FailureMemory, 'isRefreshRefused'>
  readonly readPolicy: ReadPolicy
  readonly notifications: Pick<Notifications, 'policyProblem'>
  readonly log: Log
}

/** Reads who is signed in and what is cached of it; no request is made. */
export async function readSignIns(parts: AccountReaderParts): Promise<readonly CachedSignIn[]> {
  const findBarOf = await readBars(parts)
  const read = async (record: SignInRecord): Promise<CachedSignIn> => ({
    record,
    cached: await readCache(parts, record),
    isRefreshRefused: parts.failures.isRefreshRefused(record),
    bar: findBarOf(record),
  })
  return Promise.all((await parts.records.all()).map(read))
}

/** What the policy has against whom: everybody may be seen and signed out, also those who may not be used. */
async function readBars({ readPolicy, notifications }: AccountReaderParts) {
  try {
    const policy = await readPolicy()
    return (record: SignInRecord) => findBar(policy, record)
  } catch (error) {
    if (!(error instanceof ClientConfigurationError)) throw error
    notifications.policyProblem(error)
    return () => barOf(error)
  }
}

async function readCache({ clients, log }: AccountReaderParts, record: SignInRecord): Promise<CachedSignIn['cached']> {
  try {
    return await clients.get(configurationOf(record)).describeCache(accountOf(record))
  } catch (error) {
    log.warn(`What is cached of an account could not be read: ${describeForLog(error)}`)
    return undefined
  }
}
