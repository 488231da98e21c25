import type { AccountEntry } from '../cache/cache-schema.ts'
import type { CacheChange } from '../cache/cache-changes.ts'
import type { Account } from '../core/account.ts'
import { ConfigurationError } from '../core/errors.ts'
import { isJsonObject, readString } from '../core/json.ts'
import { isInCloudShell } from '../managed-identity/cloud-shell.ts'
import { signOutAtBroker } from './broker-sign-out.ts'
import type { ClientContext } from './client-context.ts'

/** Options of `getAccounts`. */
export interface GetAccountsOptions {
  /** Only accounts of this name; case does not matter. */
  readonly username?: string | undefined
}

/** Options of `removeAccount`. */
export interface RemoveAccountOptions {
  /** One of `getAccounts()`. */
  readonly account: Account
}

const AUTHORITY_TYPES: ReadonlySet<string> = new Set(['MSSTS', 'ADFS'])

/** An account as the library's users see it. */
export const toAccount = (entry: AccountEntry): Account => ({
  homeAccountId: entry.home_account_id,
  environment: entry.environment,
  realm: entry.realm,
  localAccountId: entry.local_account_id ?? '',
  username: entry.username,
  authorityType: entry.authority_type,
  ...(entry.account_source && { accountSource: entry.account_source }),
})

/**
 * The people who signed in, one entry each however many tenants know them; looked up under the authority's host, then
 * under its aliases.
 */
export async function listAccounts(
  context: ClientContext,
  { username }: GetAccountsOptions = {},
): Promise<readonly Account[]> {
  await context.store.load()
  const { host, aliases } = context.address
  for (const environment of [host, ...aliases]) {
    const accounts = accountsUnder(context, environment)
    if (accounts.length === 0) continue
    const wanted = username?.toLowerCase()
    return wanted ? accounts.filter((account) => account.username.toLowerCase() === wanted) : accounts
  }
  return []
}

function accountsUnder(context: ClientContext, environment: string): readonly Account[] {
  const known = new Map<string, Account>()
  const isUsable = (type: string) =>
    AUTHORITY_TYPES.has(type) || (type === 'CLOUDSHELL' && isInCloudShell(context.platform))
  for (const entry of context.store.cache.accountsOf(environment))
    if (isUsable(entry.authority_type)) known.set(entry.home_account_id, toAccount(entry))
  return [...known.values()]
}

/**
 * Forgets an account: its tokens in every tenant, its ID tokens and its account entries; and signs it out at the broker,
 * which may take its time.
 */
export async function forgetAccount(context: ClientContext, account: Account): Promise<void> {
  try {
    await forgetHere(context, account)
  } finally {
    await signOutAtBroker(context, account)
  }
}

async function forgetHere(context: ClientContext, account: Account): Promise<void> {
  const owner = { homeAccountId: account.homeAccountId, environment: account.environment }
  await context.store.load(owner, { fresh: true })
  const family = context.store.cache.getAppMetadata(account.environment, context.clientId)?.family_id
  const changes: CacheChange[] = []
  for (const { type, key, entry } of context.store.cache.entriesOf(owner)) {
    const isForeign =
      type === 'RefreshToken' && entry.client_id !== context.clientId && !(family && entry.family_id === family)
    if (!isForeign) changes.push({ op: 'remove', type, key })
  }
  context.answeredChallenges.clear()
  await context.store.apply(changes)
  context.logger.info(`Forgot ${context.describe(account)} of ${account.environment}`)
}

/** Refuses what `getAccounts` can't have returned. @throws {ConfigurationError} naming `account` */
export function readAccount(value: unknown): Account {
  const account = isJsonObject(value) ? value : {}
  const text = (name: string): string => {
    const member = readString(account, name)
    if (member === undefined) throw new ConfigurationError('account', `"${name}" is missing: pass one of getAccounts()`)
    return member
  }
  const accountSource = readString(account, 'accountSource')
  return {
    homeAccountId: text('homeAccountId'),
    environment: text('environment'),
    realm: readString(account, 'realm') ?? '',
    localAccountId: readString(account, 'localAccountId') ?? '',
    username: readString(account, 'username') ?? '',
    authorityType: readString(account, 'authorityType') ?? '',
    ...(accountSource !== undefined && { accountSource }),
  }
}
