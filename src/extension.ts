import type { ExtensionContext } from 'vscode'
import { API_VERSION, type ExtensionApi } from './consumer/extension-api.ts'
import { extensionLibrary, extensionPlatform } from './extension-library.ts'
import { describeMachine, readCertificate } from './node/machine-facts.ts'
import { listPolicyPaths, readPolicyFile } from './node/policy-file.ts'
import { createSealedFolder } from './node/sealed-folder.ts'
import { startSimulatorProcess } from './node/simulator-process.ts'
import { registerProvider } from './vscode/provider-registration.ts'
import { registerSimulator } from './vscode/simulator-command.ts'
import { MenuAwareClient } from './vscode/public-client.ts'

/** Builds the objects and registers them; nothing is read or requested here. */
export function activate(context: ExtensionContext): ExtensionApi<typeof extensionLibrary> {
  const policyPaths = listPolicyPaths(process.platform, process.env['ProgramData'])
  const provider = registerProvider(context, {
    extensionHost: 'node',
    clock: extensionPlatform.clock,
    createClient: (options, acceptClaims) => new MenuAwareClient(options, extensionPlatform, acceptClaims),
    hasBroker: async () => (await extensionPlatform.broker?.start())?.state === 'ready',
    fetch: extensionPlatform.createFetch({}),
    describe: describeMachine,
    readCertificate,
    openSharedStore: createSealedFolder,
    policyPaths,
    readPolicyFile: () => readPolicyFile(policyPaths),
  })
  registerSimulator(context, provider, startSimulatorProcess)
  return { apiVersion: API_VERSION, msal: extensionLibrary }
}
