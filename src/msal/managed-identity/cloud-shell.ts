import { decodeBase64Url, encodeBase64Url } from '../core/encoding.ts'
import { ManagedIdentityError } from '../core/errors.ts'
import { isJsonObject, parseJsonObject, readInteger, readString, type JsonObject } from '../core/json.ts'
import type { Platform } from '../core/ports.ts'
import type { HttpClient, HttpResponse } from '../http/http-client.ts'
import { isTransient, parseAnswer, readToken, TRY_LATER } from './identity-request.ts'

const ENDPOINT = 'http://localhost:50342/oauth2/token'

/** Audiences that Cloud Shell knows as they are. */
const WHOLE_AUDIENCES = [
  'https://analysis.windows.net/powerbi/api',
  'https://pas.windows.net/CheckMyAccess/Linux/.default',
]

/** Whether this is Azure Cloud Shell. */
export const isInCloudShell = (platform: Pick<Platform, 'readEnvironment'>): boolean =>
  platform.readEnvironment('AZUREPS_HOST_ENVIRONMENT')?.startsWith('cloud-shell') === true

/** What asks Cloud Shell for a token. */
export interface CloudShellClient {
  readonly http: HttpClient
  readonly platform: Pick<Platform, 'clock'>
  readonly clientId: string
}

/**
 * A token of the person who opened Cloud Shell.
 *
 * @returns the members of a token answer, with `client_info` and `id_token_claims` as a broker gives them
 * @throws {ManagedIdentityError} where Cloud Shell refuses
 * @see https://learn.microsoft.com/azure/cloud-shell/msi-authorization
 */
export async function requestFromCloudShell(client: CloudShellClient, scopes: readonly string[]): Promise<JsonObject> {
  const { http, platform } = client
  const form = { resource: scopes.map(toResource).join(' ') }
  const response = await http({ method: 'POST', url: ENDPOINT, form, headers: { metadata: 'true' } })
  const answer = parseAnswer(response, 'Cloud Shell')
  const token = response.status < 300 ? readToken(answer, platform) : undefined
  if (!token) throw createRefusal(answer, response)
  if (readString(token, 'token_type')?.toLowerCase() !== 'bearer')
    throw new ManagedIdentityError({ error: 'broker_error', errorDescription: 'Cloud Shell gave no bearer token' })
  const refreshToken = readString(answer, 'refresh_token')
  return { ...token, ...(refreshToken && { refresh_token: refreshToken }), ...describePerson(client, token) }
}

/** The resource that a scope is of, as far as that can be told. */
function toResource(scope: string): string {
  const audience = WHOLE_AUDIENCES.find((known) => scope.startsWith(known))
  if (audience !== undefined) return audience
  const [, scheme, host = '', path = ''] = /^([a-z][a-z0-9+.-]*:)\/\/([^/?#]*)([^?#]*)/i.exec(scope) ?? []
  if (scheme === undefined) return scope.split('/')[0] || scope
  // In `https://vault.azure.net//.default` the second slash belongs to the resource.
  return `${scheme.toLowerCase()}//${host}${path.startsWith('//') ? '/' : ''}`
}

function createRefusal(answer: JsonObject, { status }: HttpResponse): ManagedIdentityError {
  const error = isJsonObject(answer['error']) ? answer['error'] : {}
  return new ManagedIdentityError({
    error: readString(error, 'code') ?? readString(answer, 'error') ?? 'invalid_response',
    errorDescription:
      readString(error, 'message') ?? readString(answer, 'error_description') ?? `No token came (HTTP ${status})`,
    status,
    advice: isTransient(status) ? TRY_LATER : 'Check the scopes: Cloud Shell knows resources of Azure only',
  })
}

/** Cloud Shell does not say who the person is; the token may. */
function describePerson({ clientId, platform }: CloudShellClient, token: JsonObject): JsonObject {
  const now = Math.floor(platform.clock.now() / 1000)
  const said = readClaims(readString(token, 'access_token') ?? '')
  const tenant = readString(said, 'tid') ?? 'cloudshell'
  return {
    client_info: encodeBase64Url(JSON.stringify({ uid: readString(said, 'oid') ?? 'user', utid: tenant })),
    id_token_claims: {
      iss: readString(said, 'iss') ?? 'cloudshell',
      sub: readString(said, 'sub') ?? 'user',
      aud: clientId,
      exp: readInteger(said, 'exp') ?? now + 3600,
      iat: readInteger(said, 'iat') ?? now,
      preferred_username:
        readString(said, 'preferred_username') || readString(said, 'unique_name') || 'currentuser@cloudshell',
      tid: tenant,
    },
  }
}

function readClaims(accessToken: string): JsonObject {
  const [, payload, signature, ...rest] = accessToken.split('.')
  if (payload === undefined || signature === undefined || rest.length > 0) return {}
  try {
    return parseJsonObject(decodeBase64Url(payload)) ?? {}
  } catch {
    return {}
  }
}
