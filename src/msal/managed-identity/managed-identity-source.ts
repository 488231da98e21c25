import type { Platform } from '../core/ports.ts'
import { isInCloudShell } from './cloud-shell.ts'

/** What gives a machine its managed identity's tokens. */
export type ManagedIdentitySource =
  'imds' | 'app-service' | 'service-fabric' | 'azure-arc' | 'machine-learning' | 'cloud-shell'

/**
 * What gives this machine tokens, by its environment; `imds` (a virtual machine) where nothing tells otherwise, which is
 * no proof that there is one.
 */
export async function detectManagedIdentitySource(
  platform: Pick<Platform, 'readEnvironment' | 'arcAgent'>,
): Promise<ManagedIdentitySource> {
  const has = (name: string): boolean => platform.readEnvironment(name) !== undefined
  if (has('IDENTITY_ENDPOINT') && has('IDENTITY_HEADER'))
    return has('IDENTITY_SERVER_THUMBPRINT') ? 'service-fabric' : 'app-service'
  if (has('MSI_ENDPOINT') && has('MSI_SECRET')) return 'machine-learning'
  if (has('IDENTITY_ENDPOINT') && has('IMDS_ENDPOINT')) return 'azure-arc'
  if (await platform.arcAgent.isInstalled()) return 'azure-arc'
  return isInCloudShell(platform) ? 'cloud-shell' : 'imds'
}
