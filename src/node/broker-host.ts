import { readFileSync } from 'node:fs'
import type { BrokerHost, BrokerLog, BrokerPlatform, BrokerStart } from '../msal/core/broker-runtime.ts'

/** What tells which broker a machine has, and starts it. */
export interface BrokerMachine {
  readonly platform: NodeJS.Platform
  /** Release of the kernel; Linux only. */
  readRelease(): string
  startLinux(): Promise<BrokerStart>
  startNative(options: { readonly platform: BrokerPlatform; readonly log: BrokerLog }): Promise<BrokerStart>
}

const thisMachine: BrokerMachine = {
  get platform() {
    return process.platform
  },
  readRelease: () => readFileSync('/proc/sys/kernel/osrelease', 'utf8'),
  startLinux: async () => (await import('./linux-broker.ts')).startLinuxBroker({ environment: process.env }),
  startNative: async (options) => (await import('./native-broker.ts')).startNativeBroker(options),
}

/** Makes the host of this machine's brokers; nothing is looked at, loaded or started before it is used. */
export function createBrokerHost(machine: BrokerMachine = thisMachine): BrokerHost {
  let known: { readonly platform: BrokerPlatform | undefined } | undefined
  const lookUp = () => (known ??= { platform: findPlatform(machine) }).platform
  const plain = createNativeStarter(machine, false)
  const personal = createNativeStarter(machine, true)
  return {
    get platform() {
      return lookUp()
    },
    start: async (log) => {
      const platform = lookUp()
      switch (platform) {
        case undefined:
          return { state: 'unavailable', reason: 'this system has none' }
        case 'linux':
          // It keeps nothing open, so each use asks for a sign of life.
          return machine.startLinux()
        case 'windows':
        case 'mac':
        case 'wsl':
          // What names people goes to those alone who may be told.
          return log?.allowsPii ? personal(platform, log) : plain(platform, log)
      }
    },
  }
}

function findPlatform(machine: BrokerMachine): BrokerPlatform | undefined {
  if (machine.platform === 'win32') return 'windows'
  if (machine.platform === 'darwin') return 'mac'
  if (machine.platform !== 'linux') return undefined
  try {
    return /microsoft/i.test(machine.readRelease()) ? 'wsl' : 'linux'
  } catch {
    return 'linux'
  }
}

/** Starts the native runtime once for all clients, each of which is told what it logs; a start that failed is tried again. */
function createNativeStarter(machine: BrokerMachine, allowsPii: boolean) {
  const logs = new Set<BrokerLog>()
  const log: BrokerLog = {
    allowsPii,
    debug: (message) => logs.forEach((each) => each.debug(message)),
    error: (message) => logs.forEach((each) => each.error(message)),
  }
  let running: Promise<BrokerStart> | undefined
  return async (platform: BrokerPlatform, listener: BrokerLog | undefined): Promise<BrokerStart> => {
    if (listener) logs.add(listener)
    const start = (running ??= machine.startNative({ platform, log }))
    try {
      const started = await start
      if (started.state !== 'ready') running = undefined
      return started
    } catch (error) {
      running = undefined
      throw error
    }
  }
}
