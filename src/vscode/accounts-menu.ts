import { MENU_SCOPES } from './session.ts'
import type { Settings } from './settings.ts'

/** What it takes to be seen in the Accounts menu. */
export interface AccountsMenuParts {
  readonly readSettings: () => Settings
  /** Whether it is remembered that someone is signed in. */
  readonly isAnyoneSignedIn: () => boolean
  /** Asks VS Code for a session without asking a person, so that it shows a row to sign in. */
  readonly requestSession: (scopes: readonly string[]) => PromiseLike<unknown>
}

/** Keeps a row in the Accounts menu while nobody is signed in. */
export interface AccountsMenu {
  /** Shows the row where it is wanted. Never called inside a method of the provider: VS Code would wait for itself. */
  update(): void
  /** Whether a request is the row's own; it is answered with nobody, from memory. */
  isOwnRequest(scopes: readonly string[] | undefined): boolean
}

/** VS Code shows a provider without sessions only while a request for one is pending; so this makes one. */
export function createAccountsMenu(parts: AccountsMenuParts): AccountsMenu {
  let pending = 0
  return {
    update() {
      const settings = parts.readSettings()
      if (!isConfigured(settings) || !settings.showInAccountsMenu || parts.isAnyoneSignedIn()) return
      pending++
      const end = () => pending--
      parts.requestSession(MENU_SCOPES).then(end, end)
    },
    isOwnRequest: (scopes) => pending > 0 && scopes?.join(' ') === MENU_SCOPES.join(' '),
  }
}

/** Whether there is an app registration that people can sign in to. */
export const isConfigured = ({ clientId, profiles }: Settings): boolean => Boolean(clientId) || profiles.usable.size > 0
