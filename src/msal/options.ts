import type { AuthorityBuilder } from './authority/authority.ts'
import type { CachePersistence, PartitionNaming } from './cache/cache-persistence.ts'
import type { UnifiedCache } from './cache/token-cache.ts'
import { ConfigurationError } from './core/errors.ts'
import type { Fetch, Logger, TransportOptions } from './core/ports.ts'
import type { JsonObject } from './core/json.ts'
import type { HttpCache } from './http/http-cache.ts'
import type { ClientCredential } from './oauth/client-credential.ts'
import { PopAuthScheme } from './pop/pop-auth-scheme.ts'

/** Options of both applications; all but `clientId` may be left out. */
export interface ClientOptions extends TransportOptions {
  /** Application (client) ID of the app registration. */
  readonly clientId: string
  /** URL of the authority; default `https://login.microsoftonline.com/common`. */
  readonly authority?: string | AuthorityBuilder | undefined
  /** URL of any OpenID provider, in place of `authority`. */
  readonly oidcAuthority?: string | undefined
  /** Default true; `false` takes an unknown host as it is. */
  readonly validateAuthority?: boolean | undefined
  /** Default true; `false` makes no request to any host but the authority. */
  readonly instanceDiscovery?: boolean | undefined
  /** Where tokens are kept; default in memory. */
  readonly tokenCache?: UnifiedCache | undefined
  /** Keeps tokens beyond this process, in place of `tokenCache`. */
  readonly cachePersistence?: CachePersistence | undefined
  /** Names the entry that holds an account's tokens, or a tenant's for the application's own; default a hash. */
  readonly partition?: PartitionNaming | undefined
  /** Sends every request of the library. */
  readonly fetch?: Fetch | undefined
  /** Sent to Entra as `x-app-name`. */
  readonly appName?: string | undefined
  /** Sent to Entra as `x-app-ver`. */
  readonly appVersion?: string | undefined
  /** What the client can handle, as `['CP1']` for claims challenges. */
  readonly clientCapabilities?: readonly string[] | undefined
  /** Scopes that the library adds and the application does not want, as `['offline_access']`. */
  readonly excludeScopes?: readonly string[] | undefined
  /** Keeps metadata and refusals, no tokens; of a password sign-in also what its user name is told of. One per client unless given. */
  readonly httpCache?: HttpCache | undefined
  /** Default false: the ID token comes straight from the token endpoint. `true` checks its signature too. */
  readonly verifyIdTokens?: boolean | undefined
  /** Default false; `true` lets user names and account ids into the log, never tokens, codes, secrets or claims. */
  readonly enablePiiLog?: boolean | undefined
  /** Told what the client does; default nobody. */
  readonly logger?: Logger | undefined
}

/** Options of a public client: an application on a person's machine, which keeps no secret. */
export interface PublicClientOptions extends ClientOptions {
  /** Sign in by the broker of Windows 10 or later (redirect URI `ms-appx-web://Microsoft.AAD.BrokerPlugin/{clientId}`). */
  readonly enableBrokerOnWindows?: boolean | undefined
  /** Sign in by Company Portal on macOS (redirect URI `msauth.com.msauth.unsignedapp://auth`). */
  readonly enableBrokerOnMac?: boolean | undefined
  /**
   * Sign in by the broker of Linux, Intune's or Himmelblau's, or by that of Windows within WSL (redirect URI
   * `https://login.microsoftonline.com/common/oauth2/nativeclient`).
   */
  readonly enableBrokerOnLinux?: boolean | undefined
  /** Sign in by the broker of the Windows that WSL runs on (redirect URI as on Windows). */
  readonly enableBrokerOnWsl?: boolean | undefined
}

/** Options of a confidential client: a service that can keep a secret. */
export interface ConfidentialClientOptions extends ClientOptions {
  /** How the service proves its identity; text is a client secret. */
  readonly clientCredential?: ClientCredential | undefined
  /** Claims that an assertion signed by a certificate's key carries besides the default ones, or in their place. */
  readonly clientClaims?: JsonObject | undefined
  /** A region's name, `true` to detect it, `false` for none; without it `MSAL_FORCE_REGION` counts. */
  readonly azureRegion?: string | boolean | undefined
}

/** Refuses options of a wrong type. @throws {ConfigurationError} naming the option */
export function validateOptions(options: ClientOptions): void {
  expectObject(options)
  expectCamelCase(options)
  if (Reflect.get(options, 'clientSecret') != null)
    throw new ConfigurationError('clientSecret', 'a secret is given as clientCredential')
  if (typeof options.clientId !== 'string' || !options.clientId.trim())
    throw new ConfigurationError('clientId', 'the application (client) ID of an app registration is needed')
  expectType(options, 'boolean', BOOLEANS)
  expectType(options, 'string', ['oidcAuthority', 'appName', 'appVersion', 'proxy', 'ca'])
  expectType(options, 'function', ['fetch', 'partition'])
  expectType(options, 'object', ['tokenCache'])
  for (const [name, methods] of Object.entries(PORTS)) expectMethods(options, name, methods)
  expectStrings(options, 'clientCapabilities')
  expectStrings(options, 'excludeScopes')
  if (options.excludeScopes?.includes('openid'))
    throw new ConfigurationError('excludeScopes', 'openid is always needed')
  if (options.timeoutMs !== undefined && !(Number.isFinite(options.timeoutMs) && options.timeoutMs > 0))
    throw new ConfigurationError('timeoutMs', 'a positive number of milliseconds is needed')
  if (options.tokenCache && options.cachePersistence)
    throw new ConfigurationError('cachePersistence', 'give either tokenCache or cachePersistence, not both')
}

