import { ManagedIdentityError, NetworkError } from '../core/errors.ts'
import { readString } from '../core/json.ts'
import { isPrivateHost } from '../core/network-host.ts'
import type { Platform } from '../core/ports.ts'
import type { HttpClient, HttpRequest, HttpResponse } from '../http/http-client.ts'
import { parseEndpoint, withParameters } from './endpoint.ts'
import { isTransient, parseAnswer, readToken, TRY_LATER, type IdentitySource } from './identity-request.ts'
import { identityParameter } from './managed-identity-id.ts'

const ORIGIN_VARIABLE = 'AZURE_POD_IDENTITY_AUTHORITY_HOST'

/**
 * A token from the instance metadata service of a virtual machine, or from what stands in for it in a cluster.
 *
 * @see https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
 */
export const requestFromImds: IdentitySource = async (machine, { identity, resource, correlationId }) => {
  const url = withParameters(imdsEndpoint(machine.platform), {
    'api-version': '2018-02-01',
    resource,
    ...identityParameter(identity, { ClientId: 'client_id', ResourceId: 'msi_res_id', ObjectId: 'object_id' }),
  })
  const headers = { metadata: 'true', 'x-ms-client-request-id': correlationId }
  const response = await send(machine.localHttp(), { method: 'GET', url, headers })
  const answer = parseAnswer(response, 'The instance metadata service')
  const token = readToken(answer, machine.platform)
  if (token) return token
  throw new ManagedIdentityError({
    error: readString(answer, 'error') ?? 'invalid_response',
    errorDescription: readString(answer, 'error_description') ?? `No token came (HTTP ${response.status})`,
    status: response.status,
    advice: adviseOn(response),
  })
}

function imdsEndpoint(platform: Pick<Platform, 'readEnvironment'>): URL {
  const origin = platform.readEnvironment(ORIGIN_VARIABLE) || 'http://169.254.169.254'
  const url = parseEndpoint(origin, { variable: ORIGIN_VARIABLE, isAllowed: isClusterHost })
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/metadata/identity/oauth2/token`
  return url
}

/** Whether a host can be what stands in for the metadata service in a cluster: a private address or a name known there alone. */
const isClusterHost = (hostname: string): boolean =>
  isPrivateHost(hostname) || /^[a-z0-9-]+$|\.(svc|internal|local)$/.test(hostname)

async function send(http: HttpClient, request: HttpRequest): Promise<HttpResponse> {
  try {
    return await http(request)
  } catch (cause) {
    if (!(cause instanceof NetworkError)) throw cause
    const { message, status } = cause
    throw new NetworkError(`${message}. Only machines in Azure have an instance metadata service`, {
      cause,
      ...(status !== undefined && { status }),
    })
  }
}

function adviseOn({ status }: HttpResponse): string {
  if (status === 404 || isTransient(status)) return TRY_LATER
  return 'Check that the identity is assigned to this machine, and the name of the resource'
}
