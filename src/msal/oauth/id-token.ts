import { decodeBase64Url, equalInConstantTime } from '../core/encoding.ts'
import { IdTokenError } from '../core/errors.ts'
import { parseJsonObject, readInteger, readString, type JsonObject } from '../core/json.ts'

/** What an ID token must say; its times only warn, for a wrong clock must not lock people out. */
export interface IdTokenExpectation {
  readonly clientId: string
  readonly isIssuer: (issuer: string, claims: JsonObject) => boolean
  /** Members that a provider without Entra's habits must send. */
  readonly required?: readonly string[]
  readonly nonce?: string | undefined
  /** Seconds that may lie between the sign-in and now. */
  readonly maxAge?: number | undefined
  /** Seconds since 1970. */
  readonly now: number
  readonly warn: (message: string) => void
}

const SKEW_SECONDS = 120

/** The claims of an ID token, unchecked. @throws {IdTokenError} where it is no signed JWT */
export function decodeIdToken(idToken: string): JsonObject {
  const [header, payload, signature, ...rest] = idToken.split('.')
  if (!header || !payload || signature === undefined || rest.length > 0)
    throw new IdTokenError('The ID token is no JWT')
  const claims = decodePart(payload)
  if (!claims || decodePart(header)?.['alg'] === 'none')
    throw new IdTokenError('The ID token holds no JSON object or is not signed')
  return claims
}

/** The claims of any signed JWT, unchecked; undefined where the text is none. */
export function readJwtClaims(token: string): JsonObject | undefined {
  const [, payload, signature, ...rest] = token.split('.')
  return payload && signature !== undefined && rest.length === 0 ? decodePart(payload) : undefined
}

function decodePart(part: string): JsonObject | undefined {
  try {
    return parseJsonObject(decodeBase64Url(part))
  } catch {
    return undefined
  }
}

/**
 * Checks the claims of an ID token that came straight from the token endpoint.
 *
 * @throws {IdTokenError} for another audience, issuer, nonce or a sign-in too long ago
 * @see https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
 */
export function checkIdToken(claims: JsonObject, expected: IdTokenExpectation): void {
  for (const name of expected.required ?? [])
    if (claims[name] === undefined) throw new IdTokenError(`The ID token lacks "${name}"`)
  const audience = claims['aud']
  const audiences: readonly unknown[] = Array.isArray(audience) ? audience : [audience]
  if (!audiences.includes(expected.clientId))
    throw new IdTokenError('The ID token was issued for another client ("aud"); client IDs are case-sensitive')
  const authorizedParty = claims['azp']
  if (audiences.length > 1 && authorizedParty !== undefined && authorizedParty !== expected.clientId)
    throw new IdTokenError('The ID token was issued to another client ("azp")')
  const issuer = readString(claims, 'iss')
  if (issuer === undefined || !expected.isIssuer(issuer, claims))
    throw new IdTokenError('The ID token comes from another issuer ("iss") than the authority')
  const nonce = readString(claims, 'nonce')
  if (expected.nonce !== undefined && (nonce === undefined || !equalInConstantTime(nonce, expected.nonce)))
    throw new IdTokenError('The ID token carries another nonce than the request')
  if (expected.maxAge !== undefined) checkAuthTime(claims, expected.maxAge, expected.now)
  warnOfTimes(claims, expected)
}

function checkAuthTime(claims: JsonObject, maxAge: number, now: number): void {
  const authTime = readInteger(claims, 'auth_time')
  if (authTime === undefined) throw new IdTokenError('The ID token lacks "auth_time", which maxAge asks for')
  if (now - SKEW_SECONDS > authTime + maxAge)
    throw new IdTokenError('The sign-in ("auth_time") is longer ago than maxAge allows')
}

function warnOfTimes(claims: JsonObject, { now, warn }: IdTokenExpectation): void {
  const notBefore = readInteger(claims, 'nbf')
  const expires = readInteger(claims, 'exp')
  if (notBefore !== undefined && now + SKEW_SECONDS < notBefore)
    warn("The ID token is not valid yet: check this machine's clock and time zone")
  if (expires !== undefined && now - SKEW_SECONDS > expires)
    warn("The ID token is expired already: check this machine's clock and time zone")
}
