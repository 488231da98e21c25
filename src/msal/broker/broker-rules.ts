import type { BrokerPlatform } from '../core/broker-runtime.ts'

/** Entra's name and number for the tenant of personal accounts. */
const CONSUMERS: ReadonlySet<string> = new Set(['consumers', '9188040d-6c67-4c5b-b112-36a304b66dad'])

/** What decides whether a broker serves an authority. */
export interface BrokeredAuthority {
  /** `entra`, or what a broker knows nothing of. */
  readonly kind: string
  readonly tenant: string
}

/**
 * Whether a broker serves an authority: none serves AD FS, B2C, External ID or plain OpenID, and those of Linux no personal
 * accounts; in WSL too, for Microsoft's runtime for Linux would hang there.
 */
export const isServed = ({ kind, tenant }: BrokeredAuthority, platform: BrokerPlatform): boolean =>
  kind === 'entra' && (isOfDesktop(platform) || !CONSUMERS.has(tenant.toLowerCase()))

/** Whether a broker binds tokens to a request, and takes passwords; those of Linux do neither. */
export const isOfDesktop = (platform: BrokerPlatform): boolean => platform === 'windows' || platform === 'mac'

const NATIVE_CLIENT = 'https://login.microsoftonline.com/common/oauth2/nativeclient'
const UNSIGNED_MAC_APP = 'msauth.com.msauth.unsignedapp://auth'

/** The redirect URI that a request names; Windows does not look at it, but wants one. */
export const redirectUriOf = (platform: BrokerPlatform): string =>
  platform === 'mac' ? UNSIGNED_MAC_APP : NATIVE_CLIENT

/** The redirect URIs to register, of Windows, macOS and Linux. */
export const registeredRedirectUris = (clientId: string): readonly string[] => [
  `ms-appx-web://Microsoft.AAD.BrokerPlugin/${clientId}`,
  UNSIGNED_MAC_APP,
  NATIVE_CLIENT,
]
