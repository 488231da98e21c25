import type { Platform } from './msal/core/ports.ts'
import {
  ConfidentialClientApplication,
  ManagedIdentityClient,
  PublicClientApplication,
  type ConfidentialClientOptions,
  type ManagedIdentityClientOptions,
  type PublicClientOptions,
} from './msal/index.ts'

/** The library's clients on one platform, with the constructors that callers know. */
export const bindClients = (platform: Platform) => ({
  PublicClientApplication: class extends PublicClientApplication {
    constructor(options: PublicClientOptions) {
      super(options, platform)
    }
  },
  ConfidentialClientApplication: class extends ConfidentialClientApplication {
    constructor(options: ConfidentialClientOptions) {
      super(options, platform)
    }
  },
  ManagedIdentityClient: class extends ManagedIdentityClient {
    constructor(options: ManagedIdentityClientOptions) {
      super(options, platform)
    }
  },
})
