import type { CachedSignIn } from './account-tree.ts'
import type { ClientRegistry } from './client-registry.ts'
import { describeForLog } from './failure.ts'
import type { Log } from './log-channel.ts'
import type { SessionRecords } from './session-records.ts'
import { accountOf, configurationOf, type SignInRecord } from './session.ts'

/** What sign-ins are read from. */
export interface AccountReaderParts {
  readonly records: Pick<SessionRecords, 'all'>
  readonly clients: ClientRegistry
  readonly log: Log
}

/** Reads who is signed in and what is cached of it; no request is made. */
export async function readSignIns({ records, clients, log }: AccountReaderParts): Promise<readonly CachedSignIn[]> {
  const read = async (record: SignInRecord): Promise<CachedSignIn> => {
    try {
      return { record, cached: await clients.get(configurationOf(record)).describeCache(accountOf(record)) }
    } catch (error) {
      log.warn(`What is cached of an account could not be read: ${describeForLog(error)}`)
      return { record, cached: undefined }
    }
  }
  return Promise.all((await records.all()).map(read))
}
