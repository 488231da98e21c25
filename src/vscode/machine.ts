import type { CachePersistence, Clock, Fetch, HttpCache, Logger } from '../msal/index.ts'
import type { RegisteredClientOptions } from './client-options.ts'
import type { MachineFacts } from './diagnosis.ts'
import type { CertificateReader } from './diagnosis-network.ts'
import type { Lock } from './lock.ts'
import type { PolicyFile } from './policy.ts'
import type { PublicClient } from './public-client.ts'
import type { SharedStore, SharedStoreOptions } from './shared-store.ts'
import type { HostFacts } from './sign-in-methods.ts'

/** Options of the library's application that this extension decides about. */
export interface ClientOptions extends RegisteredClientOptions {
  readonly cachePersistence: CachePersistence
  readonly httpCache: HttpCache
  readonly logger: Logger
}

/** What the machine gives. */
export interface Machine {
  readonly extensionHost: HostFacts['extensionHost']
  readonly clock: Clock
  /** @param acceptClaims - refuses tokens by throwing, before anything is kept of them */
  createClient(
    options: ClientOptions,
    acceptClaims: (claims?: Readonly<Record<string, unknown>>) => Promise<void>,
  ): PublicClient
  /** Whether the operating system's broker is there and can be started; absent where none can be reached. */
  readonly hasBroker?: () => Promise<boolean>
  /** Where the administrator's policy is looked for; nowhere where no files are read. */
  readonly policyPaths: readonly string[]
  /** Reads the administrator's policy. */
  readPolicyFile(): Promise<PolicyFile>
  describe(): MachineFacts
  readonly fetch: Fetch
  /** Absent where no program sees the certificate of a server. */
  readonly readCertificate?: CertificateReader
  /** Lets one window at a time work on an entry of the key store; without it, that holds for this window alone. */
  readonly lock?: Lock | undefined
  /** Absent where there are no files; then the key store keeps the sign-ins. */
  readonly openSharedStore?: (options: SharedStoreOptions) => SharedStore
}
