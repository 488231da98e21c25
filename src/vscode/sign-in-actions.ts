/** What a person can do while a sign-in waits; each is a command `entraAuth.{action}`. */
export const SIGN_IN_ACTIONS = ['useAnotherWay', 'useBrowser', 'reopenPage', 'copyDeviceCode', 'newDeviceCode'] as const

/** One of {@link SIGN_IN_ACTIONS}. */
export type SignInAction = (typeof SIGN_IN_ACTIONS)[number]

/** Actions that are on offer until `end`. */
export interface Offer {
  /** A link for the text of a progress notification. */
  link(action: SignInAction, label: string): string
  end(): void
}

/** The actions of all sign-ins that wait. */
export interface SignInActions {
  offer(handlers: Readonly<Partial<Record<SignInAction, () => void>>>): Offer
  /** Runs an action of the offer that a link names, or of the latest one that has it. */
  run(action: SignInAction, offer: unknown): void
}

/** @param onChange - told which actions are on offer now, for the command palette */
export function createSignInActions(onChange: (offered: ReadonlySet<SignInAction>) => void): SignInActions {
  const offers = new Map<number, Readonly<Partial<Record<SignInAction, () => void>>>>()
  let last = 0
  const notify = () =>
    onChange(new Set(SIGN_IN_ACTIONS.filter((action) => [...offers.values()].some((o) => o[action]))))
  return {
    offer(handlers) {
      const id = ++last
      offers.set(id, handlers)
      notify()
      return {
        link: (action, label) => `[${label}](command:entraAuth.${action}?${encodeURIComponent(JSON.stringify([id]))})`,
        end: () => {
          offers.delete(id)
          notify()
        },
      }
    },
    run(action, offer) {
      const handlers =
        typeof offer === 'number' ? offers.get(offer) : [...offers.values()].findLast((candidate) => candidate[action])
      handlers?.[action]?.()
    },
  }
}

/** Links side by side, as far as there are any. */
export const joinLinks = (...links: readonly string[]): string => links.filter(Boolean).join(' · ')
