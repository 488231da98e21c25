import { randomUUID } from 'node:crypto'
import type { CachePersistence, PersistedPartition } from '../../../src/msal/cache/cache-persistence.ts'
import type { AccessTokenEntry, CacheEvent } from '../../../src/msal/cache/cache-schema.ts'
import { createQueues } from '../../../src/msal/cache/token-store.ts'
import type { Clock, Logger } from '../../../src/msal/core/ports.ts'

/** Seconds since 1970 at which the fake clock starts. */
export const NOW = 1_800_000_000
export const HOST = 'login.microsoftonline.com'
export const TENANT = '11111111-1111-1111-1111-111111111111'
export const CLIENT = 'aaaaaaaa-0000-0000-0000-00000000000a'

/** A clock that stands still until it is told to move on. */
export function createClock(): Clock & { advance(seconds: number): void } {
  let now = NOW * 1000
  return {
    now: () => now,
    sleep: () => Promise.reject(new Error('nothing here waits')),
    advance: (seconds) => void (now += seconds * 1000),
  }
}

/** A logger that keeps the warnings. */
export function createLogger(): Logger & { readonly warnings: string[] } {
  const warnings: string[] = []
  const ignore = () => undefined
  return {
    warnings,
    trace: ignore,
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (message) => void warnings.push(message),
  }
}

export interface MemoryPersistence extends CachePersistence {
  readonly texts: Map<string, PersistedPartition>
  /** What was called, in order. */
  readonly calls: string[]
}

/** A persistence that several stores can share. */
export function createPersistence(): MemoryPersistence {
  const texts = new Map<string, PersistedPartition>()
  const calls: string[] = []
  const inTurn = createQueues()
  return {
    texts,
    calls,
    load: async (partition) => {
      calls.push('load')
      return texts.get(partition)
    },
    store: async (partition, text, ifVersion) => {
      calls.push('store')
      if (texts.get(partition)?.version !== ifVersion) return false
      if (text === undefined) {
        texts.delete(partition)
        return undefined
      }
      const version = randomUUID()
      texts.set(partition, { text, version })
      return version
    },
    lock: inTurn,
    list: async () => {
      calls.push('list')
      return [...texts.keys()]
    },
  }
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A sign-in of a person, by number. */
export function signIn(person: number, change: Partial<CacheEvent> = {}): CacheEvent {
  return {
    client_id: CLIENT,
    scope: ['User.Read'],
    token_endpoint: `https://${HOST}/${TENANT}/oauth2/v2.0/token`,
    grant_type: 'authorization_code',
    ...change,
    response: {
      access_token: `at-${person}`,
      refresh_token: `rt-${person}`,
      expires_in: 3600,
      client_info: encode({ uid: `u${person}`, utid: TENANT }),
      id_token: `e30.${encode({ sub: `s${person}`, oid: `u${person}`, preferred_username: `u${person}@contoso.com` })}.c2ln`,
      ...change.response,
    },
  }
}

export const homeIdOf = (person: number): string => `u${person}.${TENANT}`

export const ownerOfPerson = (person: number) => ({ homeAccountId: homeIdOf(person), environment: HOST })

/** A token of the application itself. */
export const appTokens = (tenant: string, secret: string): CacheEvent => ({
  client_id: CLIENT,
  scope: ['s/.default'],
  token_endpoint: `https://${HOST}/${tenant}/oauth2/v2.0/token`,
  response: { access_token: secret, expires_in: 3600 },
})

/** An access token's entry as another library may have left it. */
export const accessToken = (change: Partial<AccessTokenEntry> = {}): AccessTokenEntry => ({
  credential_type: 'AccessToken',
  secret: 'at',
  home_account_id: homeIdOf(1),
  environment: HOST,
  client_id: CLIENT,
  target: 'User.Read',
  realm: TENANT,
  expires_on: String(NOW + 3600),
  cached_at: String(NOW),
  ...change,
})
