import { l10n } from 'vscode'
import type { EntraAuthenticationProvider } from './authentication-provider.ts'
import { resolveClient } from './client-registry.ts'
import { pickProfile } from './profile-picker.ts'
import { parseScopeRequest } from './scope-request.ts'
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
  /** Tells why nobody can sign in. */
  readonly signInFailed: (error: unknown) => void
}

/** Asks for a tenant, and signs in there; the account's own tenant is not touched. */
export async function signInToTenant(parts: TenantSignInParts): Promise<void> {
  const { records, provider, host, signInFailed } = parts
  const settings = parts.readSettings()
  const profile = await pickProfile(settings, {
    ...host,
    title: l10n.t('Sign in to a tenant'),
    suits: ({ kind }) => kind === 'entra',
  })
  if (profile === undefined) return
  try {
    // Whichever tenant is meant, nobody should be asked for it in vain.
    resolveClient(parseScopeRequest([inTenant('organizations'), ...profile]), settings)
  } catch (error) {
    signInFailed(error)
    return
  }
  const tenant = await pickTenant(listTenants(await records.all()), { ...host, own: false })
  if (tenant === undefined || tenant === 'own') return
  const scopes = [...MENU_SCOPES, inTenant(tenant.name), ...profile]
  await provider.createSession(scopes, {}).catch(() => undefined)
}

const inTenant = (name: string): string => `VSCODE_TENANT:${name}`
