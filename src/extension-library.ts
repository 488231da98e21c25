import * as library from './library.ts'
import type { Fetch, Platform, TransportOptions } from './msal/core/ports.ts'
import {
  ConfidentialClientApplication,
  ManagedIdentityClient,
  PublicClientApplication,
  type ConfidentialClientOptions,
  type ManagedIdentityClientOptions,
  type PublicClientOptions,
} from './msal/index.ts'
import { nodePlatform } from './node/node-platform.ts'

/**
 * The library's ports inside VS Code, which gives the person's proxy and certificates to the global `fetch` as it is
 * when it is called. Where `proxy` or `ca` is given, that counts; metadata endpoints never meet a proxy.
 */
export const extensionPlatform: Platform = {
  ...nodePlatform,
  createFetch: (options) =>
    options.proxy === undefined && options.ca === undefined
      ? createGlobalFetch(options)
      : nodePlatform.createFetch(options),
}

const createGlobalFetch =
  ({ timeoutMs }: TransportOptions): Fetch =>
  (input, init) => {
    if (timeoutMs === undefined) return globalThis.fetch(input, init)
    const deadline = AbortSignal.timeout(timeoutMs)
    return globalThis.fetch(input, {
      ...init,
      signal: init?.signal ? AbortSignal.any([init.signal, deadline]) : deadline,
    })
  }

/** The library as other extensions get it: its clients use VS Code's network. */
export const extensionLibrary: typeof library = {
  ...library,
  PublicClientApplication: class extends PublicClientApplication {
    constructor(options: PublicClientOptions) {
      super(options, extensionPlatform)
    }
  },
  ConfidentialClientApplication: class extends ConfidentialClientApplication {
    constructor(options: ConfidentialClientOptions) {
      super(options, extensionPlatform)
    }
  },
  ManagedIdentityClient: class extends ManagedIdentityClient {
    constructor(options: ManagedIdentityClientOptions) {
      super(options, extensionPlatform)
    }
  },
}
