import {
  ConfidentialClientApplication as ConfidentialClient,
  ManagedIdentityClient as WorkloadClient,
  PublicClientApplication as PublicClient,
  TokenCache as UnifiedCache,
  type AutoRefresherOptions,
  type ClientAssertionCallback,
  type ClientAssertionContext,
  type ConfidentialClientOptions,
  type ManagedIdentityClientOptions,
  type ManagedIdentitySource,
  type PublicClientOptions,
} from './msal/index.ts'
import { CacheSerialization } from './msal/cache/serializable-token-cache.ts'
import { detectManagedIdentitySource } from './msal/managed-identity/managed-identity-source.ts'
import { AutoRefresher as ClockedAutoRefresher } from './msal/oauth/auto-refresher.ts'
import { nodePlatform } from './node/node-platform.ts'

export * from './msal/index.ts'
export { EncryptedFilePersistence, type EncryptedFileOptions } from './node/encrypted-file-persistence.ts'
export { RedisPersistence, type RedisClient, type RedisOptions } from './node/redis-persistence.ts'

/** An application on a person's machine: desktop, command line, editor. */
export class PublicClientApplication extends PublicClient {
  /** @throws {ConfigurationError} naming the option that is wrong */
  constructor(options: PublicClientOptions) {
    super(options, nodePlatform)
  }
}

/** A service that can keep a secret: web application, web API, daemon. */
export class ConfidentialClientApplication extends ConfidentialClient {
  /** @throws {ConfigurationError} naming the option that is wrong */
  constructor(options: ConfidentialClientOptions) {
    super(options, nodePlatform)
  }
}

/** A workload in Azure whose identity the platform manages, so that it keeps no secret. */
export class ManagedIdentityClient extends WorkloadClient {
  /** @throws {ConfigurationError} naming the option that is wrong */
  constructor(options: ManagedIdentityClientOptions) {
    super(options, nodePlatform)
  }
}

/**
 * What gives this machine its managed identity's tokens, by its environment; in `cloud-shell` they are a person's, to be had
 * by `acquireTokenInteractive({ scopes, prompt: 'none' })` of a public client.
 */
export function getManagedIdentitySource(): Promise<ManagedIdentitySource> {
  return detectManagedIdentitySource(nodePlatform)
}

/**
 * Wraps an assertion callback that is expensive, as one that asks a key vault: each assertion is used again for a time,
 * apart from those for another client, endpoint or FMI path.
 *
 * @returns a function that serves as `clientAssertion`
 * @throws {ConfigurationError} naming the argument that is wrong
 */
export function AutoRefresher(
  getAssertion: ClientAssertionCallback,
  options?: AutoRefresherOptions,
): (context: ClientAssertionContext) => Promise<string> {
  return ClockedAutoRefresher(getAssertion, { expiresIn: options?.expiresIn, clock: nodePlatform.clock })
}

/** Tokens and accounts in memory, for several clients to share. */
export class TokenCache extends UnifiedCache {
  constructor() {
    super(nodePlatform.clock)
  }
}

/** A token cache that becomes text and back, in the schema that all MSAL libraries share. */
export class SerializableTokenCache extends TokenCache {
  readonly #serialization = new CacheSerialization(this)

  /** Whether the cache has changed since it was last serialized or deserialized. */
  get hasStateChanged(): boolean {
    return this.#serialization.hasStateChanged
  }

  /** JSON text; it holds secrets. */
  serialize(): string {
    return this.#serialization.serialize()
  }

  /**
   * Replaces the cache's entries; nothing empties it.
   *
   * @throws {CacheError} where the text is no cache (nothing was changed), or places in it are damaged (the rest was loaded)
   */
  deserialize(state?: string | null): void {
    this.#serialization.deserialize(state)
  }
}
