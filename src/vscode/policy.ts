import { l10n } from 'vscode'
import { ALLOW_LISTS, describeEntry, isEntry, isTenantId, normalizeEntry, type AllowListName } from './allow-lists.ts'
import { isOpenTenant, replaceTenant, type AuthorityAddress } from './authority-address.ts'
import { ClientConfigurationError, type ClientConfiguration } from './client-registry.ts'
import { isObject, parseJson } from './encoding.ts'
import { findJsonFault, type JsonFault } from './json-fault.ts'
import { configurationOf, type SignInRecord } from './session.ts'
import { showValue } from './setting-values.ts'
import { SECTION, type SettingName, type Settings } from './settings.ts'
import type { SignInMethod } from './sign-in-methods.ts'

/** What was found where an administrator's policy is kept; `problem` is why it must not be trusted. */
export type PolicyFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'text'; readonly path: string; readonly text: string }
  | { readonly kind: 'refused'; readonly path: string; readonly problem: PolicyFileProblem }

/** `path` of the fault may be a folder above the file. */
export interface PolicyFileProblem {
  readonly reason: 'writableByOthers' | 'unreadable' | 'notAFile' | 'tooLarge'
  readonly path: string
}

/** Values that are allowed, and who says so: the policy file's path, a setting, or both. */
export interface AllowList {
  readonly values: readonly string[]
  readonly source: string
  /** The setting that can be changed where no file has a say. */
  readonly setting?: SettingName
}

/** What may be used; what is absent is not limited. */
export interface Policy {
  /** Ids in lower case. */
  readonly tenants?: AllowList
  /** In lower case. */
  readonly clientIds?: AllowList
  readonly methods?: AllowList
}

/** The policy of this computer, or a setting that narrows it, does not allow what was asked for. */
export class PolicyError extends ClientConfigurationError {
  override name = 'PolicyError'
}

/** Nobody can sign in, for the policy's file can't be used. */
export class PolicyFileError extends PolicyError {
  override name = 'PolicyFileError'
  readonly path: string

  constructor(path: string, message: string) {
    super(message)
    this.path = path
  }
}

const MEMBERS = {
  allowedTenants: 'tenants',
  allowedClientIds: 'clientIds',
  allowedMethods: 'methods',
} as const satisfies Record<AllowListName, keyof Policy>

/**
 * Reads the policy in force: the file's, narrowed by the settings.
 *
 * @throws {PolicyFileError} where the file is not an administrator's alone or not understood: then nobody signs in
 * @throws {ClientConfigurationError} where a setting that narrows it is wrong
 */
export function combinePolicy(file: PolicyFile, settings: Settings): Policy {
  const wrong = settings.problems.find(({ setting }) => ALLOW_LISTS.some((name) => name === setting))
  if (wrong) throw new ClientConfigurationError(wrong.message, wrong.setting)
  const lists = readPolicyFile(file)
  const entries = ALLOW_LISTS.flatMap((name) => {
    const fromFile = lists[name]
    const fromSetting = settings[name].length ? settings[name] : undefined
    const values = fromFile?.filter((value) => fromSetting?.includes(value) ?? true) ?? fromSetting
    if (!values) return []
    const setting = `${SECTION}.${name}`
    const path = file.kind === 'text' && fromFile ? file.path : undefined
    const source = path && fromSetting ? l10n.t('{0} and {1}', path, setting) : (path ?? setting)
    return [[MEMBERS[name], { values, source, ...(!path && { setting: name }) }] as const]
  })
  return Object.fromEntries(entries)
}

function readPolicyFile(file: PolicyFile): Readonly<Partial<Record<AllowListName, readonly string[]>>> {
  switch (file.kind) {
    case 'absent':
      return {}
    case 'refused':
      throw unusable(file.path, describeFileProblem(file.problem))
    case 'text':
      return parsePolicy(file.path, file.text)
  }
}

