import { isServed } from '../broker/broker-rules.ts'
import { untilAborted } from '../core/abort.ts'
import type { BrokerLog, BrokerPlatform } from '../core/broker-runtime.ts'
import { ConfigurationError } from '../core/errors.ts'
import type { Logger, Platform } from '../core/ports.ts'
import type { ClientContext } from './client-context.ts'

/** The options that decide about brokers. */
export interface BrokerOptions {
  readonly enableBrokerOnWindows?: boolean | undefined
  readonly enableBrokerOnMac?: boolean | undefined
  readonly enableBrokerOnLinux?: boolean | undefined
  readonly enableBrokerOnWsl?: boolean | undefined
  readonly validateAuthority?: boolean | undefined
  readonly instanceDiscovery?: boolean | undefined
  readonly enablePiiLog?: boolean | undefined
}

/** The options by which each platform's broker is enabled. */
const SWITCHES = {
  windows: ['enableBrokerOnWindows'],
  mac: ['enableBrokerOnMac'],
  linux: ['enableBrokerOnLinux'],
  wsl: ['enableBrokerOnWsl', 'enableBrokerOnLinux'],
} as const satisfies Readonly<Record<BrokerPlatform, readonly (keyof BrokerOptions)[]>>

/** Makes what starts the broker of this machine for a client; nothing is read or started yet. */
export function createBrokerStarter(
  options: BrokerOptions,
  { platform, logger }: { readonly platform: Platform; readonly logger: Logger },
): ClientContext['startBroker'] {
  const isEnabled = (name: keyof BrokerOptions): boolean => options[name] === true
  const host = Object.values(SWITCHES).flat().some(isEnabled) ? platform.broker : undefined
  const log = logOf(logger, options.enablePiiLog === true)
  const validatesAuthority = options.validateAuthority !== false && options.instanceDiscovery !== false
  let isTold = false
  return async (address, { serves = () => true, signal } = {}) => {
    const system = host?.platform
    const enabled = system && SWITCHES[system].find(isEnabled)
    if (!host || !system || !enabled || !isServed(address, system) || !serves(system)) return undefined
    const start = await untilAborted(host.start(log), signal)
    switch (start.state) {
      case 'ready':
        return { platform: system, runtime: start.runtime, redirectUri: host.redirectUri, validatesAuthority }
      case 'missing':
        throw new ConfigurationError(enabled, start.hint)
      case 'unavailable':
        if (!isTold) logger.warn(`Going on without the broker, which can't be had: ${start.reason}`)
        isTold = true
        return undefined
    }
  }
}

const plainLogs = new WeakMap<Logger, BrokerLog>()
const personalLogs = new WeakMap<Logger, BrokerLog>()

/** What is told to a logger; the same for all clients that share it, so that it is told once. */
function logOf(logger: Logger, allowsPii: boolean): BrokerLog {
  const logs = allowsPii ? personalLogs : plainLogs
  const log = logs.get(logger) ?? {
    allowsPii,
    debug: (message) => logger.debug(message),
    error: (message) => logger.error(message),
  }
  logs.set(logger, log)
  return log
}
