import { readInteger } from '../core/json.ts'
import type { JsonObject } from '../core/json.ts'
import type { Clock } from '../core/ports.ts'
import { validateEvent, validateQuery, validateTime } from './cache-arguments.ts'
import { changesOf } from './cache-changes.ts'
import type { CacheChange } from './cache-changes.ts'
import { clientPlace, createTables, holderPlace, hostPlace, ownerPlace } from './cache-index.ts'
import type { Owned } from './cache-index.ts'
import { makeAccessTokenKey } from './cache-key.ts'
import type { AccountOwner, CacheOwner } from './cache-owner.ts'
import { matches, serves } from './cache-query.ts'
import type { AccessTokenQuery, CacheQuery, IdTokenQuery } from './cache-query.ts'
import { CREDENTIAL_TYPE } from './cache-schema.ts'
import type {
  AccessTokenEntry,
  AccountEntry,
  AppMetadataEntry,
  CacheEntries,
  CacheEvent,
  CredentialType,
  EntryPlace,
  IdTokenEntry,
  RefreshTokenEntry,
  StoredEntry,
} from './cache-schema.ts'
import { ExpiryQueue } from './expiry-queue.ts'

export type { AccessTokenQuery, CacheQuery, IdTokenQuery }

/** Options of `TokenCache.add`. */
export interface CacheAddOptions {
  /** Seconds since 1970, in place of the clock's. */
  readonly now?: number | undefined
}

/**
 * Tokens and accounts in memory, in the entries of MSAL's unified cache schema.
 * A lookup, a change and a removal cost the same however many accounts there are, but for the first lookup after a
 * load, which finds the places of all entries.
 */
export class UnifiedCache {
  /** The sections of the schema, under MSAL Python's names. */
  static readonly CredentialType: typeof CREDENTIAL_TYPE = CREDENTIAL_TYPE
  readonly #clock: Clock
  #tables = createTables()
  #expiries = new ExpiryQueue()
  #revision = 0
  #prepared: readonly CacheChange[] | undefined

  /** @internal */
  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A number that grows with every change. @internal */
  get revision(): number {
    return this.#revision
  }

