import type { JsonObject } from '../core/json.ts'
import { trimEnd } from '../core/text.ts'
import { isCustomerHost, isKnownHost } from './authority-hosts.ts'
import { isMetaTenant, type AuthorityAddress } from './authority.ts'

/**
 * Whether an authority's metadata may name this issuer: its own URL or host, a region of its host, or one of
 * Microsoft's hosts.
 *
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation
 */
export function isIssuerOfAuthority(issuer: string, authority: AuthorityAddress): boolean {
  if (withoutSlash(issuer) === authority.url) return true
  if (!URL.canParse(issuer)) return false
  const { protocol, host, hostname, username, password } = new URL(issuer)
  const base = new URL(authority.url)
  if (username || password || (protocol !== 'https:' && protocol !== base.protocol)) return false
  if (host === base.host) return protocol === base.protocol
  if (protocol !== 'https:') return false
  const parent = hostname.slice(hostname.indexOf('.') + 1)
  return [hostname, parent].some(isKnownHost) || parent === base.hostname || isCustomerHost(hostname)
}

/**
 * Whether an ID token's issuer is the one that the metadata named; where that stands for many tenants
 * (`{tenantid}`, or an authority like `common`), the token's own tenant takes its place.
 */
export function isIssuerOfToken(
  issuer: string,
  claims: JsonObject,
  expected: { readonly issuer: string; readonly address: AuthorityAddress },
): boolean {
  if (withoutSlash(issuer) === withoutSlash(expected.issuer)) return true
  const tenant = claims['tid']
  if (typeof tenant !== 'string' || !/^[\w-]+$/.test(tenant)) return false
  const template = expected.issuer.replace('{tenantid}', tenant)
  if (withoutSlash(issuer) === withoutSlash(template)) return true
  const { address } = expected
  if (address.kind !== 'entra' || !isMetaTenant(address.tenant)) return false
  return issuer === expected.issuer.replace(`/${address.tenant}/`, `/${tenant}/`)
}

const withoutSlash = (url: string): string => trimEnd(url, '/')
