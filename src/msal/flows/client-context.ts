import type { Authority } from '../authority/resolve-authority.ts'
import type { AuthorityAddress } from '../authority/authority.ts'
import type { TokenStore } from '../cache/token-store.ts'
import type { Account } from '../core/account.ts'
import type { BrokerPlatform, BrokerRuntime } from '../core/broker-runtime.ts'
import type { Clock, Logger, Platform } from '../core/ports.ts'
import type { JsonObject } from '../core/json.ts'
import type { TokenResult } from '../core/token-result.ts'
import type { HttpClient } from '../http/http-client.ts'
import type { ClientAuthentication } from '../oauth/client-authentication.ts'

/** Judges the claims of an ID token, undefined where none came; throws to refuse what came with it. */
export type AcceptClaims = (claims: JsonObject | undefined) => void | Promise<void>

/** A broker that the client may use. */
export interface StartedBroker {
  readonly platform: BrokerPlatform
  readonly runtime: BrokerRuntime
  /** In place of the platform's usual one. */
  readonly redirectUri: string | undefined
  /** Whether it may compare the authority with Microsoft's list. */
  readonly validatesAuthority: boolean
}

/** When a broker is of use. */
export interface StartBrokerOptions {
  /** Whether the brokers of a platform serve what is wanted; default all. */
  readonly serves?: ((platform: BrokerPlatform) => boolean) | undefined
  readonly signal?: AbortSignal | undefined
}

/** Everything about one client that its flows share; made once from the options and frozen. */
export interface ClientContext {
  readonly clientId: string
  /** The authority as the options name it. */
  readonly address: AuthorityAddress
  /** Sends requests with the client's headers, throttling and memory of metadata. */
  readonly http: HttpClient
  /** Reaches endpoints of this machine, never through a proxy; a pinned certificate takes the place of all other checks. */
  readonly localHttp: (pinnedThumbprint?: string) => HttpClient
  readonly store: TokenStore
  readonly authenticate: ClientAuthentication
  readonly capabilities: readonly string[]
  readonly excludeScopes: readonly string[]
  /** Whether the signature of ID tokens is checked too. */
  readonly verifiesIdTokens: boolean
  /** Has the last word on tokens, before anything is kept of them; what it throws refuses them. */
  readonly acceptClaims: AcceptClaims
  readonly platform: Platform
  readonly clock: Clock
  readonly logger: Logger
  /** An account for the log: its name where `enablePiiLog` allows it. */
  describe(account: Account): string
  /** Looks an authority up, once. @throws AuthorityError, NetworkError */
  resolve(address: AuthorityAddress): Promise<Authority>
  /** Reads another authority by the client's own rules. @throws ConfigurationError */
  parseAuthority(url: string): AuthorityAddress
  /** The region whose token endpoint serves the application's own tokens; undefined for none. @throws ConfigurationError */
  chooseRegion(): Promise<string | undefined>
  /**
   * The broker for an authority; undefined where none is enabled or serves it, or none can be started.
   *
   * @throws {ConfigurationError} where one is enabled, and the package that reaches it is missing
   */
  startBroker(address: AuthorityAddress, options?: StartBrokerOptions): Promise<StartedBroker | undefined>
  /** Makes equal calls in flight one. */
  once<T extends TokenResult | null>(key: string, run: () => Promise<T>): Promise<T>
  /** Tokens that claims challenges brought in the last minute, by call. */
  readonly answeredChallenges: Map<string, { readonly result: TokenResult; readonly at: number }>
}

/** Whole seconds since 1970. */
export const nowInSeconds = (clock: Clock): number => Math.floor(clock.now() / 1000)
