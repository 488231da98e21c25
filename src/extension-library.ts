import { bindClients } from './bind-clients.ts'
import * as library from './library.ts'
import type { BrokerHost } from './msal/core/broker-runtime.ts'
import type { Platform } from './msal/core/ports.ts'
import { nodePlatform } from './node/node-platform.ts'
import { createGlobalFetch } from './web/global-fetch.ts'

/**
 * The library's ports inside VS Code, which gives the person's proxy and certificates to the global `fetch` as it is
 * when it is called. Where `proxy` or `ca` is given, that counts; metadata endpoints never meet a proxy.
 */
export const extensionPlatform: Platform = {
  ...nodePlatform,
  ...(nodePlatform.broker && { broker: createPackagedBroker(nodePlatform.broker) }),
  createFetch: (options) =>
    options.proxy === undefined && options.ca === undefined
      ? createGlobalFetch(options)
      : nodePlatform.createFetch(options),
}

/** Nobody can install what a package of the extension comes without: where that is the native runtime, there is no broker. */
function createPackagedBroker(host: BrokerHost): BrokerHost {
  return {
    // Where it runs is looked up when that is asked for.
    get platform() {
      return host.platform
    },
    get redirectUri() {
      return host.redirectUri
    },
    async start(log) {
      const started = await host.start(log)
      if (started.state !== 'missing') return started
      return { state: 'unavailable', reason: 'this package comes without the native runtime' }
    },
  }
}

/** The library as other extensions get it: its clients use VS Code's network. */
export const extensionLibrary: typeof library = { ...library, ...bindClients(extensionPlatform) }
