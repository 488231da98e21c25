import { ConfigurationError } from '../core/errors.ts'
import { isJsonObject, parseJsonObject, type JsonObject } from '../core/json.ts'

/**
 * The `claims` parameter: a resource's challenge with the client's capabilities merged in.
 *
 * @returns JSON text, or undefined where there is neither
 * @throws {ConfigurationError} where the challenge is no JSON object
 * @see https://openid.net/specs/openid-connect-core-1_0.html#ClaimsParameter
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export function mergeClaims(capabilities: readonly string[], challenge: string | undefined): string | undefined {
  const asked = parseClaims('claimsChallenge', challenge)
  if (capabilities.length === 0) return challenge || undefined
  const accessToken = isJsonObject(asked['access_token']) ? asked['access_token'] : {}
  return JSON.stringify({ ...asked, access_token: { ...accessToken, xms_cc: { values: capabilities } } })
}

/** Merges two requests for claims; where both name a claim, the second wins. */
export function mergeClaimsRequests(first: string | undefined, second: string | undefined): string | undefined {
  if (!first || !second) return first || second || undefined
  return JSON.stringify(mergeObjects(parseClaims('claims', first), parseClaims('claims', second)))
}

/** A claims request as an object; absent or empty text is an empty one. @throws {ConfigurationError} naming `argument` */
export function parseClaims(argument: string, text: unknown): JsonObject {
  if (text === undefined || text === null || text === '') return {}
  const claims = typeof text === 'string' ? parseJsonObject(text) : undefined
  if (!claims) throw new ConfigurationError(argument, 'the text of a JSON object is needed')
  return claims
}

/**
 * Claims that a client forwards from its own caller: sent like a challenge, but cached.
 *
 * @throws {ConfigurationError} naming `forwardedClientClaims`
 */
export function parseForwardedClaims(text: unknown): string | undefined {
  if (text === undefined || text === null) return undefined
  if (text === '') throw new ConfigurationError('forwardedClientClaims', 'the text of a JSON object is needed')
  parseClaims('forwardedClientClaims', text)
  return typeof text === 'string' ? text : undefined
}

function mergeObjects(first: JsonObject, second: JsonObject): JsonObject {
  const merged = new Map(Object.entries(first))
  for (const [name, value] of Object.entries(second)) {
    const known = merged.get(name)
    merged.set(name, isJsonObject(known) && isJsonObject(value) ? mergeObjects(known, value) : value)
  }
  return Object.fromEntries(merged)
}
