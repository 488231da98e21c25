import type { CacheEntries, CredentialType } from './cache-schema.ts'
import { EntryTable } from './entry-table.ts'

/** A table for each section. */
export type CacheTables = { readonly [T in CredentialType]: EntryTable<CacheEntries[T]> }

/** Whose an entry is, in the schema's names; null, empty and absent stand for the application itself. */
export interface Owned {
  readonly environment: string
  readonly home_account_id?: string | null
}

/** Who holds an access token: an account, or the application, as a client in one tenant. */
export interface Held extends Owned {
  readonly client_id: string | null
  readonly realm: string
}

/** Each part after its length, so that no two places have one name; a load of many entries makes millions of them. */
const name = (kind: string, environment: string, ...rest: readonly (string | null | undefined)[]): string => {
  const host = environment.toLowerCase()
  let place = `${kind} ${host.length}:${host}`
  for (const part of rest) place += `${part?.length ?? 0}:${part ?? ''}`
  return place
}

/** Where the entries of one owner are found. */
export const ownerPlace = (owner: Owned): string => name('owner', owner.environment, owner.home_account_id)

/** Where the access tokens that a client may use for an owner in a tenant are found. */
export const holderPlace = ({ environment, home_account_id: home, client_id: client, realm }: Held): string =>
  name('holder', environment, home, client, realm)

/** Where the accounts of one host are found. */
export const hostPlace = (environment: string): string => name('host', environment)

/** Where a client's own tokens and its metadata at one host are found. */
export const clientPlace = (environment: string, clientId: string | null): string =>
  name('client', environment, clientId)

/** Empty tables that find their entries at the places above. */
export const createTables = (): CacheTables => ({
  AccessToken: new EntryTable((entry) => {
    const places = [ownerPlace(entry), holderPlace(entry)]
    return entry.home_account_id ? places : [...places, clientPlace(entry.environment, entry.client_id)]
  }),
  RefreshToken: new EntryTable((entry) => [ownerPlace(entry)]),
  IdToken: new EntryTable((entry) => [ownerPlace(entry)]),
  Account: new EntryTable((entry) => [ownerPlace(entry), hostPlace(entry.environment)]),
  AppMetadata: new EntryTable((entry) => [clientPlace(entry.environment, entry.client_id)]),
})
