import type { Account } from '../msal/index.ts'
import { withBroker, type BrokerRules } from './broker-rules.ts'
import type { ClientConfiguration, ClientRegistry } from './client-registry.ts'
import { permit, type Policy } from './policy.ts'
import type { ReadPolicy } from './policy-source.ts'
import { accountOf, configurationOf, type SignInRecord } from './session.ts'

/** What signing out at the broker works with. */
export interface BrokerSignOutParts {
  readonly clients: ClientRegistry
  readonly readPolicy: ReadPolicy
  readonly brokerRules: (policy: Policy) => BrokerRules
}

/**
 * Prepares an account's sign-out at the operating system's broker: who it is there is read now, for that goes with the
 * sign-out here.
 *
 * @returns signs it out there, within 10 seconds, and does nothing where the broker is not to be asked
 */
export async function prepareBrokerSignOut(
  parts: BrokerSignOutParts,
  record: SignInRecord,
): Promise<() => Promise<void>> {
  const configuration = await findPermitted(parts, record)
  if (!configuration?.usesBroker) return () => Promise.resolve()
  const client = parts.clients.get(configuration)
  const account = findAccount(await client.getAccounts(), record)
  return () => client.removeAccount({ account })
}

/** Undefined where the policy does not allow the account, so that nobody is to be asked about it. */
async function findPermitted(
  { readPolicy, brokerRules }: BrokerSignOutParts,
  record: SignInRecord,
): Promise<ClientConfiguration | undefined> {
  try {
    const policy = await readPolicy()
    return withBroker(permit(policy, configurationOf(record)), brokerRules(policy), record.username)
  } catch {
    return undefined
  }
}

/** The broker knows an account by another id than the record does. */
function findAccount(known: readonly Account[], record: SignInRecord): Account {
  const own = known.find(({ homeAccountId }) => homeAccountId === record.homeAccountId)
  return { ...accountOf(record), ...(own && { localAccountId: own.localAccountId }) }
}
