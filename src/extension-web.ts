import type { ExtensionContext } from 'vscode'
import { bindClients } from './bind-clients.ts'
import { API_VERSION, type ExtensionApi } from './consumer/extension-api.ts'
import * as names from './msal/index.ts'
import { registerProvider } from './vscode/provider-registration.ts'
import { MenuAwareClient } from './vscode/public-client.ts'
import { describeBrowser } from './web/browser-facts.ts'
import { createLock } from './web/locks.ts'
import { webPlatform } from './web/web-platform.ts'

/** The library as other extensions of this extension host get it: without what keeps files or needs Redis. */
const webLibrary = {
  ...names,
  ...bindClients(webPlatform),
  TokenCache: class extends names.TokenCache {
    constructor() {
      super(webPlatform.clock)
    }
  },
}

/** The root of windows that have no Node to run extensions in; nothing is read or requested here. */
export function activate(context: ExtensionContext): ExtensionApi<typeof webLibrary> {
  registerProvider(context, {
    extensionHost: 'web',
    clock: webPlatform.clock,
    createClient: (options, acceptClaims) => new MenuAwareClient(options, webPlatform, acceptClaims),
    fetch: webPlatform.createFetch({}),
    describe: () => describeBrowser(navigator),
    // An administrator's file is on no computer that a page may look at.
    policyPaths: [],
    readPolicyFile: () => Promise.resolve({ kind: 'absent' }),
    // Absent on pages without https.
    lock: createLock((navigator as Partial<Navigator>).locks),
  })
  return { apiVersion: API_VERSION, msal: webLibrary }
}
