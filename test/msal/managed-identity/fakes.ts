import {
  ManagedIdentityClient,
  SystemAssignedManagedIdentity,
  TokenCache,
  type ManagedIdentityClientOptions,
} from '../../../src/msal/index.ts'
import type { Platform } from '../../../src/msal/core/ports.ts'
import { Secret } from '../../../src/msal/core/secret.ts'
import { createTestPlatform } from '../../support/entra.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { createScriptedFetch, type ScriptedExchange } from '../../support/scripted-fetch.ts'

/** The environment variables that a test's machine has. */
export type Environment = Readonly<Record<string, string>>

export const RESOURCE = 'https://management.azure.com'
export const IMDS_ENDPOINT = 'http://169.254.169.254/metadata/identity/oauth2/token'

export const APP_SERVICE: Environment = {
  IDENTITY_ENDPOINT: 'http://127.0.0.1:41741/msi/token',
  IDENTITY_HEADER: 'header-secret',
}
export const SERVICE_FABRIC: Environment = {
  IDENTITY_ENDPOINT: 'https://localhost:2377/metadata/identity/oauth2/token',
  IDENTITY_HEADER: 'header-secret',
  IDENTITY_SERVER_THUMBPRINT: '0E:86:13:B0:B3:EF:47:7E:4D:8C:71:DC:F2:C3:E9:B5:7C:7D:1D:83',
}
export const MACHINE_LEARNING: Environment = { MSI_ENDPOINT: 'http://127.0.0.1:9999/token', MSI_SECRET: 'msi-secret' }
export const ARC: Environment = {
  IDENTITY_ENDPOINT: 'http://localhost:40342/metadata/identity/oauth2/token',
  IMDS_ENDPOINT: 'http://localhost:40342',
}

/** A machine without an agent of Azure Arc, or with one whose key is given. */
export const arcAgentOf = (key?: string): Platform['arcAgent'] => ({
  isInstalled: () => Promise.resolve(key !== undefined),
  readKey: () => Promise.resolve(new Secret(key ?? '')),
})

/** A managed identity's client on a machine of fakes; the system-assigned identity unless another is given. */
export function createIdentityClient(
  script: readonly ScriptedExchange[],
  environment: Environment = {},
  options: Partial<ManagedIdentityClientOptions> & { readonly platform?: Partial<Platform> } = {},
) {
  const clock = createFakeClock()
  const network = createScriptedFetch(script)
  const { platform, ...others } = options
  const cache = options.tokenCache ?? new TokenCache(clock)
  const client = new ManagedIdentityClient(
    { managedIdentity: new SystemAssignedManagedIdentity(), fetch: network.fetch, tokenCache: cache, ...others },
    createTestPlatform(clock, {
      readEnvironment: (name) => environment[name],
      arcAgent: arcAgentOf(),
      ...platform,
    }),
  )
  return { clock, network, cache, client }
}

/** One request to an endpoint and the token that it brings. */
export const givesToken = (url: string, json: object = {}): ScriptedExchange => ({
  url,
  answer: { json: { access_token: 'at', expires_in: '3600', token_type: 'Bearer', ...json } },
})
