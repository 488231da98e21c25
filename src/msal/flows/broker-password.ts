import type { TokenResult } from '../core/token-result.ts'
import {
  readBrokerAnswer,
  recordBrokerTokens,
  signInParameters,
  toBrokerRequest,
  type BrokerCall,
  type BrokerSession,
} from './broker.ts'
import type { ClientContext } from './client-context.ts'

/** A user name and a password for the broker. */
export interface BrokerPasswordCall extends BrokerCall {
  readonly username: string
  readonly password: string
  readonly signal?: AbortSignal | undefined
}

/**
 * Has the broker exchange a user name and a password for tokens.
 *
 * @throws {BrokerError} where it refused
 */
export async function acquirePasswordTokensByBroker(
  context: ClientContext,
  session: BrokerSession,
  call: BrokerPasswordCall,
): Promise<TokenResult> {
  const { username, password, signal, ...rest } = call
  const additional = {
    ...signInParameters(session),
    MSALRuntime_Username: username,
    MSALRuntime_Password: password,
  }
  const request = toBrokerRequest(context, session, { ...rest, additional })
  const judged = readBrokerAnswer(context, await session.runtime.signInSilently(request, signal), rest)
  return recordBrokerTokens(context, session, { ...rest, judged })
}
