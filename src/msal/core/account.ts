/** A person (or Cloud Shell's user) that signed in; what `getAccounts` returns and silent calls take. */
export interface Account {
  /** `{uid}.{utid}` at Entra, the `sub` elsewhere. */
  readonly homeAccountId: string
  /** The authority's host, with its port where that is not the default. */
  readonly environment: string
  /** Tenant that the entry was made for. */
  readonly realm: string
  /** Object id in that tenant. */
  readonly localAccountId: string
  /** Display only: not unique over time, never a key. */
  readonly username: string
  /** `MSSTS`, `ADFS` or `CLOUDSHELL`. */
  readonly authorityType: string
  /** The grant that established the account, or `broker`. */
  readonly accountSource?: string | undefined
}
