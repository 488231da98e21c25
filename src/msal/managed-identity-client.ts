import { settle } from './client-application.ts'
import { ConfigurationError } from './core/errors.ts'
import type { Platform } from './core/ports.ts'
import type { TokenResult } from './core/token-result.ts'
import { createContext } from './create-context.ts'
import type { ClientContext } from './flows/client-context.ts'
import {
  acquireForManagedIdentity,
  MANAGED_IDENTITY_AUTHORITY,
  type ManagedIdentityTokenOptions,
} from './flows/managed-identity-token.ts'
import { cacheIdOf, parseManagedIdentity, type ManagedIdentityId } from './managed-identity/managed-identity-id.ts'
import { authenticateNone } from './oauth/client-authentication.ts'
import { withoutNulls, type ClientOptions } from './options.ts'

/** Options of a managed identity's client. */
export interface ManagedIdentityClientOptions extends Pick<
  ClientOptions,
  'fetch' | 'tokenCache' | 'httpCache' | 'clientCapabilities'
> {
  /** A `SystemAssignedManagedIdentity`, a `UserAssignedManagedIdentity` or the same as plain data. */
  readonly managedIdentity: ManagedIdentityId
  /**
   * Sends every request of the client, in place of the library's own transport: never through a proxy, and in Service
   * Fabric only to the server with the platform's certificate; a `fetch` that is given has to see to both itself.
   */
  readonly fetch?: ClientOptions['fetch']
}

/** What clients of a managed identity do, whatever the machine they run on. */
export class WorkloadClient {
  readonly #context: ClientContext
  readonly #identity: ManagedIdentityId

  /** @internal */
  constructor(options: ManagedIdentityClientOptions, platform: Platform) {
    const given: unknown = options
    if (typeof given !== 'object' || given === null) throw new ConfigurationError('options', 'an object is needed')
    const { managedIdentity, ...others } = withoutNulls(options)
    this.#identity = parseManagedIdentity(managedIdentity)
    this.#context = createContext(
      {
        ...others,
        clientId: this.#identity.ManagedIdentityIdType,
        authority: MANAGED_IDENTITY_AUTHORITY,
        instanceDiscovery: false,
      },
      { platform, authenticate: authenticateNone, defaultPauseSeconds: 5, cacheId: cacheIdOf(this.#identity) },
    )
  }

  /**
   * The identity's token for one resource, from the cache or from the platform that this machine's environment names.
   *
   * @throws {ManagedIdentityError} where the platform refuses, or what it is set up with can't be trusted
   * @throws {NetworkError} where its endpoint can't be reached; trying again later may help
   */
  acquireTokenForClient(options: ManagedIdentityTokenOptions): Promise<TokenResult> {
    return settle(options, () => acquireForManagedIdentity(this.#context, this.#identity, options))
  }
}
