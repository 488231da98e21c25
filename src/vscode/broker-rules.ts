import type { Clock } from '../msal/index.ts'
import { isExternalId, isOpenTenant } from './authority-address.ts'
import type { BrokerMemory } from './broker-memory.ts'
import type { ClientConfiguration } from './client-registry.ts'
import type { Policy } from './policy.ts'
import type { Settings } from './settings.ts'
import type { BrokerState } from './sign-in-methods.ts'
import { endBrokerBy } from './sign-in-window.ts'

/** What decides about the operating system's broker. */
export interface BrokerRules {
  readonly policy: Policy
  readonly settings: Pick<Settings, 'brokerExcludedTenants' | 'problems'>
  /** Whether the person sits at the machine that this code runs on, so that its broker is theirs. */
  readonly isAtHand: boolean
}

/**
 * Whether tokens of a client may come from the broker, silently too: of Entra alone, for no broker knows customers, and not
 * of a tenant that is excluded, nor where nobody but the authority may be asked.
 *
 * @param username - of the account that is meant: where the tenant is left open, it signs in at its own, which its domain
 * names
 */
export function mayUseBroker(
  { authority, instanceDiscovery }: ClientConfiguration,
  { policy, settings, isAtHand }: BrokerRules,
  username = '',
): boolean {
  const isAllowed = policy.methods?.values.includes('broker') ?? true
  // Which tenants a list that is wrong was to hold, nobody knows.
  const isKnown = !settings.problems.some(({ setting }) => setting === 'brokerExcludedTenants')
  const isServed = authority.kind === 'entra' && !authority.isLoopback && !isExternalId(authority.host)
  // Whom a broker asks is its own affair.
  const mayAskOthers = instanceDiscovery !== false
  const [, domain] = isOpenTenant(authority) ? username.split('@') : []
  const isExcluded = [authority.tenant, domain].some(
    (tenant) => tenant !== undefined && settings.brokerExcludedTenants.includes(tenant.toLowerCase()),
  )
  return isAtHand && isAllowed && isKnown && isServed && mayAskOthers && !isExcluded
}

/** The same client, to get its tokens from the broker where that is allowed. */
export function withBroker(
  configuration: ClientConfiguration,
  rules: BrokerRules,
  username?: string,
): ClientConfiguration {
  const { usesBroker: _usesBroker, ...plain } = configuration
  return mayUseBroker(configuration, rules, username) ? { ...plain, usesBroker: true } : plain
}

/** Where a broker is looked for. */
export interface BrokerSearch {
  hasBroker(this: void): Promise<boolean>
  readonly clock: Clock
  readonly memory: Pick<BrokerMemory, 'isAvoided'>
}

/** A person waits for the first notification meanwhile. */
const START_MS = 3_000

/** Whether the broker can be started in a moment, and whether it failed before. */
export async function findBroker(clientId: string, { hasBroker, clock, memory }: BrokerSearch): Promise<BrokerState> {
  const isThere = await endBrokerBy(clock, START_MS, hasBroker()).catch(() => false)
  if (!isThere) return 'none'
  return memory.isAvoided(clientId) ? 'avoided' : 'ready'
}