  /**
   * Adds what came of a token request.
   *
   * @throws {ConfigurationError} a member of the event is wrong, or there is neither an environment nor a token endpoint
   */
  add(event: CacheEvent, options: CacheAddOptions = {}): void {
    validateEvent(event)
    validateTime(options.now)
    const prepared = this.#prepared
    this.#prepared = undefined
    this.apply(prepared ?? changesOf(event, this.#secondsOf(options.now)))
  }

  /** Adds what came of a token request, in changes that were made of it before. @internal */
  addPrepared(event: CacheEvent, changes: readonly CacheChange[]): void {
    this.#prepared = changes
    try {
      // A subclass may do more than that, and pass the event on in a form of its own.
      this.add(event)
    } finally {
      this.#prepared = undefined
    }
  }

  /** The entries that match, as an array. @throws {ConfigurationError} naming the member of the query that is wrong */
  find<T extends CredentialType>(query: CacheQuery<T>): CacheEntries[T][] {
    return [...this.search(query)]
  }

  /**
   * The entries that match, the exact hit first; once all were taken, expired access tokens are dropped.
   *
   * @throws {ConfigurationError} naming the member of the query that is wrong
   */
  search<T extends CredentialType>(query: CacheQuery<T>): IterableIterator<CacheEntries[T]> {
    validateQuery(query)
    return this.#matching(query)
  }

  *#matching<T extends CredentialType>(query: CacheQuery<T>): IterableIterator<CacheEntries[T]> {
    const now = this.#secondsOf(query.now)
    const isAccessToken = query.credentialType === CREDENTIAL_TYPE.ACCESS_TOKEN
    const exact = isAccessToken ? this.#exactKey(query) : undefined
    for (const [, entry] of this.#candidates(query, exact)) {
      if (matches(entry, query) && !(isAccessToken && expiryOf(entry) < now)) yield entry
    }
    if (isAccessToken) this.#dropExpired(now)
  }

  /** Applies changes in their order. @internal */
  apply(changes: readonly CacheChange[]): void {
    for (const change of changes) {
      if (change.op === 'remove') this.#remove(change)
      else if (!change.onlyWith || this.get(change.onlyWith)) this.#put(change)
    }
  }

  /** Holds these entries and no others. @internal */
  replace(entries: readonly StoredEntry[]): void {
    this.#tables = createTables()
    this.#expiries = new ExpiryQueue()
    this.#revision++
    for (const stored of entries) this.#put(stored)
  }

  /** The entry at a place. @internal */
  get<T extends CredentialType>({ type, key }: EntryPlace<T>): CacheEntries[T] | undefined {
    return this.#tables[type].get(key)
  }

  /** The first of {@link accessTokensFor}. @internal */
  getAccessToken(query: AccessTokenQuery): AccessTokenEntry | undefined {
    return this.accessTokensFor(query)[0]?.entry
  }

  /**
   * Access tokens that serve the scopes: the one with exactly these first, then those with more, the newest first.
   * Where there is none, expired access tokens of the whole cache are dropped.
   *
   * @internal
   */
  accessTokensFor(query: AccessTokenQuery): readonly StoredEntry<'AccessToken'>[] {
    const now = this.#secondsOf()
    const holder = { ...ownedBy(query), client_id: query.clientId, realm: query.realm }
    const exact = makeAccessTokenKey({ ...holder, target: join(query.scopes), ext_cache_key: query.extCacheKey })
    const found = stored('AccessToken', this.#tables.AccessToken.at(holderPlace(holder))).filter(
      ({ entry }) => serves(entry, query) && expiryOf(entry) >= (query.expiresAfter ?? now),
    )
    if (found.length === 0) this.#dropExpired(now)
    const rank = ({ key, entry }: StoredEntry<'AccessToken'>) => (key === exact ? Infinity : cachedAt(entry))
    return found.sort((a, b) => (rank(a) < rank(b) ? 1 : rank(a) > rank(b) ? -1 : 0))
  }

  /** Refresh tokens of an account, whatever their client, the newest first. @internal */
  refreshTokensOf(owner: AccountOwner): readonly StoredEntry<'RefreshToken'>[] {
    const tokens = stored('RefreshToken', this.#tables.RefreshToken.at(ownerPlace(ownedBy(owner))))
    return tokens.sort((a, b) => modifiedAt(b.entry) - modifiedAt(a.entry))
  }

  /** Accounts that came from a host, one for each tenant that they were used in. @internal */
  accountsOf(environment: string): readonly AccountEntry[] {
    return stored('Account', this.#tables.Account.at(hostPlace(environment))).map(({ entry }) => entry)
  }

  /** The ID token that a client got for an account in a tenant. @internal */
  idTokenOf({ clientId, realm, ...owner }: IdTokenQuery): IdTokenEntry | undefined {
    const tokens = stored('IdToken', this.#tables.IdToken.at(ownerPlace(ownedBy(owner))))
    return tokens.find(({ entry }) => entry.client_id === clientId && entry.realm === realm)?.entry
  }

  /** What is known of a client at a host. @internal */
  getAppMetadata(environment: string, clientId: string): AppMetadataEntry | undefined {
    return stored('AppMetadata', this.#tables.AppMetadata.at(clientPlace(environment, clientId)))[0]?.entry
  }

  /** Every entry of an account in all realms, or of the application itself in one tenant. @internal */
  entriesOf(owner: CacheOwner): readonly StoredEntry[] {
    const isAccount = 'homeAccountId' in owner
    const place = ownerPlace(ownedBy(isAccount ? owner : { ...owner, homeAccountId: null }))
    const entries: readonly StoredEntry[] = [
      ...stored('AccessToken', this.#tables.AccessToken.at(place)),
      ...stored('RefreshToken', this.#tables.RefreshToken.at(place)),
      ...stored('IdToken', this.#tables.IdToken.at(place)),
      ...stored('Account', this.#tables.Account.at(place)),
    ]
    return isAccount ? entries : entries.filter(({ entry }) => entry.realm === owner.tenant)
  }

  /** The access tokens that a client got for itself, in all tenants of a host. @internal */
  accessTokensOfClient(environment: string, clientId: string): readonly StoredEntry<'AccessToken'>[] {
    return stored('AccessToken', this.#tables.AccessToken.at(clientPlace(environment, clientId)))
  }

  /** Every entry with its place. @internal */
  entries(): readonly StoredEntry[] {
    const tables = this.#tables
    return [
      ...stored('AccessToken', tables.AccessToken.entries()),
      ...stored('RefreshToken', tables.RefreshToken.entries()),
      ...stored('Account', tables.Account.entries()),
      ...stored('IdToken', tables.IdToken.entries()),
      ...stored('AppMetadata', tables.AppMetadata.entries()),
    ]
  }

  #put<T extends CredentialType>({ type, key, entry }: EntryPlace<T> & { readonly entry: CacheEntries[T] }): void {
    Object.freeze(entry)
    this.#tables[type].put(key, entry)
    if (type === CREDENTIAL_TYPE.ACCESS_TOKEN) this.#expiries.add(key, expiryOf(entry))
    this.#revision++
  }

  #remove({ type, key }: EntryPlace): void {
    if (this.#tables[type].delete(key)) this.#revision++
  }

  #dropExpired(now: number): void {
    for (const { key } of this.#expiries.takeBefore(now)) {
      const entry = this.#tables.AccessToken.get(key)
      if (entry && expiryOf(entry) < now) this.#remove({ type: 'AccessToken', key })
    }
  }

  /** The entries to look through: an owner's where the query names one, else all; the exact hit first. */
  *#candidates<T extends CredentialType>(
    query: CacheQuery<T>,
    exact = '',
  ): IterableIterator<[string, CacheEntries[T]]> {
    const table = this.#tables[query.credentialType]
    const owner = readOwner(query)
    const hit = table.get(exact)
    if (hit) yield [exact, hit]
    for (const found of owner ? table.at(ownerPlace(owner)) : table.entries()) if (found[0] !== exact) yield found
  }

  #exactKey({ query = {}, target = [] }: CacheQuery): string | undefined {
    const owner = readOwner({ credentialType: CREDENTIAL_TYPE.ACCESS_TOKEN, query })
    const { client_id: client, realm, ext_cache_key: extension = '' } = query
    if (!owner || typeof client !== 'string' || typeof realm !== 'string' || typeof extension !== 'string')
      return undefined
    return makeAccessTokenKey({ ...owner, client_id: client, realm, target: join(target), ext_cache_key: extension })
  }

  #secondsOf(now?: number): number {
    return Math.floor(now ?? this.#clock.now() / 1000)
  }
}

const join = (scopes: readonly string[]): string => [...scopes].sort().join(' ')

const ownedBy = (owner: { readonly homeAccountId: string | null; readonly environment: string }): Owned => ({
  home_account_id: owner.homeAccountId,
  environment: owner.environment,
})

const stored = <T extends CredentialType>(
  type: T,
  entries: Iterable<readonly [string, CacheEntries[T]]>,
): { readonly type: T; readonly key: string; readonly entry: CacheEntries[T] }[] =>
  Array.from(entries, ([key, entry]) => ({ type, key, entry }))

/** The owner that a query names. */
function readOwner({ credentialType, query = {} }: CacheQuery): Owned | undefined {
  const { environment, home_account_id: home } = query
  if (credentialType === CREDENTIAL_TYPE.APP_METADATA || typeof environment !== 'string') return undefined
  return typeof home === 'string' || home === null ? { environment, home_account_id: home } : undefined
}

const expiryOf = (entry: JsonObject): number => readInteger(entry, 'expires_on') ?? 0

const cachedAt = (entry: AccessTokenEntry): number => readInteger(entry, 'cached_at') ?? 0

const modifiedAt = (entry: RefreshTokenEntry): number => readInteger(entry, 'last_modification_time') ?? 0
