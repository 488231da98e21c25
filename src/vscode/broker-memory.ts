import { RedirectUriError } from '../msal/index.ts'

/** Where VS Code keeps what is no secret, on this machine alone. */
export interface MachineMemory {
  get(this: void): unknown
  set(this: void, value: readonly string[]): void
}

/** Whether the broker is to be tried first; it is not after it failed, until somebody chooses it and it works. */
export interface BrokerMemory {
  isAvoided(this: void, clientId: string): boolean
  /** The person went another way meanwhile, or the broker failed. */
  avoid(this: void, clientId: string, failure?: unknown): void
  restore(this: void, clientId: string): void
}

/** Stands for every client in the list that is kept. */
const ALL = '*'

/** @param kept - client IDs */
export function createBrokerMemory(kept: MachineMemory): BrokerMemory {
  const read = () => {
    const value = kept.get()
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
  }
  return {
    isAvoided: (clientId) => read().some((item) => item === ALL || item === clientId),
    avoid(clientId, failure) {
      // A redirect URI that is missing is one registration's fault, everything else is this machine's.
      const entry = failure instanceof RedirectUriError ? clientId : ALL
      if (!read().includes(entry)) kept.set([...read(), entry])
    },
    restore(clientId) {
      const others = read().filter((item) => item !== ALL && item !== clientId)
      if (others.length < read().length) kept.set(others)
    },
  }
}
