import { l10n } from 'vscode'
import type { EntraAuthenticationProvider } from './authentication-provider.ts'
import { asPickLabel } from './display-text.ts'
import type { SessionRecords } from './session-records.ts'
import { MENU_SCOPES } from './session.ts'
import type { Settings } from './settings.ts'
import type { SignInHost } from './sign-in-attempt.ts'
import { listTenants } from './sign-in-target.ts'
import { withDeadline } from './sign-in-window.ts'
import { pickTenant } from './tenant-picker.ts'

/** What the command works on. */
export interface TenantSignInParts {
  readonly readSettings: () => Settings
  readonly records: SessionRecords
  readonly provider: EntraAuthenticationProvider
  readonly host: Pick<SignInHost, 'window' | 'clock'>
}

const PICK_MS = 300_000

/** Asks for a tenant, and signs in there; the account's own tenant is not touched. */
export async function signInToTenant({ readSettings, records, provider, host }: TenantSignInParts): Promise<void> {
  const profile = await pickProfile(readSettings(), host)
  if (profile === undefined) return
  const tenant = await pickTenant(listTenants(await records.all()), { ...host, own: false })
  if (tenant === undefined || tenant === 'own') return
  const scopes = [...MENU_SCOPES, `VSCODE_TENANT:${tenant.name}`]
  await provider.createSession(profile ? [...scopes, `ENTRA_PROFILE:${profile}`] : scopes, {}).catch(() => undefined)
}

/** The name of a profile, or an empty one for the default client; asked for only where there are profiles with tenants. */
async function pickProfile(settings: Settings, { window, clock }: TenantSignInParts['host']) {
  const names = [...settings.profiles.usable].filter(([, { authority }]) => authority.kind === 'entra')
  const rows = names.map(([name]) => ({ label: asPickLabel(name), name }))
  if (settings.clientId || rows.length === 0) rows.unshift({ label: l10n.t('The default client'), name: '' })
  if (rows.length === 1) return rows[0]?.name
  const deadline = withDeadline(clock, PICK_MS)
  try {
    const picked = await window.pick(rows, {
      title: l10n.t('Sign in to a tenant'),
      placeholder: l10n.t('Which app registration should sign in?'),
      signal: deadline.signal,
    })
    return picked?.name
  } finally {
    deadline.abort()
  }
}
