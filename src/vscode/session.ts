import { l10n } from 'vscode'
import type { Account } from '../msal/index.ts'
import { CLOUD_HOSTS, parseAuthority } from './authority-address.ts'
import type { ClientConfiguration } from './client-registry.ts'
import { digestText } from './encoding.ts'

/** A session as VS Code takes it. */
export interface Session {
  readonly id: string
  readonly accessToken: string
  readonly idToken?: string
  readonly account: { readonly id: string; readonly label: string }
  readonly scopes: readonly string[]
}

/** A session that was given out: what is needed to give it out again, without its token. */
export interface GivenSession {
  readonly id: string
  /** As asked for, in the caller's order. */
  readonly scopes: readonly string[]
  /** The authority that was asked. */
  readonly authority: string
  /** That nobody but the authority was asked about it. */
  readonly instanceDiscovery?: false
  /** Whether a person chose the tenant, for the scopes left it open. */
  readonly isTenantChosen?: true
}

/** Someone who is signed in to one client, and the sessions given out for that; the latest first. */
export interface SignInRecord {
  readonly clientId: string
  readonly environment: string
  readonly homeAccountId: string
  readonly accountId: string
  readonly username: string
  readonly label: string
  readonly sessions: readonly GivenSession[]
}

/** The session that stands for "someone is signed in"; VS Code's row in the Accounts menu asks for exactly these, in this order. */
export const MENU_SCOPES: readonly string[] = ['openid', 'profile']

/**
 * Identifies a session across reloads: base64url SHA-256 of client, authority host, tenant, account and the
 * sorted scopes asked for.
 */
export function createSessionId(
  { clientId, authority }: ClientConfiguration,
  { homeAccountId, asked }: { readonly homeAccountId: string; readonly asked: readonly string[] },
): Promise<string> {
  const parts = [clientId, authority.host, authority.tenant.toLowerCase(), homeAccountId, [...asked].sort()]
  return digestText(JSON.stringify(parts))
}

/** The account's id for VS Code. Outside Entra ids are unique at their server only, so its host is added. */
export const createAccountId = ({ environment, homeAccountId }: Account, { authority }: ClientConfiguration) =>
  authority.kind === 'entra' || authority.kind === 'b2c' ? homeAccountId : `${environment}.${homeAccountId}`

/** The tenant of personal Microsoft accounts. */
export const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad'

/**
 * Chooses what the account is called. VS Code keys consent by it, so it is unique, the same in every tenant and
 * client, and kept once given; a suffix tells accounts apart that share a user name.
 */
export function chooseLabel(
  account: Pick<SignInRecord, 'accountId' | 'environment' | 'homeAccountId' | 'username'>,
  records: readonly SignInRecord[],
): string {
  const name = account.username || account.homeAccountId
  const own = records.find((record) => record.accountId === account.accountId)
  if (own) return own.label
  const taken = new Set(records.map(({ label }) => label))
  const candidates = [name, ...suffixesFor(account).map((suffix) => `${name} (${suffix})`)]
  const free = candidates.find((label) => !taken.has(label))
  if (free !== undefined) return free
  let number = 2
  while (taken.has(`${name} (${number})`)) number++
  return `${name} (${number})`
}

/** The user name that a label begins with. */
export const userNameIn = (label: string): string => label.replace(/ \([^()]+\)$/, '')

function suffixesFor({ environment, homeAccountId }: Pick<SignInRecord, 'environment' | 'homeAccountId'>) {
  const clouds: Readonly<Record<string, string>> = {
    [CLOUD_HOSTS.public]: l10n.t('work or school'),
    [CLOUD_HOSTS.usGovernment]: l10n.t('US Government'),
    [CLOUD_HOSTS.china]: l10n.t('China'),
    [CLOUD_HOSTS.france]: l10n.t('France'),
    [CLOUD_HOSTS.germany]: l10n.t('Germany'),
    [CLOUD_HOSTS.singapore]: l10n.t('Singapore'),
  }
  const isPersonal = homeAccountId.endsWith(`.${PERSONAL_TENANT}`)
  return [isPersonal ? l10n.t('personal') : (clouds[environment] ?? environment)]
}

/** The session for VS Code that was given out for a record. */
export const toSession = (record: SignInRecord, given: GivenSession, token: TokenOfSession): Session => ({
  id: given.id,
  accessToken: token.accessToken,
  ...(token.idToken && { idToken: token.idToken }),
  account: { id: record.accountId, label: record.label },
  scopes: given.scopes,
})

/** What a session carries besides its description; empty where there is none without asking the network. */
export interface TokenOfSession {
  readonly accessToken: string
  readonly idToken?: string | undefined
}

/** The client and authority that a session was given out for; of the latest one unless told otherwise. */
export const configurationOf = (
  { clientId, environment, sessions }: SignInRecord,
  given: GivenSession | undefined = sessions[0],
): ClientConfiguration => ({
  clientId,
  authority: parseAuthority(given?.authority ?? `https://${environment}/organizations`),
  ...(given?.instanceDiscovery === false && { instanceDiscovery: false }),
})

/** The account of a record as the library takes it. */
export const accountOf = ({ environment, homeAccountId, username }: SignInRecord): Account => ({
  environment,
  homeAccountId,
  username,
  realm: '',
  localAccountId: '',
  authorityType: '',
})
