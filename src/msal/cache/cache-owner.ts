import type { StoredEntry } from './cache-schema.ts'

/** An account's entries, whatever the tenant and client. */
export interface AccountOwner {
  /** Of the account. */
  readonly homeAccountId: string
  /** The host that the entries came from, with its port where that is not the default. */
  readonly environment: string
}

/** A client's own entries in one tenant. */
export interface TenantOwner {
  /** The host that the entries came from, with its port where that is not the default. */
  readonly environment: string
  /** The tenant's id. */
  readonly tenant: string
}

/** Whose entries: an account's in all its tenants, or the application's own in one tenant. */
export type CacheOwner = AccountOwner | TenantOwner

/** An owner as text: equal for equal owners, different for different ones. */
export function nameOwner(owner: CacheOwner): string {
  const environment = owner.environment.toLowerCase()
  return JSON.stringify(
    'homeAccountId' in owner ? ['account', environment, owner.homeAccountId] : ['tenant', environment, owner.tenant],
  )
}

/** Whose an entry is; undefined for a client's metadata, which belongs to all its owners. */
export function ownerOf({ type, entry }: StoredEntry): CacheOwner | undefined {
  if (type === 'AppMetadata') return undefined
  const { home_account_id: homeAccountId, environment } = entry
  if (homeAccountId) return { homeAccountId, environment }
  return { environment, tenant: type === 'RefreshToken' ? '' : entry.realm }
}
