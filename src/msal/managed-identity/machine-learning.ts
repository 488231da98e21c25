import { ManagedIdentityError } from '../core/errors.ts'
import { readString } from '../core/json.ts'
import { parseEndpoint, withParameters } from './endpoint.ts'
import { isTransient, parseAnswer, readToken, TRY_LATER, type IdentitySource } from './identity-request.ts'
import { identityParameter } from './managed-identity-id.ts'

/**
 * A token in Azure Machine Learning.
 *
 * @see https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication
 */
export const requestFromMachineLearning: IdentitySource = async ({ platform, localHttp }, { identity, resource }) => {
  const variable = 'MSI_ENDPOINT'
  const endpoint = parseEndpoint(platform.readEnvironment(variable) ?? '', { variable })
  const url = withParameters(endpoint, {
    'api-version': '2017-09-01',
    resource,
    // This version of the interface spells it so.
    ...identityParameter(identity, { ClientId: 'clientid', ResourceId: 'msi_res_id', ObjectId: 'object_id' }),
  })
  const headers = { secret: platform.readEnvironment('MSI_SECRET') ?? '' }
  const response = await localHttp()({ method: 'GET', url, headers })
  const answer = parseAnswer(response, 'The identity endpoint of Machine Learning')
  const token = readToken(answer, platform, 'expires_on')
  if (token) return token
  const { status } = response
  const said = ['error_description', 'message', 'error'].map((name) => readString(answer, name)).find(Boolean)
  throw new ManagedIdentityError({
    error: 'invalid_scope',
    errorDescription: said ?? `No token came (HTTP ${status})`,
    status,
    advice: isTransient(status)
      ? TRY_LATER
      : 'Check that the identity is assigned to this compute, and the name of the resource',
  })
}
