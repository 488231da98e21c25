import { l10n } from 'vscode'
import type { EntraAuthenticationProvider } from './authentication-provider.ts'
import { pickProfile } from './profile-picker.ts'
import type { SessionRecords } from './session-records.ts'
import { MENU_SCOPES } from './session.ts'
import type { Settings } from './settings.ts'
import type { SignInHost } from './sign-in-attempt.ts'
import { listTenants } from './sign-in-target.ts'
import { pickTenant } from './tenant-picker.ts'

/** What the command works on. */
export interface TenantSignInParts {
  readonly readSettings: () => Settings
  readonly records: SessionRecords
  readonly provider: EntraAuthenticationProvider
  readonly host: Pick<SignInHost, 'window' | 'clock'>
}

/** Asks for a tenant, and signs in there; the account's own tenant is not touched. */
export async function signInToTenant({ readSettings, records, provider, host }: TenantSignInParts): Promise<void> {
  const profile = await pickProfile(readSettings(), {
    ...host,
    title: l10n.t('Sign in to a tenant'),
    suits: ({ kind }) => kind === 'entra',
  })
  if (profile === undefined) return
  const tenant = await pickTenant(listTenants(await records.all()), { ...host, own: false })
  if (tenant === undefined || tenant === 'own') return
  const scopes = [...MENU_SCOPES, `VSCODE_TENANT:${tenant.name}`, ...profile]
  await provider.createSession(scopes, {}).catch(() => undefined)
}
