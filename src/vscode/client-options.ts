import { authorityOptions } from './authority-address.ts'
import type { ClientConfiguration } from './client-registry.ts'

/** Options of the library's application that a configuration decides about. */
export interface RegisteredClientOptions {
  readonly clientId: string
  /** Of Entra, AD FS, B2C and dSTS; other providers have `oidcAuthority` in its place. */
  readonly authority?: string
  readonly oidcAuthority?: string
  readonly instanceDiscovery?: false
  readonly clientCapabilities?: readonly string[]
  readonly enableBrokerOnWindows?: true
  readonly enableBrokerOnMac?: true
  readonly enableBrokerOnLinux?: true
  readonly enableBrokerOnWsl?: true
}

const BROKER = {
  enableBrokerOnWindows: true,
  enableBrokerOnMac: true,
  enableBrokerOnLinux: true,
  enableBrokerOnWsl: true,
} as const

/** The options of a configuration's application. */
export function clientOptions(configuration: ClientConfiguration): RegisteredClientOptions {
  const { clientId, authority, instanceDiscovery, clientCapabilities, usesBroker } = configuration
  return {
    clientId,
    ...authorityOptions(authority),
    // Nobody is ever asked about a plain OpenID provider, which takes no such option.
    ...(instanceDiscovery === false && authority.kind !== 'openid' && { instanceDiscovery }),
    // Capabilities are Entra's; other servers need not know the claim that carries them.
    ...(authority.kind === 'entra' && clientCapabilities && { clientCapabilities }),
    ...(usesBroker && BROKER),
  }
}