/** Options without those that are null, which count as absent: they are Python's `None`. */
export function withoutNulls<T>(options: T): T {
  if (!isObject(options) || !Object.values(options).includes(null)) return options
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null))
  return Object.assign(Object.create(Object.getPrototypeOf(options) as object | null) as T & object, given)
}

/** Refuses what only a confidential client can keep. @throws {ConfigurationError} */
export function refuseCredential(options: PublicClientOptions): void {
  if (isObject(options) && Reflect.get(options, 'clientCredential') !== undefined)
    throw new ConfigurationError('clientCredential', 'a public client keeps no secret; a confidential one does')
}

/** Refuses a method's options of a wrong type; null counts as absent. @throws {ConfigurationError} naming the option */
export function validateArguments(options: object): void {
  expectObject(options)
  expectCamelCase(options)
  const given = withoutNulls<Readonly<Record<string, unknown>>>({ ...options })
  expectType(given, 'string', TEXTS)
  expectType(given, 'function', ['openBrowser', 'onBeforeLaunchingUi'])
  expectMethods(given, 'signal', ['throwIfAborted'])
  for (const name of ['maxAge', 'timeout']) expectSeconds(name, given[name])
  if (given['authScheme'] !== undefined && !(given['authScheme'] instanceof PopAuthScheme))
    throw new ConfigurationError('authScheme', 'a PopAuthScheme is needed')
}

const TEXTS = [
  'authority',
  'assertion',
  'claimsChallenge',
  'code',
  'domainHint',
  'errorTemplate',
  'fmiPath',
  'forwardedClientClaims',
  'loginHint',
  'nonce',
  'password',
  'prompt',
  'redirectUri',
  'refreshToken',
  'resource',
  'responseMode',
  'responseType',
  'state',
  'successTemplate',
  'userAssertion',
  'userObjectId',
  'username',
] as const

/** Options that are called, and what has to be there. */
const PORTS = {
  cachePersistence: ['load', 'store', 'lock'],
  httpCache: ['get', 'set', 'delete', 'keys'],
  logger: ['trace', 'debug', 'info', 'warn', 'error'],
} as const

const BOOLEANS = [
  'validateAuthority',
  'instanceDiscovery',
  'verifyIdTokens',
  'enablePiiLog',
  'enableBrokerOnWindows',
  'enableBrokerOnMac',
  'enableBrokerOnLinux',
  'enableBrokerOnWsl',
] as const

function expectType(
  options: object,
  type: 'boolean' | 'string' | 'function' | 'object',
  names: readonly string[],
): void {
  for (const name of names) {
    const value: unknown = Reflect.get(options, name)
    if (value !== undefined && (typeof value !== type || value === null))
      throw new ConfigurationError(name, `${type === 'string' ? 'text' : `a value of type ${type}`} is needed`)
  }
}

function expectSeconds(name: string, value: unknown): void {
  if (value !== undefined && !(typeof value === 'number' && Number.isFinite(value) && value >= 0))
    throw new ConfigurationError(name, 'a number of seconds is needed')
}

function expectObject(options: unknown): void {
  if (!isObject(options)) throw new ConfigurationError('options', 'an object is needed')
}

/** Who comes from MSAL Python may write `client_id`; left unread, it would change what is asked for. */
function expectCamelCase(options: object): void {
  const name = Object.keys(options).find((key) => /[a-z0-9]_[a-z]/.test(key))
  if (name === undefined) return
  const ours = name.replace(/_+(.)/g, (_match, letter: string) => letter.toUpperCase())
  throw new ConfigurationError(name, `options are written in camelCase, as ${ours}`)
}

function expectMethods(options: object, name: string, methods: readonly string[]): void {
  const value: unknown = Reflect.get(options, name)
  if (value === undefined) return
  const has = (method: string) => isObject(value) && typeof Reflect.get(value, method) === 'function'
  if (!methods.every(has)) throw new ConfigurationError(name, `an object with ${methods.join(', ')} is needed`)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function expectStrings(options: ClientOptions, name: 'clientCapabilities' | 'excludeScopes'): void {
  const value: unknown = options[name]
  if (value !== undefined && !(Array.isArray(value) && value.every((item) => typeof item === 'string' && item)))
    throw new ConfigurationError(name, 'an array of strings is needed')
}
