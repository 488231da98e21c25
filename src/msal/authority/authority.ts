import { ConfigurationError } from '../core/errors.ts'
import { isLoopbackHost } from '../core/network-host.ts'
import { aliasesOf, isCustomerHost, isExternalIdHost, isKnownHost } from './authority-hosts.ts'

/** Joins an instance (host) and a tenant to an authority. */
export class AuthorityBuilder {
  readonly #url: string

  constructor(instance: string, tenant: string) {
    if (typeof instance !== 'string' || !instance) throw new ConfigurationError('instance', 'a host name is needed')
    if (typeof tenant !== 'string' || !tenant) throw new ConfigurationError('tenant', 'text is needed')
    this.#url = `https://${instance.replace(/\/+$/, '')}/${tenant.replace(/^\/+|\/+$/g, '')}`
  }

  /** The authority's URL. */
  toString(): string {
    return this.#url
  }
}

/** What kind of server an authority is; it decides about discovery, issuer rules and brokers. */
export type AuthorityKind = 'entra' | 'adfs' | 'b2c' | 'external-id' | 'openid'

/** An authority as the caller named it, checked but not looked up. */
export interface AuthorityAddress {
  readonly kind: AuthorityKind
  /** The caller's URL without a trailing slash. */
  readonly url: string
  /** Host in lower case, with its port where that is not the default; the `environment` of cache entries. */
  readonly host: string
  /** First segment of the path; of External ID without one, `{subdomain}.onmicrosoft.com`. */
  readonly tenant: string
  /** Where its OpenID configuration is, unless instance discovery says otherwise. */
  readonly configurationUrl: string
  /** Other hosts under which the same accounts may be kept. */
  readonly aliases: readonly string[]
  /** Whether Microsoft's list of instances has to confirm the host. */
  readonly needsInstanceDiscovery: boolean
  /** Whether plain http is allowed for it and its endpoints: this machine only. */
  readonly isLoopback: boolean
}

/** The options that name an authority. */
export interface AuthorityOptions {
  readonly authority?: string | AuthorityBuilder | undefined
  readonly oidcAuthority?: string | undefined
  readonly validateAuthority?: boolean | undefined
  readonly instanceDiscovery?: boolean | undefined
}

const DEFAULT_AUTHORITY = 'https://login.microsoftonline.com/common'

/**
 * Reads an authority.
 *
 * @throws {ConfigurationError} naming `authority` or `oidcAuthority`
 * @see https://learn.microsoft.com/entra/identity-platform/msal-client-application-configuration#authority
 */
export function parseAuthority(options: AuthorityOptions): AuthorityAddress {
  if (options.oidcAuthority !== undefined && options.authority !== undefined)
    throw new ConfigurationError('oidcAuthority', 'give either authority or oidcAuthority, not both')
  if (options.oidcAuthority !== undefined) return parseOpenIdAuthority('oidcAuthority', options.oidcAuthority)
  const given = options.authority ?? DEFAULT_AUTHORITY
  const text = given instanceof AuthorityBuilder ? given.toString() : given
  const url = parseUrl('authority', text, options.instanceDiscovery === false)
  if (url.pathname.startsWith('/dstsv2')) return parseOpenIdAuthority('authority', text)
  const host = url.host.toLowerCase()
  const [tenant, policy, ...rest] = url.pathname.split('/').filter(Boolean)
  const isExternalId = isExternalIdHost(url.hostname)
  if (!tenant && !isExternalId)
    throw new ConfigurationError('authority', `${text} lacks a tenant, as in https://${host}/your_tenant`)
  const isAdfs = tenant?.toLowerCase() === 'adfs' && !isExternalId
  const isCustomPolicy = rest.length === 0 && policy?.toLowerCase().startsWith('b2c_') === true
  const kind = isExternalId
    ? 'external-id'
    : isAdfs
      ? 'adfs'
      : isCustomerHost(url.hostname) || isCustomPolicy
        ? 'b2c'
        : 'entra'
  const effectiveTenant = tenant ?? `${url.hostname.slice(0, -'.ciamlogin.com'.length)}.onmicrosoft.com`
  const path = tenant ? url.pathname.replace(/\/+$/, '') : `/${effectiveTenant}`
  const isTakenAsIs = options.instanceDiscovery === false || options.validateAuthority === false || kind !== 'entra'
  return {
    kind,
    host,
    tenant: effectiveTenant,
    aliases: kind === 'entra' && options.instanceDiscovery !== false ? aliasesOf(host) : [],
    url: url.origin + path,
    configurationUrl: `${url.origin}${path}${isAdfs ? '' : '/v2.0'}/.well-known/openid-configuration${url.search}`,
    needsInstanceDiscovery: !isTakenAsIs && !isKnownHost(url.hostname),
    isLoopback: isLoopbackHost(url.hostname),
  }
}

function parseOpenIdAuthority(argument: string, text: unknown): AuthorityAddress {
  const url = parseUrl(argument, text, true)
  const base = url.origin + url.pathname.replace(/\/+$/, '')
  const [tenant] = url.pathname.split('/').filter(Boolean)
  return {
    kind: tenant?.toLowerCase() === 'adfs' ? 'adfs' : 'openid',
    url: base,
    host: url.host.toLowerCase(),
    tenant: tenant ?? '',
    aliases: [],
    configurationUrl: `${base}/.well-known/openid-configuration`,
    needsInstanceDiscovery: false,
    isLoopback: isLoopbackHost(url.hostname),
  }
}

function parseUrl(argument: string, text: unknown, mayBeLoopback: boolean): URL {
  if (typeof text !== 'string' || !URL.canParse(text))
    throw new ConfigurationError(argument, 'a URL is needed, as https://login.microsoftonline.com/your_tenant')
  const url = new URL(text)
  if (url.username || url.password || url.hash)
    throw new ConfigurationError(argument, 'must hold no user name, password or fragment')
  const isPlain = url.protocol === 'http:' && mayBeLoopback && isLoopbackHost(url.hostname)
  if (url.protocol !== 'https:' && !isPlain)
    throw new ConfigurationError(
      argument,
      'must start with https:// (http:// only for a loopback host with instanceDiscovery: false or as oidcAuthority)',
    )
  return url
}

const META_TENANTS: ReadonlySet<string> = new Set(['common', 'organizations', 'consumers'])
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Whether a tenant segment stands for more than one tenant. */
export const isMetaTenant = (tenant: string): boolean => META_TENANTS.has(tenant.toLowerCase())

/**
 * The realm that cache entries of an authority have, where it can be told without asking its metadata;
 * undefined for a domain name, which the metadata resolves to a GUID.
 */
export function knownRealm({ kind, tenant }: AuthorityAddress): string | undefined {
  return kind === 'entra' && (GUID.test(tenant) || isMetaTenant(tenant)) ? tenant.toLowerCase() : undefined
}
