/** Entra's public cloud. */
export const AZURE_PUBLIC = 'login.microsoftonline.com'
/** Entra for the US government. */
export const AZURE_US_GOVERNMENT = 'login.microsoftonline.us'
/** Entra operated in China, under the name that MSAL Python's constant has. */
export const AZURE_CHINA = 'login.chinacloudapi.cn'

/** Hosts of one cloud: they know the same accounts and share one cache. The first is the one to ask. */
const CLOUDS: readonly (readonly string[])[] = [
  [AZURE_PUBLIC, 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
  ['login.partner.microsoftonline.cn', AZURE_CHINA],
  [AZURE_US_GOVERNMENT, 'login.usgovcloudapi.net'],
  ['login.microsoftonline.de'],
  ['login-us.microsoftonline.com'],
  ['login.sovcloud-identity.fr'],
  ['login.sovcloud-identity.de'],
  ['login.sovcloud-identity.sg'],
]

const KNOWN_HOSTS: ReadonlySet<string> = new Set(CLOUDS.flat())

const CUSTOMER_DOMAINS = ['b2clogin.com', 'b2clogin.cn', 'b2clogin.us', 'b2clogin.de', 'ciamlogin.com'] as const

/** Whether a host is one of Entra's own. */
export const isKnownHost = (host: string): boolean => KNOWN_HOSTS.has(host)

/** The other names of an Entra host; none for a host that is not known here. */
export const aliasesOf = (host: string): readonly string[] =>
  CLOUDS.find((hosts) => hosts.includes(host))?.filter((alias) => alias !== host) ?? []

/** Whether a host belongs to a B2C or External ID tenant: a true subdomain, no look-alike. */
export const isCustomerHost = (host: string): boolean => CUSTOMER_DOMAINS.some((domain) => host.endsWith(`.${domain}`))

/** Whether a host belongs to an External ID tenant. */
export const isExternalIdHost = (host: string): boolean => host.endsWith('.ciamlogin.com')
