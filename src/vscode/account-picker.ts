import { l10n } from 'vscode'
import type { Clock } from '../msal/index.ts'
import { asPickLabel } from './display-text.ts'
import type { SignInRecord } from './session.ts'
import { pickInTime, type PickItem, type SignInWindow } from './sign-in-window.ts'

/** What was picked: somebody known, or nobody in particular. */
export type AccountChoice = { readonly accountId?: string; readonly loginHint?: string }

/** Why and where is asked. */
export interface AccountQuestion {
  readonly window: SignInWindow
  readonly clock: Clock
  /** What is signed in to. */
  readonly target: string
  /** Whether an API has refused the token of somebody who is signed in. */
  readonly isChallenged: boolean
}

/**
 * Asks which account is meant, where some are known; it ends by itself after 5 minutes. For a challenge the only
 * account is meant.
 *
 * @returns undefined where nothing was picked
 */
export async function pickAccount(
  known: readonly SignInRecord[],
  { window, clock, target, isChallenged }: AccountQuestion,
): Promise<AccountChoice | undefined> {
  const accounts = oneOfEachAccount(known)
  const [only] = accounts
  if (!only) return {}
  if (isChallenged && accounts.length === 1) return { accountId: only.accountId, loginHint: only.username }
  const items: (PickItem & { readonly choice: AccountChoice })[] = accounts.map((record) => ({
    label: asPickLabel(record.label),
    ...describeHome(record),
    choice: { accountId: record.accountId, ...(record.username && { loginHint: record.username }) },
  }))
  const another = { label: l10n.t('Another account…'), choice: {} }
  const picked = await pickInTime({ window, clock }, [...items, another], {
    title: l10n.t('Sign in to {0}', target),
    placeholder: l10n.t('Which account should sign in?'),
  })
  return picked?.choice
}

/** One record of each account, which several clients may know. */
export const oneOfEachAccount = (records: readonly SignInRecord[]): readonly SignInRecord[] => [
  ...new Map(records.map((record) => [record.accountId, record])).values(),
]

/** The account's own tenant, which need not be the one it signs in to. */
export function describeHome({ homeAccountId, environment }: SignInRecord): Pick<PickItem, 'description'> {
  const tenant = /\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.exec(homeAccountId)?.[1]
  return { description: tenant ? l10n.t('home tenant {0}', tenant) : environment }
}