function parsePolicy(path: string, text: string): Readonly<Partial<Record<AllowListName, readonly string[]>>> {
  const json = text.replace(/^\uFEFF/, '')
  const members = parseJson(json)
  if (!isObject(members)) {
    const fault = findJsonFault(json)
    throw unusable(path, fault ? describeFault(fault) : l10n.t('it is no JSON object'))
  }
  const lists = Object.entries(members).map(([name, value]) => {
    const list = ALLOW_LISTS.find((known) => known === name)
    if (!list) throw unusable(path, l10n.t('the member {0} is not known', JSON.stringify(name)))
    const wrong = (place: string, found: unknown, problem: string) =>
      unusable(path, l10n.t('{0} {1} is wrong, {2}', place, showValue(found), problem))
    if (!Array.isArray(value) || value.length === 0)
      throw wrong(name, value, l10n.t('it must be a list that is not empty'))
    const values = value.map((entry: unknown, index) => {
      if (typeof entry === 'string' && isEntry(list, entry.trim())) return normalizeEntry(list, entry.trim())
      throw wrong(`${name}[${index}]`, entry, describeEntry(list))
    })
    return [list, values] as const
  })
  return Object.fromEntries(lists)
}

const unusable = (path: string, problem: string) =>
  new PolicyFileError(
    path,
    l10n.t(
      "Nobody can sign in: the policy {0} can't be used: {1}. Show this to whoever administers this computer.",
      path,
      problem,
    ),
  )

function describeFault(fault: JsonFault): string {
  switch (fault.kind) {
    case 'empty':
      return l10n.t('it is empty')
    case 'comment':
      return l10n.t('there is a comment in line {0}, and JSON has none', fault.line)
    case 'lastComma':
      return l10n.t('nothing follows the comma in line {0}', fault.line)
    case 'cutOff':
      return l10n.t('it ends in line {0}, where a bracket or a value is missing', fault.line)
    case 'unexpected':
      return l10n.t('{0} in line {1} is no JSON there', fault.found, fault.line)
  }
}

/** Why a file must not be trusted, as the end of a sentence. */
export function describeFileProblem({ reason, path }: PolicyFileProblem): string {
  switch (reason) {
    case 'writableByOthers':
      return l10n.t('others than administrators may change {0}', path)
    case 'unreadable':
      return l10n.t("{0} can't be read", path)
    case 'notAFile':
      return l10n.t('{0} is no file', path)
    case 'tooLarge':
      return l10n.t('{0} is too large', path)
  }
}

/**
 * Checks a client and its authority before any request; where a single tenant is allowed, `common` and its like become it.
 *
 * @throws {PolicyError} naming what is not allowed, and what to set
 */
export function permit(policy: Policy, configuration: ClientConfiguration): ClientConfiguration {
  const { clientId, authority } = configuration
  const { clientIds, tenants } = policy
  if (clientIds && !clientIds.values.includes(clientId.toLowerCase()))
    throw refused(clientIds, l10n.t('The client ID {0} is not allowed by {1}.', clientId, clientIds.source))
  return tenants ? { ...configuration, authority: permitAuthority(tenants, authority) } : configuration
}

/** Whether a session that was given out may be given out again as it is. */
function isPermitted(policy: Policy, configuration: ClientConfiguration): boolean {
  try {
    return permit(policy, configuration).authority.url === configuration.authority.url
  } catch {
    return false
  }
}

/** Sessions that the policy does not allow any more stay kept, and count for nothing. */
export const withPermitted = (policy: Policy, record: SignInRecord): SignInRecord => ({
  ...record,
  sessions: record.sessions.filter((given) => isPermitted(policy, configurationOf(record, given))),
})

/** Who keeps a sign-in from being used, and at which of its tenants: the policy's file, a setting, or both. */
export interface Bar {
  readonly source: string
  /** In lower case; absent where no tenant may be used. */
  readonly except?: readonly string[]
}

