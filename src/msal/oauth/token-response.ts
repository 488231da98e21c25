import { NetworkError, OAuthError } from '../core/errors.ts'
import { parseJsonObject, readInteger, readString, type JsonObject } from '../core/json.ts'
import type { HttpResponse } from '../http/http-client.ts'

/** A successful token answer (RFC 6749 section 5.1); what else it holds is kept in `wire`. */
export interface TokenResponse {
  readonly accessToken?: string
  readonly tokenType: string
  /** Seconds; 600 where the server did not say. */
  readonly expiresIn: number
  readonly refreshIn?: number
  readonly refreshToken?: string
  readonly idToken?: string
  /** As granted, where the server said. */
  readonly scope?: string
  /** The answer as it came. */
  readonly wire: JsonObject
}

const DEFAULT_EXPIRES_IN = 600

/**
 * Tells a token answer from a refusal.
 *
 * @param response - from a token or device authorization endpoint
 * @param host - named in errors
 * @throws {OAuthError} for an answer that holds `error`
 * @throws {NetworkError} for anything else that is no JSON object with status 200
 */
export function judgeOAuthResponse(response: HttpResponse, host: string): JsonObject {
  const object = parseJsonObject(response.text)
  const error = object && readString(object, 'error')
  if (object && error !== undefined) throw createOAuthError(error, object, response.status)
  if (object && response.status >= 200 && response.status < 300) return object
  throw new NetworkError(`${host} gave an unusable answer (HTTP ${response.status})`, { status: response.status, host })
}

/** Reads a token answer. @param now - seconds since 1970, for servers that send `expires_on` alone */
export function parseTokenResponse(wire: JsonObject, now: number): TokenResponse {
  const expiresOn = readInteger(wire, 'expires_on')
  const refreshIn = readInteger(wire, 'refresh_in')
  const accessToken = readString(wire, 'access_token')
  const refreshToken = readString(wire, 'refresh_token')
  const idToken = readString(wire, 'id_token')
  const scope = readString(wire, 'scope')
  return {
    wire,
    tokenType: readString(wire, 'token_type') ?? 'Bearer',
    expiresIn: readInteger(wire, 'expires_in') ?? (expiresOn === undefined ? DEFAULT_EXPIRES_IN : expiresOn - now),
    ...(refreshIn !== undefined && { refreshIn }),
    ...(accessToken !== undefined && { accessToken }),
    ...(refreshToken !== undefined && { refreshToken }),
    ...(idToken !== undefined && { idToken }),
    ...(scope !== undefined && { scope }),
  }
}

function createOAuthError(error: string, object: JsonObject, status: number): OAuthError {
  const codes = object['error_codes']
  const info = object['error_additional_info']
  const isMismatch = Array.isArray(info) ? info.includes('client_mismatch') : info === 'client_mismatch'
  return new OAuthError({
    error,
    status,
    errorDescription: readString(object, 'error_description'),
    suberror: readString(object, 'suberror') || (isMismatch ? 'client_mismatch' : undefined),
    errorCodes: Array.isArray(codes) ? codes.filter((code): code is number => typeof code === 'number') : undefined,
    claims: readString(object, 'claims'),
    correlationId: readString(object, 'correlation_id'),
    traceId: readString(object, 'trace_id'),
  })
}
