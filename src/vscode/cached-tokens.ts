import { isObject, parseJson } from './encoding.ts'

/** A cached token as it may be shown: everything but the token. */
export interface CachedToken {
  readonly kind: 'access' | 'id'
  /** Its place in the cache. */
  readonly key: string
  /** The tenant, as it was asked for. */
  readonly realm: string
  /** As granted; none for an ID token. */
  readonly scopes: readonly string[]
  readonly tokenType: string
  /** Seconds since 1970; absent where nothing tells. */
  readonly expiresOn?: number
  /** Absent where the token is no JWT. They are unchecked: good for reading, not for deciding. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** What is cached for one account at one client. */
export interface CachedTokens {
  readonly tokens: readonly CachedToken[]
  readonly hasRefreshToken: boolean
  /** By tenant the grant that brought the account, where a person signed in for it. */
  readonly sources: ReadonlyMap<string, string>
}

/** The claims of a JWT, without a look at its signature; undefined where it is none. */
export function readClaims(token: string): Readonly<Record<string, unknown>> | undefined {
  const [, payload = '', signature] = token.split('.')
  if (signature === undefined) return undefined
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
    const claims = parseJson(new TextDecoder().decode(bytes))
    return isObject(claims) ? claims : undefined
  } catch {
    return undefined
  }
}
