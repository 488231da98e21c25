import type { ExtensionContext } from 'vscode'
import type { MethodWish } from './authentication-provider.ts'
import { createBrokerMemory, type BrokerMemory } from './broker-memory.ts'
import { findBroker } from './broker-rules.ts'
import type { Machine } from './machine.ts'
import { listSignInMethods, type SignInMethod } from './sign-in-methods.ts'
import { isAtHand, readHostFacts } from './window.ts'

/** The ways to sign in that there are in this window. */
export interface MethodList {
  readonly brokerMemory: BrokerMemory
  /** Whether the operating system's broker, should there be one, is the person's own. */
  isBrokerAtHand(this: void): boolean
  /** The first is tried first. */
  list(this: void, wish: MethodWish): Promise<readonly SignInMethod[]>
}

const AVOIDED_BROKER = 'avoidedBroker'

/** Looks at the window and the machine each time it is asked. */
export function createMethodList(context: ExtensionContext, machine: Machine): MethodList {
  const { hasBroker, clock, extensionHost } = machine
  const memory = createBrokerMemory({
    get: () => context.globalState.get(AVOIDED_BROKER),
    set: (value) => void context.globalState.update(AVOIDED_BROKER, value),
  })
  return {
    brokerMemory: memory,
    isBrokerAtHand: () => hasBroker !== undefined && isAtHand(context),
    async list(wish) {
      const isBrokered = hasBroker !== undefined && wish.mayUseBroker
      const broker = isBrokered ? await findBroker(wish.clientId, { hasBroker, clock, memory }) : 'none'
      return listSignInMethods({ ...(await readHostFacts(context, extensionHost)), broker }, wish)
    },
  }
}
