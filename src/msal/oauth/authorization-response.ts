import { equalInConstantTime } from '../core/encoding.ts'
import { AuthorizationResponseError, ConfigurationError, OAuthError } from '../core/errors.ts'
import { isJsonObject } from '../core/json.ts'

/** What came back through the browser, by the wire's names. */
export type AuthorizationResponse = URLSearchParams | Readonly<Record<string, unknown>>

/** The usable part of a successful authorization response. */
export interface AuthorizationCode {
  readonly code: string
  /** Entra's `client_info`, where it came beside the code. */
  readonly clientInfo?: string
}

/**
 * Judges an authorization response.
 *
 * @param response - what reached the redirect URI
 * @param expected - the `state` that was sent, and the issuer where the provider promised to name it (RFC 9207)
 * @throws {AuthorizationResponseError} where it does not belong to the request
 * @throws {OAuthError} where the person or the server refused
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
 */
export function judgeAuthorizationResponse(
  response: AuthorizationResponse,
  expected: {
    readonly state: string
    readonly isIssuer: (issuer: string) => boolean
    readonly mustNameIssuer: boolean
  },
): AuthorizationCode {
  const read = reader(response)
  const state = read('state')
  if (state === undefined || !equalInConstantTime(state, expected.state))
    throw new AuthorizationResponseError('The response carries another state than the request: it is not its answer')
  const issuer = read('iss')
  if (issuer === undefined ? expected.mustNameIssuer : !expected.isIssuer(issuer))
    throw new AuthorizationResponseError(
      issuer === undefined
        ? 'The response does not name its issuer, as those of this provider do'
        : 'The response comes from another issuer than the request went to',
    )
  const code = read('code')
  const clientInfo = read('client_info')
  if (code) return { code, ...(clientInfo !== undefined && { clientInfo }) }
  const error = read('error')
  if (!error) throw new AuthorizationResponseError('The response carries neither a code nor an error')
  throw new OAuthError({
    error,
    errorDescription: read('error_description'),
    suberror: read('error_subcode') ?? read('suberror'),
    claims: read('claims'),
  })
}

function reader(response: unknown): (name: string) => string | undefined {
  if (response instanceof URLSearchParams)
    return (name) => {
      const [value, ...others] = response.getAll(name)
      if (others.length > 0) throw new AuthorizationResponseError(`The response carries "${name}" more than once`)
      return value
    }
  if (!isJsonObject(response)) throw new ConfigurationError('authResponse', 'URLSearchParams or an object is needed')
  return (name) => {
    const value = response[name]
    return typeof value === 'string' ? value : undefined
  }
}
