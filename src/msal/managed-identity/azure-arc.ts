import { ManagedIdentityError } from '../core/errors.ts'
import { parseJsonObject, readString, type JsonObject } from '../core/json.ts'
import type { Platform } from '../core/ports.ts'
import type { HttpResponse } from '../http/http-client.ts'
import { parseEndpoint, withParameters } from './endpoint.ts'
import { describeText, isTransient, readToken, TRY_LATER, type IdentitySource } from './identity-request.ts'
import { identityParameter, type ManagedIdentityId } from './managed-identity-id.ts'

const DEFAULT_ENDPOINT = 'http://localhost:40342/metadata/identity/oauth2/token'

/** How the agent names identities, in requests and in its answers. */
const NAMES = { ClientId: 'client_id', ResourceId: 'msi_res_id', ObjectId: 'object_id' } as const

/**
 * A token from the agent of Azure Arc, which first asks for proof that its key file may be read.
 *
 * @see https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication
 */
export const requestFromArc: IdentitySource = async ({ platform, localHttp }, { identity, resource }) => {
  const http = localHttp()
  const url = withParameters(readEndpoint(platform), {
    'api-version': '2020-06-01',
    resource,
    ...identityParameter(identity, NAMES),
  })
  const challenge = await http({ method: 'GET', url, headers: { metadata: 'true' } })
  if (challenge.status !== 401) throw createRefusal(challenge)
  const key = await platform.arcAgent.readKey(readKeyPath(challenge))
  const headers = { metadata: 'true', authorization: `Basic ${key.reveal()}` }
  const response = await http({ method: 'GET', url, headers })
  const answer = parseJsonObject(response.text) ?? {}
  const token = readToken(answer, platform)
  if (!token) throw createRefusal(response)
  checkIdentity(identity, answer)
  return token
}

function readEndpoint(platform: Pick<Platform, 'readEnvironment'>): URL {
  const variable = 'IDENTITY_ENDPOINT'
  const named = platform.readEnvironment('IMDS_ENDPOINT') === undefined ? undefined : platform.readEnvironment(variable)
  return parseEndpoint(named ?? DEFAULT_ENDPOINT, { variable })
}

/** The agent writes the path as it is, which is no token of HTTP's grammar. */
function readKeyPath({ headers, status }: HttpResponse): string {
  const field = headers['www-authenticate'] ?? ''
  const [, quoted, bare] = /^\s*basic\s+realm=(?:"([^"=]*)"|([^"=]*))$/i.exec(field) ?? []
  const path = (quoted ?? bare)?.trim()
  if (path) return path
  throw new ManagedIdentityError({
    error: 'invalid_response',
    errorDescription: 'The agent of Azure Arc asked for something else than its key file',
    status,
    advice: 'Update the Azure Connected Machine agent',
  })
}

function createRefusal({ text, status }: HttpResponse): ManagedIdentityError {
  const answer = parseJsonObject(text)
  const said = answer && (readString(answer, 'error_description') ?? readString(answer, 'message'))
  return new ManagedIdentityError({
    error: 'invalid_request',
    errorDescription: said ?? describeText(text) ?? `No token came (HTTP ${status})`,
    status,
    advice: isTransient(status)
      ? TRY_LATER
      : 'Check that this machine is connected to Azure Arc (azcmagent show), and the name of the resource',
  })
}

/** An agent that knows no user-assigned identities ignores the parameter, and answers with the machine's own. */
function checkIdentity(identity: ManagedIdentityId, answer: JsonObject): void {
  if (identity.ManagedIdentityIdType === 'SystemAssigned') return
  const name = NAMES[identity.ManagedIdentityIdType]
  const confirmed = readString(answer, name) ?? (name === 'msi_res_id' ? readString(answer, 'mi_res_id') : undefined)
  if (confirmed?.toLowerCase() === identity.Id.toLowerCase()) return
  throw new ManagedIdentityError({
    error: 'invalid_client',
    errorDescription:
      'The agent of Azure Arc did not confirm that its token is for the user-assigned identity asked for',
    advice: 'Update the Azure Connected Machine agent, or use the system-assigned identity',
  })
}
