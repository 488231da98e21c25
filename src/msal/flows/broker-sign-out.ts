import type { Account } from '../core/account.ts'
import type { ClientContext } from './client-context.ts'

/** Signs an account out at the broker too; what goes wrong there is noted and does not keep anybody signed in here. */
export async function signOutAtBroker(context: ClientContext, { localAccountId }: Account): Promise<void> {
  const { clientId, logger } = context
  const correlationId = crypto.randomUUID()
  try {
    const broker = await context.startBroker(context.address)
    const account = await broker?.runtime.readAccount({ clientId, localAccountId, correlationId })
    if (!broker || !account) return
    const failure = await broker.runtime.signOutSilently({ clientId, account, correlationId })
    if (failure) logger.debug(`The broker did not sign the account out (status ${failure.status}, tag ${failure.tag})`)
  } catch (error) {
    logger.debug(`The broker did not sign the account out: ${error instanceof Error ? error.name : 'it failed'}`)
  }
}
