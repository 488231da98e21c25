import type { BrokerAccount, BrokerAnswer, BrokerFailure } from '../msal/core/broker-runtime.ts'
import { decodeBase64Url } from '../msal/core/encoding.ts'
import { isJsonObject, parseJsonObject, readInteger, readString, type JsonObject } from '../msal/core/json.ts'

/** The numbers that statuses of the bus have in the runtime's list, where that is another one. */
const STATUSES: ReadonlyMap<number, number> = new Map([
  ...[[15, 17] as const, [16, 18] as const, [17, 20] as const],
  ...[[18, 15] as const, [19, 16] as const, [20, 19] as const, [21, 21] as const],
])
/** Above it the two lists differ. */
const LAST_COMMON_STATUS = 14
const USER_SWITCH = 12

/** The first second that can't be told from a millisecond: they are in 5138 and 1973. */
const FIRST_MILLISECOND = 1e11

/** The accounts of an answer; those without any id are left out. */
export function readAccounts(text: unknown): readonly BrokerAccount[] {
  const accounts = typeof text === 'string' ? parseJsonObject(text)?.['accounts'] : undefined
  if (!Array.isArray(accounts)) return []
  return accounts.filter(isJsonObject).map(toAccount).filter(hasId)
}

const hasId = ({ homeAccountId, localAccountId }: BrokerAccount): boolean => Boolean(homeAccountId || localAccountId)

function toAccount(wire: JsonObject): BrokerAccount {
  const text = (name: string): string => readString(wire, name) ?? ''
  return {
    homeAccountId: text('homeAccountId'),
    localAccountId: text('localAccountId') || (text('homeAccountId').split('.')[0] ?? ''),
    environment: text('environment'),
    realm: text('realm'),
    username: text('username'),
    clientInfo: text('clientInfo'),
    displayName: text('name'),
    givenName: text('givenName'),
    familyName: text('familyName'),
  }
}

/**
 * Reads the answer to a token request.
 *
 * @param asked - whose token was wanted, for brokers that do not repeat it
 */
export function readTokens(text: unknown, asked: BrokerAccount | undefined): BrokerAnswer {
  const answer = typeof text === 'string' ? parseJsonObject(text) : undefined
  const response = answer?.['brokerTokenResponse']
  // An error counts before whatever stands beside it.
  const error = [isJsonObject(response) ? response['error'] : undefined, answer?.['error']].find(isJsonObject)
  if (error) return { failure: readFailure(error) }
  if (!isJsonObject(response)) return { failure: describeFailure('The broker gave an unusable answer') }
  const accessToken = readString(response, 'accessToken') ?? ''
  const isPop = readInteger(response, 'accessTokenType') === 1
  return {
    tokens: {
      accessToken: isPop ? '' : accessToken,
      idToken: readString(response, 'idToken') ?? '',
      authorizationHeader: isPop && accessToken ? `pop ${accessToken}` : '',
      isPop,
      grantedScopes: readScopes(response['grantedScopes']),
      expiresOn: readSeconds(response),
      account: readOwner(response) ?? asked,
      telemetry: '',
    },
  }
}

function readFailure(error: JsonObject): BrokerFailure {
  const status = readInteger(error, 'status') ?? 0
  const tag = readInteger(error, 'tag') ?? 0
  const context = readString(error, 'context') || 'The broker gave no reason'
  const diagnostics = error['diagnostics']
  const raw = isJsonObject(diagnostics) ? readString(diagnostics, 'raw_error_code') : undefined
  return {
    status: toRuntimeStatus(status),
    errorCode: readInteger(error, 'errorCode') ?? 0,
    tag,
    context: tag === 0 && raw ? `${context}|${raw}` : context,
  }
}

const describeFailure = (context: string): BrokerFailure => ({ status: 0, errorCode: 0, tag: 0, context })

function toRuntimeStatus(status: number): number {
  const isCommon = status >= 0 && status <= LAST_COMMON_STATUS && status !== USER_SWITCH
  return isCommon ? status : (STATUSES.get(status) ?? 0)
}

/** A text of scopes, as brokers send it, or an array of them. */
function readScopes(granted: unknown): readonly string[] {
  const text = Array.isArray(granted) ? granted.filter((scope) => typeof scope === 'string').join(' ') : granted
  return typeof text === 'string' ? text.split(/\s+/).filter(Boolean) : []
}

/** Brokers send milliseconds; one that sends seconds is understood too. */
function readSeconds(response: JsonObject): number {
  const told = readInteger(response, 'expiresOn') ?? 0
  return told >= FIRST_MILLISECOND ? Math.trunc(told / 1000) : told
}

/** Whose tokens they are: by the tokens themselves, else as the broker names the account. */
function readOwner(response: JsonObject): BrokerAccount | undefined {
  const named = isJsonObject(response['account']) ? toAccount(response['account']) : undefined
  const clientInfo = readString(response, 'clientInfo') || (named?.clientInfo ?? '')
  const { uid, utid } = decodeJson(clientInfo) ?? {}
  const claims = decodeJson((readString(response, 'idToken') ?? '').split('.')[1] ?? '') ?? {}
  const text = (name: string): string => readString(claims, name) ?? ''
  const homeAccountId =
    typeof uid === 'string' && typeof utid === 'string' ? `${uid}.${utid}` : (named?.homeAccountId ?? '')
  const account: BrokerAccount = {
    homeAccountId,
    // Brokers list accounts by the id at home; the ID token of a guest tells the one in the tenant.
    localAccountId: homeAccountId.split('.')[0] || text('oid') || (named?.localAccountId ?? ''),
    environment: named?.environment ?? '',
    realm: text('tid') || (named?.realm ?? ''),
    username: text('preferred_username') || (named?.username ?? ''),
    clientInfo,
    displayName: text('name') || (named?.displayName ?? ''),
    givenName: named?.givenName ?? '',
    familyName: named?.familyName ?? '',
  }
  return account.homeAccountId ? account : undefined
}

function decodeJson(text: string): JsonObject | undefined {
  try {
    return parseJsonObject(decodeBase64Url(text))
  } catch {
    return undefined
  }
}
