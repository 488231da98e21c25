import { l10n } from 'vscode'
import {
  authorityOfCloud,
  CLOUD_HOSTS,
  parseAuthority,
  type AuthorityAddress,
  type Cloud,
} from './authority-address.ts'
import { isObject } from './encoding.ts'
import { parseRedirectUri, type RedirectUri } from './redirect-uri.ts'
import { isClientId, isProfileName, isTenant } from './scope-request.ts'
import { matching, oneOf, parseCapabilities, parseSwitch, showValue } from './setting-values.ts'
import { SIGN_IN_CHOICES, type SignInChoice } from './sign-in-methods.ts'

/** An app registration with its authority, which requests choose by `ENTRA_PROFILE:{name}`. */
export interface Profile {
  readonly clientId: string
  readonly authority: AuthorityAddress
  /** In place of the setting. */
  readonly instanceDiscovery?: boolean
  readonly redirectUri?: RedirectUri
  readonly clientCapabilities?: readonly string[]
  readonly signInMethod?: SignInChoice
}

/** The profiles that are usable, and why the others are not; by name. */
export interface Profiles {
  readonly usable: ReadonlyMap<string, Profile>
  /** A sentence that names the profile, its value and what it should be. */
  readonly problems: ReadonlyMap<string, string>
}

/**
 * Reads the setting `entraAuth.profiles`; one that is wrong leaves the others usable.
 *
 * @throws {Error} where it holds no profiles at all
 */
export function parseProfiles(value: unknown): Profiles {
  if (!isObject(value)) throw new Error(l10n.t('it must be an object with a profile under each name'))
  const usable = new Map<string, Profile>()
  const problems = new Map<string, string>()
  for (const [name, profile] of Object.entries(value)) {
    try {
      usable.set(name, parseProfile(name, profile))
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      problems.set(name, l10n.t("The profile {0} of entraAuth.profiles can't be used: {1}.", showValue(name), problem))
    }
  }
  return { usable, problems }
}

const MEMBERS: ReadonlySet<string> = new Set([
  'clientId',
  'authority',
  'cloud',
  'tenant',
  'instanceDiscovery',
  'redirectUri',
  'clientCapabilities',
  'signInMethod',
])

function parseProfile(name: string, profile: unknown): Profile {
  if (!isProfileName(name)) throw new Error(l10n.t('its name must be text without spaces'))
  if (!isObject(profile)) throw new Error(l10n.t('it must be an object'))
  // A misspelt tenant that is overlooked would send people to one that nobody chose.
  const strange = Object.keys(profile).find((member) => !MEMBERS.has(member))
  if (strange !== undefined)
    throw new Error(l10n.t('{0} is not known; the members are {1}', showValue(strange), [...MEMBERS].join(', ')))
  const read = <T>(member: string, parse: (value: unknown) => T): T | undefined => {
    const value = profile[member]
    if (value === undefined) return undefined
    try {
      return parse(value)
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      throw new Error(l10n.t('its {0} {1} is wrong, {2}', member, showValue(value), problem), { cause: error })
    }
  }
  const clientId = read('clientId', (value) =>
    matching(value, isClientId, l10n.t('it must be the ID of an app registration')),
  )
  if (clientId === undefined) throw new Error(l10n.t('it needs a clientId'))
  const authority = read('authority', (value) => parseAuthority(matching(value, Boolean, l10n.t('it must be text'))))
  const cloud = read('cloud', (value) => oneOf(value, Object.keys(CLOUD_HOSTS) as Cloud[]))
  const tenant = read('tenant', (value) => matching(value, isTenant, l10n.t('it must be a tenant ID or a domain name')))
  if (authority && (cloud ?? tenant) !== undefined)
    throw new Error(l10n.t('it names an authority, so it can have no cloud and no tenant'))
  const instanceDiscovery = read('instanceDiscovery', parseSwitch)
  const redirectUri = read('redirectUri', (value) =>
    parseRedirectUri(matching(value, Boolean, l10n.t('it must be text'))),
  )
  const clientCapabilities = read('clientCapabilities', parseCapabilities)
  const signInMethod = read('signInMethod', (value) => oneOf(value, SIGN_IN_CHOICES))
  return {
    clientId,
    authority: authority ?? authorityOfCloud(cloud ?? 'public', tenant ?? 'organizations'),
    ...(instanceDiscovery !== undefined && { instanceDiscovery }),
    ...(redirectUri && { redirectUri }),
    ...(clientCapabilities && { clientCapabilities }),
    ...(signInMethod && { signInMethod }),
  }
}
