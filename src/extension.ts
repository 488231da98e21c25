import type { ExtensionContext } from 'vscode'
import * as msal from './library.ts'
import { nodePlatform } from './node/node-platform.ts'
import type { ExtensionApi } from './vscode/extension-api.ts'
import { registerProvider } from './vscode/provider-registration.ts'
import { MenuAwareClient } from './vscode/public-client.ts'

/** Builds the objects and registers them; nothing is read or requested here. */
export function activate(context: ExtensionContext): ExtensionApi<typeof msal> {
  registerProvider(context, {
    clock: nodePlatform.clock,
    // VS Code gives the person's proxy and certificates to the global `fetch`, as it is when it is called.
    createClient: (options) =>
      new MenuAwareClient({ ...options, fetch: (input, init) => globalThis.fetch(input, init) }, nodePlatform),
  })
  return { msal }
}
