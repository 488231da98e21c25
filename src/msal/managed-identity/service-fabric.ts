import { ManagedIdentityError } from '../core/errors.ts'
import { isJsonObject, readString } from '../core/json.ts'
import type { Platform } from '../core/ports.ts'
import { parseEndpoint, withParameters } from './endpoint.ts'
import { isTransient, parseAnswer, readToken, TRY_LATER, type IdentitySource } from './identity-request.ts'

const ENDPOINT_VARIABLE = 'IDENTITY_ENDPOINT'
const THUMBPRINT_VARIABLE = 'IDENTITY_SERVER_THUMBPRINT'

/** OAuth's names for the platform's errors. */
const ERRORS: ReadonlyMap<string, string> = new Map([
  ['SecretHeaderNotFound', 'unauthorized_client'],
  ['ManagedIdentityNotFound', 'invalid_client'],
  ['ArgumentNullOrEmpty', 'invalid_scope'],
])

/**
 * A token in Service Fabric; which identity it is for is set in the cluster, not by the request. The library's own
 * transport compares the server's certificate with the platform's thumbprint before the secret is sent.
 *
 * @see https://learn.microsoft.com/azure/service-fabric/how-to-managed-identity-service-fabric-app-code
 */
export const requestFromServiceFabric: IdentitySource = async ({ platform, localHttp }, request) => {
  const url = withParameters(readEndpoint(platform), {
    'api-version': '2019-07-01-preview',
    resource: request.resource,
    token_sha256_to_refresh: request.refusedTokenHash,
    xms_cc: request.capabilities.join(',') || undefined,
  })
  const headers = { secret: platform.readEnvironment('IDENTITY_HEADER') ?? '' }
  const response = await localHttp(readThumbprint(platform))({ method: 'GET', url, headers })
  const answer = parseAnswer(response, 'The identity endpoint of Service Fabric')
  const token = readToken(answer, platform, 'expires_on')
  if (token) return token
  const { status } = response
  const error = isJsonObject(answer['error']) ? answer['error'] : {}
  throw new ManagedIdentityError({
    error: ERRORS.get(readString(error, 'code') ?? '') ?? 'invalid_request',
    errorDescription: readString(error, 'message') ?? `No token came (HTTP ${status})`,
    correlationId: readString(error, 'correlationId'),
    status,
    advice: isTransient(status)
      ? TRY_LATER
      : "Check that the cluster's application has the identity, and the name of the resource",
  })
}

function readEndpoint(platform: Pick<Platform, 'readEnvironment'>): URL {
  const node = platform.readEnvironment('Fabric_NodeIPOrFQDN')?.toLowerCase()
  const url = parseEndpoint(platform.readEnvironment(ENDPOINT_VARIABLE) ?? '', {
    variable: ENDPOINT_VARIABLE,
    isAllowed: (hostname) => hostname === node,
  })
  if (url.protocol === 'https:') return url
  throw new ManagedIdentityError({
    error: 'invalid_endpoint',
    errorDescription: `The environment variable ${ENDPOINT_VARIABLE} holds no https URL, as Service Fabric's must be`,
    advice: 'Leave it as the platform sets it',
  })
}

/** SHA-1 of the server's certificate, 40 hexadecimal digits. */
function readThumbprint(platform: Pick<Platform, 'readEnvironment'>): string {
  const thumbprint = (platform.readEnvironment(THUMBPRINT_VARIABLE) ?? '').replaceAll(/[\s:]/g, '').toLowerCase()
  if (/^[0-9a-f]{40}$/.test(thumbprint)) return thumbprint
  throw new ManagedIdentityError({
    error: 'invalid_thumbprint',
    errorDescription: `The environment variable ${THUMBPRINT_VARIABLE} holds no SHA-1 thumbprint of a certificate`,
    advice: 'Leave it as the platform sets it',
  })
}
