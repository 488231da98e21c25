import { l10n } from 'vscode'
import { replaceTenant, type AuthorityAddress } from './authority-address.ts'
import type { Profile } from './profiles.ts'
import type { PublicClient } from './public-client.ts'
import type { RedirectUri } from './redirect-uri.ts'
import type { ScopeRequest } from './scope-request.ts'
import { configuredAuthority, type SettingName, type Settings } from './settings.ts'
import type { SignInChoice } from './sign-in-methods.ts'

/** Which app registration asks which authority. */
export interface ClientConfiguration {
  readonly clientId: string
  readonly authority: AuthorityAddress
  /** That nobody but the authority is asked about it. */
  readonly instanceDiscovery?: false
  /** As the app is registered; without it, each method's own. */
  readonly redirectUri?: RedirectUri
  /** What the client can handle, as `CP1`. */
  readonly clientCapabilities?: readonly string[]
  /** How to sign in, in place of the setting. */
  readonly signInMethod?: SignInChoice
  /** Whether a person chose the tenant, for the request left it open. */
  readonly isTenantChosen?: true
  /** Whether its tokens may come from the operating system's broker. */
  readonly usesBroker?: true
}

/** A request can't be served as things are configured; `setting` is what to change, where it is a setting. */
export class ClientConfigurationError extends Error {
  override name = 'ClientConfigurationError'
  readonly setting?: SettingName

  constructor(message: string, setting?: SettingName) {
    super(message)
    if (setting) this.setting = setting
  }
}

/** No app registration is configured, and the request names none. */
export class NoClientIdError extends ClientConfigurationError {
  override name = 'NoClientIdError'
}

/**
 * Chooses the client and authority of a request: the profile that it names, else what else it names, else the settings.
 * A wrong setting is never replaced by a default here, that could send people to a server nobody chose.
 *
 * @throws {ClientConfigurationError} naming what to correct
 */
export function resolveClient(request: ScopeRequest, settings: Settings): ClientConfiguration {
  const { profile, tenant } = request
  const { clientCapabilities } = settings
  const found = profile === undefined ? configureDefault(request, settings) : findProfile(profile, settings)
  const { instanceDiscovery = readInstanceDiscovery(settings), ...chosen } = found
  const configuration = {
    clientCapabilities,
    ...chosen,
    ...(!instanceDiscovery && { instanceDiscovery: false as const }),
  }
  return tenant === undefined ? configuration : { ...configuration, authority: chooseTenant(configuration, tenant) }
}

function readInstanceDiscovery({ instanceDiscovery, problems }: Settings): boolean {
  const problem = problems.find(({ setting }) => setting === 'instanceDiscovery')
  if (problem) throw new ClientConfigurationError(problem.message, problem.setting)
  return instanceDiscovery
}

function findProfile(name: string, { profiles, problems }: Settings): Profile {
  const profile = profiles.usable.get(name)
  if (profile) return profile
  const problem = profiles.problems.get(name) ?? problems.find(({ setting }) => setting === 'profiles')?.message
  throw new ClientConfigurationError(
    problem ?? l10n.t('No profile {0} is configured.', JSON.stringify(name)),
    'profiles',
  )
}

function configureDefault(request: ScopeRequest, settings: Settings): Profile {
  const used: SettingName[] = ['authority']
  if (!settings.authority) used.push('cloud')
  if (!settings.authority && !request.tenant) used.push('tenant')
  if (!request.clientId) used.push('clientId')
  const problem = settings.problems.find(({ setting }) => used.includes(setting))
  if (problem) throw new ClientConfigurationError(problem.message, problem.setting)
  const clientId = request.clientId ?? settings.clientId
  if (!clientId) throw explainNoClient(settings)
  return { clientId, authority: configuredAuthority(settings) }
}

const MAX_NAMED = 5

/** Where there are profiles, people have app registrations, and only this request has none. */
function explainNoClient({ profiles }: Settings): ClientConfigurationError {
  const names = [...profiles.usable.keys()].map((name) => `ENTRA_PROFILE:${name}`)
  if (names.length === 0)
    return new NoClientIdError(
      l10n.t('Entra Auth needs the client ID of an app registration before anyone can sign in.'),
      'clientId',
    )
  const shown = names.length > MAX_NAMED ? [...names.slice(0, MAX_NAMED), '…'] : names
  return new ClientConfigurationError(
    l10n.t(
      'This request names no profile, and there is no default client. The extension can ask with {0}; or set entraAuth.clientId.',
      shown.join(', '),
    ),
    'clientId',
  )
}

function chooseTenant({ authority }: ClientConfiguration, tenant: string): AuthorityAddress {
  const replaced = replaceTenant(authority, tenant)
  if (replaced) return replaced
  throw new ClientConfigurationError(
    l10n.t("{0} has no tenants to choose among, so VSCODE_TENANT can't be used with it.", authority.host),
    'authority',
  )
}

/** What the server is asked for: Entra gives no token for OpenID scopes alone, so there it is `User.Read` besides. */
export function scopesToRequest(request: ScopeRequest, { authority }: ClientConfiguration): readonly string[] {
  if (!request.isOpenIdOnly || authority.kind !== 'entra') return request.resourceScopes
  return [...request.resourceScopes, 'User.Read'].sort()
}

/** One application per client, authority, instance discovery and capabilities, and one more of each that may use the broker. */
export interface ClientRegistry {
  get(configuration: ClientConfiguration): PublicClient
  /**
   * Makes the client's other applications anew when they are needed again: each remembers for a while which accounts
   * there are, and would not see at once who signed in or out at this one.
   */
  renewOthers(configuration: ClientConfiguration): void
}

/**
 * @param createApplication - does no I/O
 * @param options - `hearsOfChanges`: applications are told what others change, so that none has to be made anew
 */
export function createClientRegistry(
  createApplication: (configuration: ClientConfiguration) => PublicClient,
  { hearsOfChanges = false }: { readonly hearsOfChanges?: boolean } = {},
): ClientRegistry {
  const applications = new Map<string, Map<string, PublicClient>>()
  const keyOf = ({ authority, instanceDiscovery, clientCapabilities = [], usesBroker }: ClientConfiguration) =>
    JSON.stringify([
      authority.kind,
      authority.url.toLowerCase(),
      instanceDiscovery !== false,
      clientCapabilities,
      usesBroker === true,
    ])
  const ofClient = ({ clientId }: ClientConfiguration) => {
    const known = applications.get(clientId) ?? new Map<string, PublicClient>()
    applications.set(clientId, known)
    return known
  }
  return {
    get(configuration) {
      const siblings = ofClient(configuration)
      const application = siblings.get(keyOf(configuration)) ?? createApplication(configuration)
      siblings.set(keyOf(configuration), application)
      return application
    },
    renewOthers(configuration) {
      if (hearsOfChanges) return
      const siblings = ofClient(configuration)
      for (const key of [...siblings.keys()]) if (key !== keyOf(configuration)) siblings.delete(key)
    },
  }
}
