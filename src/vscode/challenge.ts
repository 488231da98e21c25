import { l10n } from 'vscode'
import { readClaimsChallenge, type Challenge } from '../msal/index.ts'
import { isObject } from './encoding.ts'
import { isPseudoScope } from './scope-request.ts'

/** What the challenges of an API ask for. */
export interface ChallengeRequest {
  /** Of the challenge, else those that the caller falls back to; with the caller's pseudo-scopes in both cases. */
  readonly scopes: readonly string[]
  /** JSON text; absent where only a token is asked for. */
  readonly claims?: string
}

/** Challenges can't be answered; the message says why. */
export class ChallengeError extends Error {
  override name = 'ChallengeError'
}

/**
 * Reads what VS Code passes on where an API refused a token: `{challenges: [{scheme, params}], fallbackScopes?}`. It
 * does so from 1.105 on; its typings don't name it.
 *
 * @throws {ChallengeError} where no bearer token would do, the claims are malformed, or no scopes are named
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export function parseConstraint(constraint: unknown): ChallengeRequest {
  const { challenges, fallbackScopes } = isObject(constraint) ? constraint : {}
  const all = Array.isArray(challenges) ? challenges.flatMap(parseChallenge) : []
  const bearer = all.filter(({ scheme }) => scheme.toLowerCase() === 'bearer')
  if (bearer.length === 0)
    throw new ChallengeError(l10n.t('The API does not ask for a bearer token, and Entra Auth can give no other.'))
  const claims = readClaimsChallenge(bearer)
  if (claims === undefined && bearer.some(({ params }) => params['claims'] !== undefined))
    throw new ChallengeError(l10n.t("The API's challenge can't be read: its claims are no JSON object in base64url."))
  return { scopes: chooseScopes(bearer, fallbackScopes), ...(claims !== undefined && { claims }) }
}

/** An API may name scopes, but neither the client nor the tenant: those stay the caller's. */
function chooseScopes(challenges: readonly Challenge[], fallback: unknown): readonly string[] {
  const own = Array.isArray(fallback) ? fallback.filter((scope) => typeof scope === 'string') : []
  const named = challenges.map(({ params }) => params['scope']?.split(/\s+/).filter((scope) => isNamed(scope)) ?? [])
  const asked = named.find((scopes) => scopes.length > 0)
  const scopes = asked ? [...asked, ...own.filter(isPseudoScope)] : own
  if (scopes.length === 0)
    throw new ChallengeError(l10n.t('The challenge names no scopes, and neither does the extension that passed it on.'))
  return scopes
}

const isNamed = (scope: string): boolean => scope !== '' && !isPseudoScope(scope)

function parseChallenge(value: unknown): readonly Challenge[] {
  if (!isObject(value) || typeof value['scheme'] !== 'string') return []
  const params = isObject(value['params']) ? Object.entries(value['params']) : []
  const texts = params.flatMap(([name, text]) =>
    typeof text === 'string' ? [[name.toLowerCase(), text] as const] : [],
  )
  return [{ scheme: value['scheme'], params: Object.fromEntries(texts) }]
}
