import type { JsonObject } from '../core/json.ts'
import { requestFromAppService } from './app-service.ts'
import { requestFromArc } from './azure-arc.ts'
import type { IdentityMachine, IdentityRequest, IdentitySource } from './identity-request.ts'
import { requestFromImds } from './imds.ts'
import { requestFromMachineLearning } from './machine-learning.ts'
import { detectManagedIdentitySource, type ManagedIdentitySource } from './managed-identity-source.ts'
import { requestFromServiceFabric } from './service-fabric.ts'

const SOURCES: Readonly<Record<ManagedIdentitySource, IdentitySource>> = {
  imds: requestFromImds,
  'app-service': requestFromAppService,
  'service-fabric': requestFromServiceFabric,
  'azure-arc': requestFromArc,
  'machine-learning': requestFromMachineLearning,
  // Its tokens are a person's, not the machine's.
  'cloud-shell': requestFromImds,
}

/** Tokens that last this many seconds or longer are refreshed at half of it. */
const LONG_LIFETIME = 2 * 60 * 60

/**
 * Asks this machine's platform for a token of its managed identity.
 *
 * @returns the members of an OAuth token answer
 * @throws {ManagedIdentityError} where the platform refuses, or what it is set up with can't be trusted
 * @throws {NetworkError} where its endpoint can't be reached; trying again later may help
 */
export async function requestIdentityToken(machine: IdentityMachine, request: IdentityRequest): Promise<JsonObject> {
  const token = await SOURCES[await detectManagedIdentitySource(machine.platform)](machine, request)
  const { expires_in: lifetime } = token
  return typeof lifetime === 'number' && lifetime >= LONG_LIFETIME
    ? { ...token, refresh_in: Math.floor(lifetime / 2) }
    : token
}
