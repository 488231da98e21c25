import { l10n } from 'vscode'
import { ClientConfigurationError, NoClientIdError } from './client-registry.ts'
import { asPlainNotification } from './display-text.ts'
import { explainFailure, isCancellation } from './failure.ts'
import { PolicyFileError } from './policy.ts'
import type { SecretProblem } from './secret-storage-persistence.ts'
import { SECTION, type SettingName, type SettingProblem } from './settings.ts'

/** A button of a notification. */
export interface NotificationButton {
  readonly label: string
  readonly run: () => void
}

/** Shows a notification; nobody waits for its answer. */
export type ShowNotification = (
  level: 'error' | 'warning' | 'info',
  text: string,
  buttons: readonly NotificationButton[],
) => void

/** Where the buttons lead. */
export interface Destinations {
  openSetting(setting: string): void
  openRegistrationHelp(): void
  showLog(): void
  diagnose(): void
}

/** The notifications of this extension: what happened, and what to do next. */
export interface Notifications {
  signInFailed(this: void, error: unknown): void
  settingProblem(this: void, problem: SettingProblem): void
  /** Of the policy's file; settings that narrow it have {@link Notifications.settingProblem}. */
  policyProblem(this: void, error: unknown): void
  secretProblem(this: void, problem: SecretProblem): void
}

/** Problems of settings, of the policy and of the key store are told once per window and text. */
export function createNotifications(show: ShowNotification, destinations: Destinations): Notifications {
  const told = new Set<string>()
  const showOnce = (text: string, buttons: readonly NotificationButton[]) => {
    if (told.has(text)) return
    told.add(text)
    show('warning', text, buttons)
  }
  const openSetting = (setting: SettingName): NotificationButton => ({
    label: l10n.t('Open Setting'),
    run: () => destinations.openSetting(`${SECTION}.${setting}`),
  })
  const registrationHelp = { label: l10n.t('How to Register an App'), run: () => destinations.openRegistrationHelp() }
  const diagnose = { label: l10n.t('Diagnose'), run: () => destinations.diagnose() }
  const showLog = { label: l10n.t('Show Log'), run: () => destinations.showLog() }

  return {
    signInFailed(error) {
      if (isCancellation(error)) return
      const text = explainFailure(error)
      told.add(text)
      if (error instanceof NoClientIdError) show('error', text, [openSetting('clientId'), registrationHelp])
      else if (error instanceof ClientConfigurationError && error.setting)
        show('error', text, [openSetting(error.setting)])
      else show('error', text, [diagnose, showLog])
    },
    settingProblem: ({ setting, message }) => showOnce(asPlainNotification(message), [openSetting(setting)]),
    policyProblem(error) {
      if (error instanceof PolicyFileError) showOnce(explainFailure(error), [diagnose, showLog])
    },
    secretProblem(problem) {
      switch (problem) {
        case 'not-kept':
          showOnce(
            l10n.t(
              'The key store of this system did not keep the sign-in, so sessions last until the window closes. Set up a key store (on Linux a keyring such as gnome-keyring), then sign in again.',
            ),
            [showLog],
          )
          break
        case 'damaged':
          showOnce(
            l10n.t('A saved sign-in was damaged and has been set aside. Sign in again if an account is missing.'),
            [showLog],
          )
      }
    },
  }
}
