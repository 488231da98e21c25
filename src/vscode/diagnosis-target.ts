import { l10n } from 'vscode'
import { resolveClient } from './client-registry.ts'
import type { DiagnosisParts } from './diagnosis.ts'
import { permit } from './policy.ts'
import { pickProfile } from './profile-picker.ts'
import { parseScopeRequest } from './scope-request.ts'
import type { Settings } from './settings.ts'
import type { SignInHost } from './sign-in-attempt.ts'
import type { SignInPreference } from './sign-in-methods.ts'

/** The sign-in that is diagnosed: the default client's or a profile's. */
export interface DiagnosedSignIn extends Pick<DiagnosisParts, 'resolve' | 'isMethodWrong'> {
  readonly preference: SignInPreference
}

/**
 * Asks whose sign-in is meant, where there are several app registrations.
 *
 * @returns undefined where nothing was picked
 */
export async function pickDiagnosed(
  settings: Settings,
  host: Pick<SignInHost, 'window' | 'clock'>,
): Promise<DiagnosedSignIn | undefined> {
  const scopes = await pickProfile(settings, { ...host, title: l10n.t('Diagnosis of the sign-in') })
  if (!scopes) return undefined
  const request = parseScopeRequest(scopes)
  const profile = request.profile === undefined ? undefined : settings.profiles.usable.get(request.profile)
  return {
    resolve: (policy) => permit(policy, resolveClient(request, settings)),
    isMethodWrong:
      profile?.signInMethod === undefined && settings.problems.some(({ setting }) => setting === 'signInMethod'),
    preference: {
      signInMethod: profile?.signInMethod ?? settings.signInMethod,
      redirectUri: profile?.redirectUri,
    },
  }
}
