import { AuthorityError, NetworkError } from '../core/errors.ts'
import { parseJsonObject, readString, type JsonObject } from '../core/json.ts'
import { isLoopbackHost } from '../core/network-host.ts'
import type { HttpClient } from '../http/http-client.ts'
import type { AuthorityAddress } from './authority.ts'

/** The members of a provider's metadata that are used here. @see OpenID Connect Discovery 1.0 section 3 */
export interface OpenIdConfiguration {
  readonly issuer?: string
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly deviceAuthorizationEndpoint?: string
  readonly endSessionEndpoint?: string
  readonly jwksUri?: string
  readonly responseModesSupported?: readonly string[]
  /** How clients may prove their identity at the token endpoint, and the algorithms of their assertions. */
  readonly clientAuthenticationMethods?: readonly string[]
  readonly clientAssertionAlgorithms?: readonly string[]
  /** Whether each authorization response names the issuer (RFC 9207). */
  readonly namesIssuerInResponse?: boolean
}

/**
 * Fetches and checks a provider's metadata; it is answered from memory for a day.
 *
 * @throws {AuthorityError} where the tenant does not exist or the metadata is unusable
 * @throws {NetworkError} where the provider is out of order; trying again later may help
 */
export async function fetchOpenIdConfiguration(
  http: HttpClient,
  url: string,
  authority: AuthorityAddress,
): Promise<OpenIdConfiguration> {
  const { status, text } = await http({ method: 'GET', url, isMetadata: true, headers: { accept: 'application/json' } })
  if (status >= 500 || status === 429 || status === 408)
    throw new NetworkError(`${authority.host} could not tell its metadata (HTTP ${status})`, {
      status,
      host: authority.host,
    })
  const wire = status === 200 ? parseJsonObject(text) : undefined
  if (!wire) throw missingConfiguration(authority, status, text)
  return parseConfiguration(wire, authority)
}

/** Entra says by a number whether the tenant is unknown; other providers have no tenants. */
function missingConfiguration({ kind, url }: AuthorityAddress, status: number, text: string): AuthorityError {
  const codes = parseJsonObject(text)?.['error_codes']
  const errorCodes = Array.isArray(codes) ? codes.filter((code) => typeof code === 'number') : []
  const advice =
    kind === 'openid' || kind === 'adfs'
      ? 'Check its address'
      : 'Check the tenant name or GUID; an authority looks like https://login.microsoftonline.com/your_tenant, ' +
        'https://name.ciamlogin.com or https://name.b2clogin.com/name.onmicrosoft.com/policy'
  return new AuthorityError(`${url} has no OpenID configuration (HTTP ${status}). ${advice}`, {
    url,
    status,
    ...(errorCodes.length > 0 && { errorCodes }),
  })
}

function parseConfiguration(wire: JsonObject, authority: AuthorityAddress): OpenIdConfiguration {
  const endpoint = (name: string): string | undefined => {
    const url = readString(wire, name)
    if (url !== undefined && !isAllowedEndpoint(url, authority))
      throw new AuthorityError(`${authority.url} names a "${name}" that is no https URL`)
    return url
  }
  const required = (name: string): string => {
    const url = endpoint(name)
    if (url === undefined) throw new AuthorityError(`${authority.url} names no "${name}"`)
    return url
  }
  const modes = readList(wire, 'response_modes_supported')
  const methods = readList(wire, 'token_endpoint_auth_methods_supported')
  const algorithms = readList(wire, 'token_endpoint_auth_signing_alg_values_supported')
  const issuer = readString(wire, 'issuer')
  const device = endpoint('device_authorization_endpoint')
  const endSession = endpoint('end_session_endpoint')
  const jwksUri = endpoint('jwks_uri')
  return {
    authorizationEndpoint: required('authorization_endpoint'),
    tokenEndpoint: required('token_endpoint'),
    ...(issuer !== undefined && { issuer }),
    ...(device !== undefined && { deviceAuthorizationEndpoint: device }),
    ...(endSession !== undefined && { endSessionEndpoint: endSession }),
    ...(jwksUri !== undefined && { jwksUri }),
    ...(modes && { responseModesSupported: modes }),
    ...(methods && { clientAuthenticationMethods: methods }),
    ...(algorithms && { clientAssertionAlgorithms: algorithms }),
    namesIssuerInResponse: wire['authorization_response_iss_parameter_supported'] === true,
  }
}

function readList(wire: JsonObject, name: string): readonly string[] | undefined {
  const list = wire[name]
  return Array.isArray(list) ? list.map(String) : undefined
}

/** Whether an address may be asked: https, or plain http from one loopback host to another. */
export function isAllowedEndpoint(text: string, authority: AuthorityAddress): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && authority.isLoopback && isLoopbackHost(hostname))
}
