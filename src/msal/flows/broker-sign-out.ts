import { runWithin } from '../core/abort.ts'
import type { Account } from '../core/account.ts'
import type { ClientContext } from './client-context.ts'

/** Milliseconds. A broker that hangs must not hold up a sign-out, which has been done here by then. */
const LONGEST_MS = 10_000

/** Signs an account out at the broker too; what goes wrong there is noted and does not keep anybody signed in here. */
export async function signOutAtBroker(context: ClientContext, { localAccountId }: Account): Promise<void> {
  const { clientId, clock, logger } = context
  const correlationId = crypto.randomUUID()
  try {
    await runWithin(clock, { milliseconds: LONGEST_MS }, async (signal) => {
      const broker = await context.startBroker(context.address, { signal })
      const account = await broker?.runtime.readAccount({ clientId, localAccountId, correlationId }, signal)
      if (!broker || !account) return
      const failure = await broker.runtime.signOutSilently({ clientId, account, correlationId }, signal)
      if (failure)
        logger.debug(`The broker did not sign the account out (status ${failure.status}, tag ${failure.tag})`)
    })
  } catch (error) {
    logger.debug(`The broker did not sign the account out: ${error instanceof Error ? error.name : 'it failed'}`)
  }
}
