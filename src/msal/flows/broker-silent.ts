import type { AuthorityAddress } from '../authority/authority.ts'
import type { JudgedTokens } from '../broker/broker-tokens.ts'
import type { EntryPlace } from '../cache/cache-schema.ts'
import type { Account } from '../core/account.ts'
import { BrokerError } from '../core/errors.ts'
import type { TokenResult } from '../core/token-result.ts'
import type { PopAuthScheme } from '../pop/pop-auth-scheme.ts'
import {
  openBroker,
  readBrokerAnswer,
  recordBrokerTokens,
  toBrokerRequest,
  type BrokerCall,
  type BrokerSession,
} from './broker.ts'
import type { ClientContext } from './client-context.ts'

/** What a silent request asks of a broker. */
export interface SilentBrokerRequest {
  readonly account: Account
  readonly address: AuthorityAddress
  readonly scopes: readonly string[]
  readonly claims: string | undefined
  readonly authScheme: PopAuthScheme | undefined
  /** The token in the cache that does not serve. */
  readonly accessTokenToRenew: string | undefined
  readonly extension: Readonly<Record<string, string>> | undefined
  /** Scopes whose cached tokens the new one takes the place of. */
  readonly replaces: readonly string[] | undefined
}

/**
 * A token of an account by the broker that established it; of an account whose origin nobody noted perhaps.
 *
 * @returns undefined where refresh tokens may serve
 * @throws {BrokerError} where the broker refused a token of an account of its own
 */
export async function acquireSilentlyByBroker(
  context: ClientContext,
  request: SilentBrokerRequest,
): Promise<TokenResult | undefined> {
  const { account, address, authScheme } = request
  const isBrokers = account.accountSource === 'broker'
  if (!isBrokers && account.accountSource !== undefined) return undefined
  const onlyWith = placeOf(context, account)
  const session = await openBroker(context, address, { authScheme })
  if (!session) return undefined
  const call = { ...request, correlationId: crypto.randomUUID() }
  try {
    const judged = await askForKnownAccount(context, session, { call, account })
    if (!judged) return undefined
    // A known account of the broker's is renewed; of any other it is to be noted that the broker serves it.
    const accountPolicy = isBrokers && onlyWith ? 'keep' : 'establish'
    const result = await recordBrokerTokens(context, session, { ...call, judged, onlyWith, accountPolicy })
    // Of an account that was signed out meanwhile nothing was kept, and nothing is given.
    return onlyWith && !context.store.cache.get(onlyWith) ? undefined : result
  } catch (error) {
    if (isBrokers || !(error instanceof BrokerError)) throw error
    context.logger.debug(`The broker has no token of ${context.describe(account)}; its refresh tokens are tried`)
    return undefined
  }
}

/** Asks for a token of an account without its help; undefined where the broker does not know it. */
export async function askForKnownAccount(
  context: ClientContext,
  session: BrokerSession,
  from: { readonly call: BrokerCall; readonly account: Account; readonly signal?: AbortSignal | undefined },
): Promise<JudgedTokens | undefined> {
  const { call, signal } = from
  const { runtime } = session
  const { homeAccountId, localAccountId } = from.account
  const { clientId } = context
  const account = await runtime.readAccount({ clientId, localAccountId, correlationId: call.correlationId }, signal)
  if (!account) return undefined
  const answer = await runtime.acquireTokenSilently({ ...toBrokerRequest(context, session, call), account }, signal)
  return readBrokerAnswer(context, answer, { ...call, homeAccountId })
}

/** Where the account is kept: what a broker brings for one that was signed out meanwhile must not bring it back. */
function placeOf({ store }: ClientContext, { homeAccountId, environment }: Account): EntryPlace | undefined {
  const found = store.cache.entriesOf({ homeAccountId, environment }).find(({ type }) => type === 'Account')
  return found && { type: found.type, key: found.key }
}
