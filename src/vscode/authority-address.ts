import { l10n } from 'vscode'
import { isTenant } from './scope-request.ts'

/** Hosts of Entra's clouds, by the values of the setting `entraAuth.cloud`. */
export const CLOUD_HOSTS = {
  public: 'login.microsoftonline.com',
  usGovernment: 'login.microsoftonline.us',
  china: 'login.partner.microsoftonline.cn',
  france: 'login.sovcloud-identity.fr',
  germany: 'login.sovcloud-identity.de',
  singapore: 'login.sovcloud-identity.sg',
} as const

/** A value of the setting `entraAuth.cloud`. */
export type Cloud = keyof typeof CLOUD_HOSTS

/** What kind of server an authority is: `entra` has tenants that a request may choose among, the others have none. */
export type AuthorityKind = 'entra' | 'adfs' | 'b2c' | 'dsts' | 'openid'

/** Where people sign in. */
export interface AuthorityAddress {
  /** `https://{host}/{tenant}`, without a trailing slash; http only for a loopback host. */
  readonly url: string
  /** In lower case, with the port where it is not the default. */
  readonly host: string
  /** First segment of the path; empty where there is none (External ID). */
  readonly tenant: string
  readonly kind: AuthorityKind
  /** Whether it is on this machine: then no other host is asked about it. */
  readonly isLoopback: boolean
}

const DISCOVERY_DOCUMENT = '/.well-known/openid-configuration'

/**
 * Reads the URL of an authority and tells what kind of server it is, by the first rule that fits:
 *
 * 1. `{name}.ciamlogin.com`, or a host of Entra's clouds: Entra
 * 2. a path that starts with `adfs` or `dstsv2`: AD FS, dSTS
 * 3. a host `{name}.b2clogin.com`, or a path `tfp/…` or `{tenant}/b2c_…`: B2C
 * 4. one segment that is a GUID, a domain name or `common`, `organizations`, `consumers`: a private cloud of Entra
 * 5. everything else: a plain OpenID provider, named by its issuer
 *
 * The address of a discovery document counts as its issuer, and rule 4 then does not apply.
 *
 * @throws {Error} that says what is wrong with it
 */
export function parseAuthority(text: string): AuthorityAddress {
  if (!URL.canParse(text)) throw new Error(l10n.t('it is no URL'))
  const url = new URL(text)
  const isLoopback = isLoopbackHost(url.hostname)
  if (url.username || url.password || url.search || url.hash)
    throw new Error(l10n.t('it must hold no user name, query or fragment'))
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback))
    throw new Error(l10n.t('it must start with https://'))
  const path = url.pathname.replace(/\/+$/, '')
  const isDocument = path.endsWith(DISCOVERY_DOCUMENT)
  const segments = (isDocument ? path.slice(0, -DISCOVERY_DOCUMENT.length) : path).split('/').filter(Boolean)
  const kind = kindOf(url.hostname, segments, isDocument)
  const [tenant = ''] = segments
  if (kind === 'entra' && (tenant ? !isTenant(tenant) : !isExternalId(url.hostname)))
    throw new Error(l10n.t('it must name a tenant after the host, as in https://login.microsoftonline.com/contoso.com'))
  const kept = kind === 'entra' ? segments.slice(0, 1) : segments
  const address = url.origin + kept.map((segment) => `/${segment}`).join('')
  return { url: address, host: url.host, tenant, kind, isLoopback }
}

/** The text that {@link parseAuthority} reads as the same authority. */
export const printAuthority = ({ kind, url }: AuthorityAddress): string =>
  kind === 'openid' ? url + DISCOVERY_DOCUMENT : url

/**
 * The library's options that name the authority. Nobody but a loopback authority itself is asked about it: it is a
 * simulator or a developer's own provider.
 */
export const authorityOptions = ({ kind, url, isLoopback }: AuthorityAddress) =>
  kind === 'openid'
    ? { oidcAuthority: url }
    : { authority: url, ...(isLoopback && { instanceDiscovery: false as const }) }

/** The authority of a tenant in one of Entra's clouds. */
export function authorityOfCloud(cloud: Cloud, tenant: string): AuthorityAddress {
  const host = CLOUD_HOSTS[cloud]
  return { url: `https://${host}/${tenant}`, host, tenant, kind: 'entra', isLoopback: false }
}

/** The same authority for another tenant; undefined where the server has no tenants to choose among. */
export function replaceTenant(authority: AuthorityAddress, tenant: string): AuthorityAddress | undefined {
  if (authority.kind !== 'entra') return undefined
  return { ...authority, tenant, url: `${new URL(authority.url).origin}/${tenant}` }
}

/** Names that stand for many tenants. */
export const META_TENANTS: ReadonlySet<string> = new Set(['common', 'organizations', 'consumers'])

/** Whether an authority stands for more than one tenant of Entra, so that each account signs in at its own. */
export const isOpenTenant = ({ kind, tenant }: AuthorityAddress): boolean =>
  kind === 'entra' && META_TENANTS.has(tenant.toLowerCase())

/** What a person is told about where they sign in: the tenant where one is named, else Entra or the server. */
export function describeAuthority(authority: AuthorityAddress): string {
  if (authority.kind !== 'entra') return authority.host
  return isOpenTenant(authority) ? 'Microsoft Entra' : authority.tenant || authority.host
}

/** Whether a host name is this machine's: `localhost`, `127.0.0.0/8` or `[::1]`. */
export const isLoopbackHost = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)

const ENTRA_HOST =
  /^(login|login-us|sts)\.(microsoftonline\.(com|us|de)|partner\.microsoftonline\.cn|windows\.net|microsoft\.com|chinacloudapi\.cn|usgovcloudapi\.net|sovcloud-identity\.(fr|de|sg))$/
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Whether a host name is External ID's, whose people are customers. */
export const isExternalId = (hostname: string): boolean => hostname.endsWith('.ciamlogin.com')

/** Whether a host is Entra's own, about which nobody has to be asked. */
export const isEntraHost = ({ url }: AuthorityAddress): boolean => {
  const { hostname } = new URL(url)
  return ENTRA_HOST.test(hostname) || isExternalId(hostname)
}

function kindOf(hostname: string, segments: readonly string[], isDocument: boolean): AuthorityKind {
  const [first = '', second = ''] = segments.map((segment) => segment.toLowerCase())
  if (isExternalId(hostname)) return 'entra'
  if (first === 'adfs') return 'adfs'
  if (first === 'dstsv2') return 'dsts'
  if (/\.b2clogin\.(com|cn|us|de)$/.test(hostname) || first === 'tfp' || second.startsWith('b2c_')) return 'b2c'
  if (ENTRA_HOST.test(hostname)) return 'entra'
  const isTenantName = GUID.test(first) || (first.includes('.') && isTenant(first)) || META_TENANTS.has(first)
  return segments.length === 1 && isTenantName && !isDocument ? 'entra' : 'openid'
}
