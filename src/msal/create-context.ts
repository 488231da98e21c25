import { parseAuthority, type AuthorityOptions } from './authority/authority.ts'
import { chooseRegion, validateRegion, type RegionOption } from './authority/region.ts'
import { resolveAuthority, type Authority } from './authority/resolve-authority.ts'
import { createPartitionedStore } from './cache/partitioned-token-store.ts'
import { createMemoryStore } from './cache/token-store.ts'
import { UnifiedCache } from './cache/token-cache.ts'
import { ConfigurationError } from './core/errors.ts'
import type { Fetch, Logger, Platform } from './core/ports.ts'
import { createSingleFlight } from './core/single-flight.ts'
import type { AcceptClaims, ClientContext } from './flows/client-context.ts'
import { createBrokerStarter, type BrokerOptions } from './flows/start-broker.ts'
import { withClientHeaders } from './http/client-headers.ts'
import { withDiscoveryCache } from './http/discovery-cache.ts'
import { createHttpClient, type HttpClient } from './http/http-client.ts'
import { withLog } from './http/http-log.ts'
import { createResponseMemory, type ResponseMemory } from './http/http-cache.ts'
import { withGetThrottling, withThrottling } from './http/throttling.ts'
import type { ClientAuthentication } from './oauth/client-authentication.ts'
import { validateOptions, type ClientOptions } from './options.ts'

const SILENT_LOGGER: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** What differs between the kinds of client. */
export interface ClientTraits {
  readonly platform: Platform
  readonly authenticate: ClientAuthentication
  /** Seconds after a 429 or 5xx without `Retry-After`. */
  readonly defaultPauseSeconds: number
  /** The `client_id` of cache entries, where it is not the options'. */
  readonly cacheId?: string
  /** Default none at all: regions serve confidential clients only. */
  readonly azureRegion?: RegionOption | undefined
  /** What enables brokers; default none, for they serve public clients only. */
  readonly brokers?: BrokerOptions | undefined
  /** Default: all that the checks of ID tokens let through. */
  readonly acceptClaims?: AcceptClaims | undefined
}

/**
 * Makes the shared state of a client from its options; nothing is read or requested yet.
 *
 * @throws {ConfigurationError} naming the option that is wrong
 */
export function createContext(options: ClientOptions, traits: ClientTraits): ClientContext {
  validateOptions(options)
  const { platform } = traits
  const { clock } = platform
  const memory = createResponseMemory(options.httpCache ?? new Map<string, string>(), clock)
  const rules = authorityRules(options)
  const authorities = new Map<string, Promise<Authority>>()
  const logger = options.logger ?? SILENT_LOGGER
  const { azureRegion } = traits
  if (azureRegion !== undefined && typeof azureRegion !== 'boolean') validateRegion('azureRegion', azureRegion)
  const transport = (send: Fetch) => withLog(createHttpClient(send), { logger, clock })
  const http = createClientHttp(options, traits, { memory, transport })
  const localHttp = createLocalHttp(options, traits, { memory, transport })
  let region: Promise<string | undefined> | undefined
  return Object.freeze<ClientContext>({
    clientId: traits.cacheId ?? options.clientId,
    address: parseAuthority(options),
    http,
    localHttp,
    store: createStore(options, platform),
    authenticate: traits.authenticate,
    capabilities: options.clientCapabilities ?? [],
    excludeScopes: options.excludeScopes ?? [],
    verifiesIdTokens: options.verifyIdTokens === true,
    acceptClaims: traits.acceptClaims ?? (() => undefined),
    platform,
    clock,
    logger,
    describe: ({ username, homeAccountId }) =>
      options.enablePiiLog === true ? `${username} (${homeAccountId})` : 'an account',
    startBroker: createBrokerStarter(traits.brokers ?? {}, { platform, logger }),
    once: createSingleFlight(),
    answeredChallenges: new Map(),
    parseAuthority: (url) =>
      parseAuthority({ ...rules, ...(rules.isOpenId ? { oidcAuthority: url } : { authority: url }) }),
    chooseRegion: () => {
      if (region) return region
      const option = 'azureRegion' in traits ? traits.azureRegion : false
      const chosen = chooseRegion(option, { platform, logger, http: localHttp() })
      region = chosen
      chosen.catch(() => (region = undefined))
      return chosen
    },
    resolve: (address) => {
      const known = authorities.get(address.url)
      if (known) return known
      const found = resolveAuthority(http, address)
      authorities.set(address.url, found)
      found.catch(() => authorities.delete(address.url))
      return found
    },
  })
}

interface HttpParts {
  readonly memory: ResponseMemory
  readonly transport: (send: Fetch) => HttpClient
}

function createClientHttp(
  options: ClientOptions,
  { platform, defaultPauseSeconds }: ClientTraits,
  { memory, transport }: HttpParts,
): HttpClient {
  const direct = transport(options.fetch ?? platform.createFetch(options))
  const throttled = withThrottling(direct, memory, { clock: platform.clock, defaultSeconds: defaultPauseSeconds })
  return withDiscoveryCache(withClientHeaders(throttled, options), memory)
}

function createLocalHttp(
  options: ClientOptions,
  { platform, defaultPauseSeconds }: ClientTraits,
  { memory, transport }: HttpParts,
): ClientContext['localHttp'] {
  const throttling = { clock: platform.clock, defaultSeconds: defaultPauseSeconds }
  const clients = new Map<string, HttpClient>()
  return (pinnedThumbprint = '') => {
    const known = clients.get(pinnedThumbprint)
    if (known) return known
    const direct = transport(options.fetch ?? platform.createDirectFetch(pinnedThumbprint ? { pinnedThumbprint } : {}))
    const client = withGetThrottling(withThrottling(direct, memory, throttling), memory, throttling)
    clients.set(pinnedThumbprint, client)
    return client
  }
}

function createStore({ tokenCache, cachePersistence, partition, logger }: ClientOptions, { clock }: Platform) {
  if (cachePersistence)
    return createPartitionedStore({
      persistence: cachePersistence,
      ...(partition && { partition }),
      clock,
      logger: logger ?? SILENT_LOGGER,
    })
  if (tokenCache !== undefined && !(tokenCache instanceof UnifiedCache))
    throw new ConfigurationError('tokenCache', 'a TokenCache is needed')
  return createMemoryStore(tokenCache ?? new UnifiedCache(clock))
}

function authorityRules({ validateAuthority, instanceDiscovery, oidcAuthority }: ClientOptions) {
  const rules: AuthorityOptions = { validateAuthority, instanceDiscovery }
  return { ...rules, isOpenId: oidcAuthority !== undefined }
}
