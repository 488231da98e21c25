import { l10n } from 'vscode'
import type { SimulatorDescription } from './simulator-description.ts'

/** What the status bar says while a simulator runs, after an icon. */
export const nameSimulator = (icon: string): string => l10n.t('{0} Entra simulator – not real', icon)

/** What it is, and what a click does. */
export const introduceSimulator = ({ origin }: Pick<SimulatorDescription, 'origin'>): string =>
  l10n.t('A simulator at {0} takes the place of Entra in this window. Click to stop it.', origin)

/** The whole status item in plain words, as a screen reader says it: also who may sign in, and with which password. */
export const speakSimulator = (simulator: SimulatorDescription): string => {
  const people = simulator.users.map(({ username, password, note }) =>
    [l10n.t('{0} with the password {1}', username, password), note].filter(Boolean).join(', '),
  )
  return `${nameSimulator('').trim()}. ${introduceSimulator(simulator)} ${people.join('. ')}`
}
