import type { Account, Clock, SilentOptions, TokenResult } from '../msal/index.ts'
import type { ClientConfiguration, ClientRegistry } from './client-registry.ts'
import { describeForLog, isDeadRefreshToken } from './failure.ts'
import type { FailureMemory } from './failure-memory.ts'
import type { Log } from './log-channel.ts'
import { endBrokerBy } from './sign-in-window.ts'
import { isBound } from './token-binding.ts'

/** What silent tokens are got with. */
export interface SilentTokenParts {
  readonly clients: ClientRegistry
  readonly failures: FailureMemory
  readonly clock: Clock
  readonly log: Log
  /** Told why there is none, where something failed. */
  readonly onFailure?: ((error: unknown) => void) | undefined
}

/** VS Code asks for one session after the other: a broker that does not answer must not hold up all of them. */
const BROKER_MS = 10_000
/** The same for one that has just failed to answer; what is cached needs less. */
const STUCK_BROKER_MS = 500

/** A token that an account can have without being asked; never one that only its holder could use, and no failure. */
export async function acquireSilently(
  { clients, failures, clock, log, onFailure }: SilentTokenParts,
  configuration: ClientConfiguration,
  options: SilentOptions & { readonly account: Account },
): Promise<TokenResult | undefined> {
  const { clientId, authority } = configuration
  const { account, scopes, claimsChallenge } = options
  const request = JSON.stringify([clientId, authority.url, account.homeAccountId, scopes, claimsChallenge])
  if (!options.forceRefresh && failures.isRefused(request)) return undefined
  try {
    const asking = clients.get(configuration).acquireTokenSilentWithError(options)
    const isOfBroker = configuration.usesBroker && (account.accountSource ?? 'broker') === 'broker'
    const deadline = failures.isBrokerStuck() ? STUCK_BROKER_MS : BROKER_MS
    const tokens = await (isOfBroker ? endBrokerBy(clock, deadline, asking) : asking)
    if (tokens && tokens.tokenSource !== 'cache') failures.noteRefresh({ clientId, ...account }, 'granted')
    if (tokens && !isBound(tokens)) return tokens
    log.info(tokens ? 'A token that is bound to a device is no session' : 'No token is cached for an account')
  } catch (error) {
    log.warn(`A silent request failed: ${describeForLog(error)}`)
    onFailure?.(error)
    if (isDeadRefreshToken(error)) failures.noteRefresh({ clientId, ...account }, 'refused')
    // A renewal that a person asked for says nothing about the cached token, which may still be good.
    if (options.forceRefresh) failures.note(error)
    else failures.noteSilent(request, error)
  }
  return undefined
}
