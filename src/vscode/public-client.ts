import { PublicClientApplication, type AccessTokenEntry, type Account, type IdTokenEntry } from '../msal/index.ts'
import { readClaims, type CachedToken, type CachedTokens } from './cached-tokens.ts'

/** Which token is looked for; `realm` is the tenant of its cache entry, where the server has tenants. */
export interface CachedTokenQuery {
  readonly account: AccountKey
  readonly realm?: string
  readonly scopes: readonly string[]
}

/** What an account's cache entries are found by. */
export type AccountKey = Pick<Account, 'homeAccountId' | 'environment'>

/** The library's application with the questions of menus and views: what is cached, even if it has expired? */
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

  /** Describes what is cached for an account; no token leaves this method, and no request is made. */
  async describeCache({ homeAccountId, environment }: AccountKey): Promise<CachedTokens> {
    const { store, clientId } = this.context
    await store.load({ homeAccountId, environment })
    const tokens: CachedToken[] = []
    const sources = new Map<string, string>()
    let hasRefreshToken = false
    for (const { type, key, entry } of store.cache.entriesOf({ homeAccountId, environment })) {
      if (type === 'Account') {
        if (entry.account_source) sources.set(entry.realm, entry.account_source)
      } else if (type === 'RefreshToken') hasRefreshToken = true
      else if (entry.client_id === clientId && type === 'AccessToken')
        tokens.push({ key, ...describeAccessToken(entry) })
      else if (entry.client_id === clientId && type === 'IdToken') tokens.push({ key, ...describeIdToken(entry) })
    }
    return { tokens, hasRefreshToken, sources }
  }

  /** Removes access and ID tokens of an account from the cache, wherever it is kept. */
  async forgetTokens({ homeAccountId, environment }: AccountKey, keys: readonly string[]): Promise<void> {
    const { store } = this.context
    await store.load({ homeAccountId, environment }, { fresh: true })
    const isMeant = ({ type, key }: { readonly type: string; readonly key: string }) =>
      (type === 'AccessToken' || type === 'IdToken') && keys.includes(key)
    const found = store.cache.entriesOf({ homeAccountId, environment }).filter(isMeant)
    await store.apply(found.map(({ type, key }) => ({ op: 'remove', type, key })))
  }

  /**
   * Prepares an account's sign-out in the browser. Who is to be named there is read now, for its ID token goes with the
   * sign-out; the ID token itself never gets into an address, where histories and proxies would see it.
   *
   * @returns looks the page's address up; undefined where the server has no such page
   * @see https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout
   */
  async prepareEndSession({ homeAccountId, environment }: AccountKey): Promise<EndSession> {
    const { store, clientId, address } = this.context
    await store.load({ homeAccountId, environment })
    let hint: string | undefined
    for (const { type, entry } of store.cache.entriesOf({ homeAccountId, environment }))
      if (type === 'IdToken' && entry.client_id === clientId) hint ??= readLoginHint(entry)
    return async () => {
      const { endSessionEndpoint } = await this.context.resolve(address)
      if (endSessionEndpoint === undefined) return undefined
      const url = new URL(endSessionEndpoint)
      url.searchParams.set('client_id', clientId)
      if (hint) url.searchParams.set('logout_hint', hint)
      return url.href
    }
  }
}

/** @throws {AuthorityError} and {NetworkError}, where the server's metadata can't be had */
export type EndSession = () => Promise<string | undefined>

/** What Entra puts into ID tokens, where the app registration asks for it, to be handed back at the sign-out. */
const readLoginHint = ({ secret }: IdTokenEntry): string | undefined => {
  const hint = readClaims(secret)?.['login_hint']
  return typeof hint === 'string' && hint ? hint : undefined
}

const describeAccessToken = (entry: AccessTokenEntry): Omit<CachedToken, 'key'> => {
  const claims = readClaims(entry.secret)
  return {
    kind: 'access',
    realm: entry.realm,
    scopes: entry.target.split(' ').filter(Boolean),
    tokenType: entry.token_type ?? 'Bearer',
    expiresOn: Number(entry.expires_on),
    ...(claims && { claims }),
  }
}

const describeIdToken = ({ secret, realm }: IdTokenEntry): Omit<CachedToken, 'key'> => {
  const claims = readClaims(secret)
  const expiresOn = claims?.['exp']
  return {
    kind: 'id',
    realm,
    scopes: [],
    tokenType: 'ID',
    ...(typeof expiresOn === 'number' && { expiresOn }),
    ...(claims && { claims }),
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
  | 'describeCache'
  | 'forgetTokens'
  | 'prepareEndSession'
>
