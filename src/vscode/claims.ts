import { asPlainText } from './display-text.ts'

/** Claims that name nobody and open nothing; all others are hidden until a person asks for them. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...['iss', 'aud', 'exp', 'iat', 'nbf', 'auth_time', 'tid', 'ver', 'scp', 'roles', 'idtyp'],
  ...['acr', 'acrs', 'amr', 'azp', 'appid', 'azpacr', 'appidacr'],
])
const TIMES: ReadonlySet<string> = new Set(['exp', 'iat', 'nbf', 'auth_time'])

/** Members of structured claims that carry credentials, as `access_token` of a distributed claim does. */
const CREDENTIAL = /token|secret|password|assertion|credential/i
const JWT = /\beyJ[\w-]+(?:\.[\w-]*)+/g

/** Whether a claim is hidden at first. */
export const isSensitive = (name: string): boolean => !HARMLESS.has(name)

/**
 * A claim's value as a line of text; whatever is a credential in it stays hidden for good.
 *
 * @param formatTime - of seconds since 1970
 * @see https://openid.net/specs/openid-connect-core-1_0.html#AggregatedDistributedClaims
 */
export const formatClaim = (claim: readonly [string, unknown], formatTime: (seconds: number) => string): string =>
  asPlainText(copyClaim(claim, formatTime) ?? '[secret]')

/** The same in full, as it may be copied; undefined for what is a credential as a whole. */
export function copyClaim(
  [name, value]: readonly [string, unknown],
  formatTime: (seconds: number) => string,
): string | undefined {
  if (CREDENTIAL.test(name)) return undefined
  if (typeof value === 'number' && TIMES.has(name)) return formatTime(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value, hideCredentials)
  return text.replace(JWT, '[token]')
}

const hideCredentials = (name: string, value: unknown): unknown => (CREDENTIAL.test(name) ? '[secret]' : value)
