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
export type AuthorityKind = 'entra' | 'adfs' | 'b2c' | 'dsts'

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

/**
 * Reads the URL of an authority.
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
  const segments = url.pathname.split('/').filter(Boolean)
  const [tenant = ''] = segments
  const isExternalId = url.hostname.endsWith('.ciamlogin.com')
  if (tenant ? !isTenant(tenant) : !isExternalId)
    throw new Error(l10n.t('it must name a tenant after the host, as in https://login.microsoftonline.com/contoso.com'))
  const path = segments.map((segment) => `/${segment}`).join('')
  return { url: url.origin + path, host: url.host, tenant, kind: kindOf(url.hostname, segments), isLoopback }
}

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

const META_TENANTS: ReadonlySet<string> = new Set(['common', 'organizations', 'consumers', ''])

/** What a person is told about where they sign in: the tenant where one is named, else Entra or the server. */
export function describeAuthority({ kind, tenant, host }: AuthorityAddress): string {
  if (kind !== 'entra') return host
  return META_TENANTS.has(tenant.toLowerCase()) ? 'Microsoft Entra' : tenant
}

/** Whether a host name is this machine's: `localhost`, `127.0.0.0/8` or `[::1]`. */
export const isLoopbackHost = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)

function kindOf(hostname: string, segments: readonly string[]): AuthorityKind {
  const [first = '', second = ''] = segments.map((segment) => segment.toLowerCase())
  if (hostname.endsWith('.ciamlogin.com')) return 'entra'
  if (first === 'adfs') return 'adfs'
  if (first === 'dstsv2') return 'dsts'
  if (/\.b2clogin\.(com|cn|us|de)$/.test(hostname) || first === 'tfp' || second.startsWith('b2c_')) return 'b2c'
  return 'entra'
}