/** What a policy has against a sign-in; undefined where it has nothing. */
export function findBar(policy: Policy, record: SignInRecord): Bar | undefined {
  const { clientIds, tenants } = policy
  if (clientIds && !clientIds.values.includes(record.clientId.toLowerCase())) return { source: clientIds.source }
  if (!tenants) return undefined
  const { source, values } = tenants
  const isUsable = withPermitted(policy, record).sessions.length > 0 || isAtHome(record, values)
  return { source, ...(isUsable && { except: values }) }
}

/** A sign-in that left the tenant open may go on in the account's own, where that is allowed. */
const isAtHome = (record: SignInRecord, tenants: readonly string[]): boolean =>
  configurationOf(record).authority.kind === 'entra' &&
  tenants.some((tenant) => record.homeAccountId.toLowerCase().endsWith(`.${tenant}`))

/** The same where the policy can't be used, which leaves nobody to be signed in. */
export const barOf = (error: ClientConfigurationError): Bar => ({
  source: error instanceof PolicyFileError ? error.path : `${SECTION}.${error.setting ?? 'allowedTenants'}`,
})

function permitAuthority(tenants: AllowList, authority: AuthorityAddress): AuthorityAddress {
  const tenant = authority.tenant.toLowerCase()
  if (authority.kind !== 'entra')
    throw refused(tenants, l10n.t('{0} has no tenant that {1} allows.', authority.host, tenants.source))
  // External ID may name none in its address.
  if (isOpenTenant(authority) || tenant === '') {
    const [only, ...others] = tenants.values
    const replaced = only !== undefined && others.length === 0 ? replaceTenant(authority, only) : undefined
    if (replaced) return replaced
    throw new PolicyError(
      l10n.t(
        '{0} allows certain tenants only. Set entraAuth.tenant, the tenant in entraAuth.authority, or that of the profile, to one of them: {1}.',
        tenants.source,
        listShort(tenants.values),
      ),
      'tenant',
    )
  }
  if (!isTenantId(tenant))
    throw new PolicyError(
      l10n.t('{0} allows tenants by their ID: name it instead of {1}.', tenants.source, tenant),
      tenants.setting,
    )
  if (!tenants.values.includes(tenant)) throw tenantRefused(tenants, tenant)
  return authority
}

/**
 * Checks the tenant that a token was issued by, before anything is kept of it.
 *
 * @throws {PolicyError} where it is not allowed, or no tenant is named
 */
export function permitClaims({ tenants }: Policy, claims: Readonly<Record<string, unknown>> | undefined): void {
  if (!tenants) return
  const tenant = claims?.['tid']
  if (typeof tenant !== 'string' || !tenants.values.includes(tenant.toLowerCase()))
    throw tenantRefused(tenants, typeof tenant === 'string' && isTenantId(tenant) ? tenant : '?')
}

/**
 * The ways to sign in that are allowed, in their order.
 *
 * @throws {PolicyError} where none is
 */
export function permitMethods({ methods }: Policy, offered: readonly SignInMethod[]): readonly SignInMethod[] {
  if (!methods) return offered
  const allowed = offered.filter((method) => methods.values.includes(method))
  if (allowed.length) return allowed
  throw refused(
    methods,
    l10n.t('{0} allows none of the ways to sign in that there are here: {1}.', methods.source, offered.join(', ')),
  )
}

const tenantRefused = (tenants: AllowList, tenant: string) =>
  refused(tenants, l10n.t('The tenant {0} is not allowed by {1}.', tenant, tenants.source))

const refused = ({ setting }: AllowList, what: string) =>
  setting
    ? new PolicyError(l10n.t('{0} Use an allowed one, or change that setting.', what), setting)
    : new PolicyError(l10n.t('{0} Use an allowed one, or ask whoever administers this computer.', what))

const MAX_SHOWN = 3

const listShort = (values: readonly string[]): string =>
  values.length > MAX_SHOWN ? `${values.slice(0, MAX_SHOWN).join(', ')}…` : values.join(', ')
