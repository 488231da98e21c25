import { l10n } from 'vscode'
import { describeEntry, isEntry, normalizeEntry, type AllowListName } from './allow-lists.ts'
import {
  authorityOfCloud,
  CLOUD_HOSTS,
  parseAuthority,
  type AuthorityAddress,
  type Cloud,
} from './authority-address.ts'
import { parseProfiles, type Profiles } from './profiles.ts'
import { isClientId, isTenant } from './scope-request.ts'
import { listOf, matching, oneOf, parseCapabilities, parseSwitch, showValue } from './setting-values.ts'
import { SIGN_IN_CHOICES, type SignInChoice } from './sign-in-methods.ts'

/** The section that all settings are in. */
export const SECTION = 'entraAuth'

/** The setting's name without `entraAuth.`. */
export type SettingName =
  | 'clientId'
  | 'tenant'
  | 'cloud'
  | 'authority'
  | 'instanceDiscovery'
  | 'signInMethod'
  | 'clientCapabilities'
  | 'profiles'
  | 'showInAccountsMenu'
  | 'brokerExcludedTenants'
  | AllowListName

/** A setting that holds something unusable. */
export interface SettingProblem {
  readonly setting: SettingName
  /** A sentence that names the setting, its value and what it should be. */
  readonly message: string
}

/** The settings as far as they are usable; what is not is in `problems`, and absent or the default here. */
export interface Settings {
  readonly clientId: string | undefined
  readonly tenant: string
  readonly cloud: Cloud
  readonly authority: AuthorityAddress | undefined
  /** Whether Microsoft's public cloud may be asked about a host that is not known. */
  readonly instanceDiscovery: boolean
  readonly signInMethod: SignInChoice
  /** What is told to Entra that this client can handle. */
  readonly clientCapabilities: readonly string[]
  readonly profiles: Profiles
  readonly showInAccountsMenu: boolean
  /** Tenant IDs and domain names, in lower case, whose sign-ins never go to the operating system's broker. */
  readonly brokerExcludedTenants: readonly string[]
  /** Tenant IDs, in lower case; empty for no limit, as the other two. */
  readonly allowedTenants: readonly string[]
  readonly allowedClientIds: readonly string[]
  readonly allowedMethods: readonly string[]
  readonly problems: readonly SettingProblem[]
}

/** Where settings are read from; values are whatever the person wrote. */
export interface SettingsSource {
  get(setting: SettingName): unknown
}

/** The part of VS Code's configuration that is needed to tell a person's own values from a workspace's. */
export interface Configuration {
  get(section: string): unknown
  inspect(section: string): { readonly globalValue?: unknown; readonly defaultValue?: unknown } | undefined
}

/** Reads settings as VS Code merges them, but in a workspace that is not trusted only the person's own. */
export function createSettingsSource(getConfiguration: () => Configuration, isTrusted: () => boolean): SettingsSource {
  return {
    get(setting) {
      const configuration = getConfiguration()
      if (isTrusted()) return configuration.get(setting)
      const values = configuration.inspect(setting)
      return values?.globalValue ?? values?.defaultValue
    },
  }
}

/** Values that take the place of settings while a simulator runs. */
export type SettingOverrides = Readonly<Partial<Record<SettingName, unknown>>>

/** Settings that some values may be put in the place of; nothing of that is written. */
export interface OverridableSource extends SettingsSource {
  override(values: SettingOverrides | undefined): void
}

/** Makes settings overridable. */
export function createOverridableSource(source: SettingsSource): OverridableSource {
  let overrides: SettingOverrides = {}
  return {
    get: (setting) => (Object.hasOwn(overrides, setting) ? overrides[setting] : source.get(setting)),
    override(values = {}) {
      overrides = values
    },
  }
}

const NO_PROFILES: Profiles = { usable: new Map(), problems: new Map() }

/** Parses all settings; never throws, an unusable value becomes a problem. */
export function readSettings(source: SettingsSource): Settings {
  const problems: SettingProblem[] = []
  const read = <T>(setting: SettingName, parse: (value: unknown) => T): T | undefined => {
    const value = source.get(setting)
    if (value === undefined || value === null || value === '') return undefined
    try {
      return parse(value)
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      const shown = showValue(value)
      problems.push({
        setting,
        message: l10n.t("The setting {0} can't be used: {1} is wrong, {2}.", `${SECTION}.${setting}`, shown, problem),
      })
      return undefined
    }
  }
  const profiles = read('profiles', parseProfiles) ?? NO_PROFILES
  for (const message of profiles.problems.values()) problems.push({ setting: 'profiles', message })
  const readList = (list: AllowListName) => read(list, (value) => entriesOf(list, value)) ?? []
  return {
    clientId: read('clientId', (value) =>
      matching(value, isClientId, l10n.t('it must be the ID of an app registration')),
    ),
    tenant:
      read('tenant', (value) => matching(value, isTenant, l10n.t('it must be a tenant ID or a domain name'))) ??
      'organizations',
    cloud: read('cloud', (value) => oneOf(value, Object.keys(CLOUD_HOSTS) as Cloud[])) ?? 'public',
    authority: read('authority', (value) => parseAuthority(matching(value, Boolean, l10n.t('it must be text')))),
    instanceDiscovery: read('instanceDiscovery', parseSwitch) ?? true,
    signInMethod: read('signInMethod', (value) => oneOf(value, SIGN_IN_CHOICES)) ?? 'auto',
    clientCapabilities: read('clientCapabilities', parseCapabilities) ?? ['CP1'],
    profiles,
    showInAccountsMenu: read('showInAccountsMenu', parseSwitch) ?? true,
    brokerExcludedTenants: read('brokerExcludedTenants', parseTenants) ?? [],
    allowedTenants: readList('allowedTenants'),
    allowedClientIds: readList('allowedClientIds'),
    allowedMethods: readList('allowedMethods'),
    problems,
  }
}

/** The authority that `authority`, or else `cloud` and `tenant`, name. */
export const configuredAuthority = (settings: Settings): AuthorityAddress =>
  settings.authority ?? authorityOfCloud(settings.cloud, settings.tenant)

const parseTenants = (value: unknown): readonly string[] =>
  listOf(value, isTenant, l10n.t('it must be a tenant ID or a domain name')).map((tenant) => tenant.toLowerCase())

const entriesOf = (list: AllowListName, value: unknown): readonly string[] =>
  listOf(value, (entry) => isEntry(list, entry), describeEntry(list)).map((entry) => normalizeEntry(list, entry))
