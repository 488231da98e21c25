import type { BrokerAccount, BrokerAnswer, BrokerTokens } from '../core/broker-runtime.ts'
import { encodeBase64Url } from '../core/encoding.ts'
import { BrokerError } from '../core/errors.ts'
import { readInteger, readString, type JsonObject } from '../core/json.ts'
import { readJwtClaims } from '../oauth/id-token.ts'
import type { TokenResponse } from '../oauth/token-response.ts'
import { createBrokerError, readTelemetry } from './broker-failure.ts'

/** What was asked of a broker. */
export interface BrokerExpectation {
  readonly clientId: string
  readonly scopes: readonly string[]
  /** Whether the token is to be bound to a request. */
  readonly isBound: boolean
  /** Whose token it must be, where that is known. */
  readonly homeAccountId?: string | undefined
  /** Seconds since 1970. */
  readonly now: number
}

/** Tokens of a broker, judged. */
export interface JudgedTokens {
  readonly tokens: TokenResponse
  readonly account: BrokerAccount
  /** The claims of the ID token, unchecked, or what the broker says of the account where none came. */
  readonly claims: JsonObject
  readonly telemetry: string | undefined
}

/** For tokens whose expiry nobody tells: as for a server that does not say. */
const DEFAULT_EXPIRES_IN = 600
/** Nothing that a broker gives out is good for longer. */
const LONGEST_EXPIRES_IN = 366 * 24 * 3600

const RESERVED: ReadonlySet<string> = new Set(['openid', 'profile', 'offline_access', 'email'])

/**
 * Judges a broker's answer: what it lacks or gets wrong is not passed on.
 *
 * @throws {BrokerError} where the broker refused, or its tokens are not what was asked for
 * @throws {RedirectUriError} where the app registration lacks the broker's redirect URI
 */
export function judgeBrokerAnswer(answer: BrokerAnswer, expected: BrokerExpectation): JudgedTokens {
  if (answer.failure) throw createBrokerError(answer.failure, expected.clientId)
  const { tokens } = answer
  const accessToken = readAccessToken(tokens, expected)
  const accessTokenClaims = readJwtClaims(accessToken)
  const account = readOwner(tokens, expected)
  const scopes = judgeScopes(tokens.grantedScopes, expected)
  // Some servers put the key that a token is bound to into what they call a bearer token.
  const isBound = tokens.isPop || accessTokenClaims?.['cnf'] !== undefined
  const tokenType = isBound ? 'pop' : 'Bearer'
  const expiresIn = judgeExpiry(tokens, accessTokenClaims, expected)
  const clientInfo = account.clientInfo || createClientInfo(account)
  const shared = {
    token_type: tokenType,
    expires_in: expiresIn,
    ...(tokens.idToken && { id_token: tokens.idToken }),
    ...(clientInfo && { client_info: clientInfo }),
  }
  return {
    tokens: {
      accessToken,
      tokenType,
      expiresIn,
      ...(scopes && { scope: scopes.join(' ') }),
      ...(tokens.idToken && { idToken: tokens.idToken }),
      // A bound token serves one request, so none is kept: a plain call would find it.
      wire: isBound ? shared : { ...shared, access_token: accessToken },
    },
    account,
    claims: readJwtClaims(tokens.idToken) ?? describeAccount(account),
    telemetry: readTelemetry(tokens.telemetry),
  }
}

function readAccessToken(tokens: BrokerTokens, { isBound }: BrokerExpectation): string {
  if (isBound && !tokens.isPop)
    throw new BrokerError('The broker gave a token that is not bound to the request it was asked for')
  const text = tokens.isPop ? tokens.authorizationHeader.trim().split(/\s+/)[1] : tokens.accessToken
  if (!text) throw new BrokerError('The broker answered without an access token')
  return text
}

function readOwner({ account }: BrokerTokens, { homeAccountId }: BrokerExpectation): BrokerAccount {
  if (!account) throw new BrokerError('The broker did not say whose token it gave')
  if (homeAccountId && account.homeAccountId && homeAccountId.toLowerCase() !== account.homeAccountId.toLowerCase())
    throw new BrokerError('The broker gave a token of another account')
  return account
}

/** As granted, where the broker says. @throws {BrokerError} where nothing of what was asked for is among it */
function judgeScopes(granted: readonly string[], { scopes: asked }: BrokerExpectation): readonly string[] | undefined {
  if (granted.length === 0) return undefined
  const isAsked = (scope: string): boolean =>
    asked.some((wanted) => isSameScope(scope, wanted) || (/(^|\/)\.default$/.test(wanted) && !RESERVED.has(scope)))
  if (asked.some((scope) => !RESERVED.has(scope)) && !granted.some(isAsked))
    throw new BrokerError('The broker granted none of the scopes that were asked for')
  return granted
}

/** A scope may be named with its resource (`https://graph.microsoft.com/User.Read`) or without. */
function isSameScope(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()]
  return a === b || a.endsWith(`/${b}`) || b.endsWith(`/${a}`)
}

/** Seconds left. The token's own word counts first: brokers are known that mix seconds and milliseconds. */
function judgeExpiry({ expiresOn }: BrokerTokens, claims: JsonObject | undefined, { now }: BrokerExpectation): number {
  const own = claims && readInteger(claims, 'exp')
  if (own !== undefined) return Math.min(Math.max(0, own - now), LONGEST_EXPIRES_IN)
  const told = Math.trunc(expiresOn) - now
  return told > 0 && told <= LONGEST_EXPIRES_IN ? told : DEFAULT_EXPIRES_IN
}

/** What tells the account's home, where the broker does not pass it on. */
function createClientInfo({ homeAccountId }: BrokerAccount): string | undefined {
  const [uid, utid, ...rest] = homeAccountId.split('.')
  return uid && utid && rest.length === 0 ? encodeBase64Url(JSON.stringify({ uid, utid })) : undefined
}

function describeAccount({ username, localAccountId, realm }: BrokerAccount): JsonObject {
  return {
    ...(username && { preferred_username: username }),
    ...(localAccountId && { oid: localAccountId }),
    ...(realm && { tid: realm }),
  }
}

/** Whether tokens are those of the user name that was asked for; case does not matter. */
export function isOfUser({ claims, account }: JudgedTokens, username: string): boolean {
  const name = readString(claims, 'preferred_username') ?? account.username
  return name.toLowerCase() === username.toLowerCase()
}
