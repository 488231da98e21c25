import { ManagedIdentityError } from '../core/errors.ts'
import { readString } from '../core/json.ts'
import { isContainerHost } from '../core/network-host.ts'
import { parseEndpoint, withParameters } from './endpoint.ts'
import { isTransient, parseAnswer, readToken, TRY_LATER, type IdentitySource } from './identity-request.ts'
import { identityParameter } from './managed-identity-id.ts'

/**
 * A token in App Service, Functions, Container Apps and Automation.
 *
 * @see https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
export const requestFromAppService: IdentitySource = async ({ platform, localHttp }, { identity, resource }) => {
  const variable = 'IDENTITY_ENDPOINT'
  // Linux containers of App Service find it at the gateway of their network.
  const endpoint = parseEndpoint(platform.readEnvironment(variable) ?? '', { variable, isAllowed: isContainerHost })
  const url = withParameters(endpoint, {
    'api-version': '2019-08-01',
    resource,
    ...identityParameter(identity, { ClientId: 'client_id', ResourceId: 'mi_res_id', ObjectId: 'object_id' }),
  })
  const secret = platform.readEnvironment('IDENTITY_HEADER') ?? ''
  // Automation alone asks for `metadata`.
  const headers = { 'x-identity-header': secret, metadata: 'true' }
  const response = await localHttp()({ method: 'GET', url, headers })
  const answer = parseAnswer(response, "The platform's identity endpoint")
  const token = readToken(answer, platform, 'expires_on')
  if (token) return token
  const { status } = response
  throw new ManagedIdentityError({
    // What it answers to a wrong resource, in so many words, is a 500.
    error: 'invalid_scope',
    errorDescription: readString(answer, 'message') ?? `No token came (HTTP ${status})`,
    status,
    advice:
      'Check that the identity is assigned to this application, and the name of the resource' +
      (isTransient(status) ? `; otherwise: ${TRY_LATER.toLowerCase()}` : ''),
  })
}
