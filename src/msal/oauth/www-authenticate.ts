import { decodeBase64Url } from '../core/encoding.ts'
import { parseJsonObject } from '../core/json.ts'

/** One challenge of a `WWW-Authenticate` field; parameter names are in lower case. */
export interface Challenge {
  /** As written, `Bearer` for example. */
  readonly scheme: string
  /** By their names in lower case, unquoted. */
  readonly params: Readonly<Record<string, string>>
}

const MAX_FIELD_LENGTH = 32 * 1024
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*(?=\s*(?:,|$))/y
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)"/y

/**
 * Reads a `WWW-Authenticate` field with any number of challenges; of a malformed one, what stands before the fault.
 *
 * @returns the challenges in their order; a parameter that stands twice keeps its first value
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
export function parseWwwAuthenticate(field: string | null | undefined): readonly Challenge[] {
  const challenges: { readonly scheme: string; readonly params: Map<string, string> }[] = []
  if (typeof field !== 'string' || field.length > MAX_FIELD_LENGTH) return []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const match = pattern.exec(field)
    if (match) at = pattern.lastIndex
    return match
  }
  const skip = (pattern: RegExp): boolean => take(pattern) !== null
  while (at < field.length) {
    skip(/[\s,]+/y)
    const word = take(TOKEN)?.[0]
    if (word === undefined) break
    if (!skip(/\s*=\s*/y)) {
      challenges.push({ scheme: word, params: new Map() })
      const hasSpace = skip(/\s+/y)
      if (hasSpace) skip(TOKEN68)
      continue
    }
    const quoted = take(QUOTED)?.[1]
    const value = quoted === undefined ? take(TOKEN)?.[0] : quoted.replace(/\\([\s\S])/g, '$1')
    const challenge = challenges.at(-1)
    if (value === undefined || !challenge) break
    const name = word.toLowerCase()
    if (!challenge.params.has(name)) challenge.params.set(name, value)
    if (!/\s*(?:,|$)/y.test(field.slice(at))) break
  }
  return challenges.map(({ scheme, params }) => ({ scheme, params: Object.fromEntries(params) }))
}

/**
 * The claims that a resource asks for (`Bearer … error="insufficient_claims", claims="…"`), for `claimsChallenge`.
 *
 * @param source - the value of `WWW-Authenticate`, or its challenges
 * @returns JSON text, or undefined where no challenge asks for claims or they are malformed or longer than 32 KiB
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export function readClaimsChallenge(source: string | readonly Challenge[] | null | undefined): string | undefined {
  const challenges = typeof source === 'object' && source ? source : parseWwwAuthenticate(source)
  for (const { scheme, params } of challenges) {
    const { claims } = params
    if (!/^(bearer|pop)$/i.test(scheme) || claims === undefined) continue
    const text = decodeClaims(claims)
    if (text !== undefined) return text
  }
  return undefined
}

/** Claims as JSON text, from base64, base64url or JSON, also with the backslashes of a quoted string; undefined where they are none. */
function decodeClaims(claims: string): string | undefined {
  if (claims.length > MAX_FIELD_LENGTH) return undefined
  const plain = [claims, claims.replace(/\\([\s\S])/g, '$1')].find(parseJsonObject)
  if (plain !== undefined) return plain
  try {
    const text = decodeBase64Url(claims.replaceAll('+', '-').replaceAll('/', '_'))
    return parseJsonObject(text) && text
  } catch {
    return undefined
  }
}
