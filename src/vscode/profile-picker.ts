import { l10n } from 'vscode'
import type { AuthorityAddress } from './authority-address.ts'
import { asPickLabel } from './display-text.ts'
import type { Settings } from './settings.ts'
import type { SignInHost } from './sign-in-attempt.ts'
import { pickInTime } from './sign-in-window.ts'

/** How a profile is asked for. */
export interface ProfileQuestion extends Pick<SignInHost, 'window' | 'clock'> {
  readonly title: string
  /** Which profiles are offered; all unless given. */
  readonly suits?: (authority: AuthorityAddress) => boolean
}

/**
 * Asks which app registration should sign in, where there is more than one; it ends by itself after 5 minutes.
 *
 * @returns the scope that names it, none for the default client; undefined where nothing was picked
 */
export async function pickProfile(
  { clientId, profiles }: Settings,
  { window, clock, title, suits = () => true }: ProfileQuestion,
): Promise<readonly string[] | undefined> {
  const suited = [...profiles.usable].filter(([, { authority }]) => suits(authority))
  const rows = suited.map(([name, { authority }]) => ({
    label: asPickLabel(name),
    description: authority.host,
    scopes: [`ENTRA_PROFILE:${name}`],
  }))
  const standard = { label: l10n.t('The default client'), description: '', scopes: [] }
  const choices = clientId || rows.length === 0 ? [standard, ...rows] : rows
  if (choices.length === 1) return choices[0]?.scopes
  const placeholder = l10n.t('Which app registration should sign in?')
  return (await pickInTime({ window, clock }, choices, { title, placeholder }))?.scopes
}
