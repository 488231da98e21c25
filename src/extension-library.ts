import { bindClients } from './bind-clients.ts'
import * as library from './library.ts'
import type { Platform } from './msal/core/ports.ts'
import { nodePlatform } from './node/node-platform.ts'
import { createGlobalFetch } from './web/global-fetch.ts'

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

/** The library as other extensions get it: its clients use VS Code's network. */
export const extensionLibrary: typeof library = { ...library, ...bindClients(extensionPlatform) }
