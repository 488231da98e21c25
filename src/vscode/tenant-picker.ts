import { l10n } from 'vscode'
import { asPickLabel } from './display-text.ts'
import { isTenant } from './scope-request.ts'
import type { SignInHost } from './sign-in-attempt.ts'
import { withDeadline } from './sign-in-window.ts'

/** What was picked: a tenant by name, or whichever is the account's own. */
export type TenantChoice = { readonly name: string } | 'own'

const PICK_MS = 300_000

/**
 * Asks which tenant to sign in to; it ends by itself after 5 minutes.
 *
 * @param used - tenants that the person has signed in to before
 * @param host - `own`: whether the account's own tenant is among the answers
 * @returns undefined where nothing was picked
 */
export async function pickTenant(
  used: readonly string[],
  { window, clock, own }: Pick<SignInHost, 'window' | 'clock'> & { readonly own: boolean },
): Promise<TenantChoice | undefined> {
  const rows = [
    ...(own ? [{ label: l10n.t("The account's own tenant"), choice: 'own' as const }] : []),
    ...used.map((name) => ({ label: asPickLabel(name), choice: { name } })),
    { label: l10n.t('Another tenant…'), choice: undefined },
  ]
  const title = l10n.t('Sign in to a tenant')
  const deadline = withDeadline(clock, PICK_MS)
  const { signal } = deadline
  try {
    const placeholder = l10n.t('Which tenant should the token be for?')
    const picked = used.length > 0 || own ? await window.pick(rows, { title, placeholder, signal }) : rows.at(-1)
    if (!picked || picked.choice) return picked?.choice
    const name = await window.ask({
      title,
      placeholder: 'contoso.com',
      validate: (text) => (isTenant(text) ? undefined : l10n.t('Enter a tenant ID or a domain name.')),
      signal,
    })
    return name === undefined ? undefined : { name }
  } finally {
    deadline.abort()
  }
}
