import { pickAccount } from './account-picker.ts'
import { describeAuthority, isOpenTenant, parseAuthority, replaceTenant } from './authority-address.ts'
import type { ClientConfiguration } from './client-registry.ts'
import { userNameIn, type GivenSession, type SignInRecord } from './session.ts'
import type { SignInHost } from './sign-in-attempt.ts'
import { pickTenant } from './tenant-picker.ts'

/** Where to sign in, and as whom. */
export interface SignInTarget {
  readonly configuration: ClientConfiguration
  /** User name of the account that is meant; without it the page asks. */
  readonly loginHint?: string
}

/** What a request says about who and where. */
export interface TargetRequest {
  readonly configuration: ClientConfiguration
  readonly asked: readonly string[]
  /** Whether an API has refused the token of somebody who is signed in. */
  readonly isChallenged: boolean
  readonly account?: { readonly id: string; readonly label: string } | undefined
}

/**
 * Asks a person which account and which tenant, as far as the request leaves it open: the tenant only of an account
 * that has used several, and only for scopes that it has no session for.
 *
 * @returns undefined where nothing was picked
 */
export async function chooseTarget(
  request: TargetRequest,
  records: readonly SignInRecord[],
  host: SignInHost,
): Promise<SignInTarget | undefined> {
  const { configuration, account } = request
  const { authority } = configuration
  const here = records.filter(({ environment }) => environment === authority.host)
  const choice = account
    ? { accountId: account.id, loginHint: records.find(isOf(account.id))?.username || userNameIn(account.label) }
    : await pickAccount(here, { ...host, target: describeAuthority(authority), isChallenged: request.isChallenged })
  if (!choice) return undefined
  const { accountId, ...hint } = choice
  const own = here.filter(isOf(accountId))
  const remembered = own.find(({ clientId }) => clientId === configuration.clientId)
  const latest = remembered && findSession(remembered, request.asked)
  if (!isOpenTenant(authority) || latest) return { configuration: withChosenTenant(configuration, latest), ...hint }
  const used = listTenants(own)
  if (used.length === 0) return { configuration, ...hint }
  const tenant = await pickTenant(used, { ...host, own: true })
  return tenant && { configuration: tenant === 'own' ? configuration : withTenant(configuration, tenant.name), ...hint }
}

/** The tenants that people signed in to by name, each once. */
export function listTenants(records: readonly SignInRecord[]): readonly string[] {
  const authorities = records.flatMap(({ sessions }) => sessions.map(({ authority }) => parseAuthority(authority)))
  const named = authorities.filter((authority) => authority.kind === 'entra' && !isOpenTenant(authority))
  return [...new Set(named.map(({ tenant }) => tenant.toLowerCase()))].filter(Boolean)
}

/** The tenant that the person chose when they were asked for these scopes, where the request leaves it open. */
export function applyChosenTenant(
  configuration: ClientConfiguration,
  record: SignInRecord | undefined,
  asked: readonly string[],
): ClientConfiguration {
  return isOpenTenant(configuration.authority) && record
    ? withChosenTenant(configuration, findSession(record, asked))
    : configuration
}

const isOf = (id: string | undefined) => (record: SignInRecord) => record.accountId === id

/** The latest session with these scopes, in any order. */
function findSession({ sessions }: SignInRecord, asked: readonly string[]): GivenSession | undefined {
  const wanted = [...asked].sort().join(' ')
  return sessions.find(({ scopes }) => [...scopes].sort().join(' ') === wanted)
}

const withChosenTenant = (
  configuration: ClientConfiguration,
  session: GivenSession | undefined,
): ClientConfiguration =>
  session?.isTenantChosen ? withTenant(configuration, parseAuthority(session.authority).tenant) : configuration

function withTenant(configuration: ClientConfiguration, tenant: string): ClientConfiguration {
  const authority = replaceTenant(configuration.authority, tenant)
  return authority ? { ...configuration, authority, isTenantChosen: true } : configuration
}
