import { PublicClientApplication, type Account } from '../msal/index.ts'

/** Which token is looked for; `realm` is the tenant of its cache entry, where the server has tenants. */
export interface CachedTokenQuery {
  readonly account: Pick<Account, 'homeAccountId' | 'environment'>
  readonly realm?: string
  readonly scopes: readonly string[]
}

/** The library's application with one more question, which Accounts menus ask: what is cached, even if it has expired? */
export class MenuAwareClient extends PublicClientApplication {
  /** @returns the access token that lasts longest; undefined where none is cached. No request is made. */
  async findCachedToken({ account, realm, scopes }: CachedTokenQuery): Promise<string | undefined> {
    const { homeAccountId, environment } = account
    const { store, clientId } = this.context
    await store.load({ homeAccountId, environment })
    const query = { home_account_id: homeAccountId, environment, client_id: clientId, ...(realm && { realm }) }
    const found = store.cache.find({ credentialType: 'AccessToken', target: scopes, query, now: 0 })
    return [...found].sort((one, other) => Number(other.expires_on) - Number(one.expires_on))[0]?.secret
  }
}

/** What the extension uses of the library; tests put a script in its place. */
export type PublicClient = Pick<
  MenuAwareClient,
  | 'getAccounts'
  | 'removeAccount'
  | 'acquireTokenSilentWithError'
  | 'acquireTokenInteractive'
  | 'initiateAuthCodeFlow'
  | 'acquireTokenByAuthCodeFlow'
  | 'initiateDeviceFlow'
  | 'acquireTokenByDeviceFlow'
  | 'findCachedToken'
>
