import type { BrokerAccount, BrokerRequest } from '../msal/core/broker-runtime.ts'
import type { JsonObject } from '../msal/core/json.ts'

/** What a request is for, as the broker numbers it. */
const AUTHORIZATION_TYPES = { silent: 1, interactive: 6 } as const

/** What decides about a token request besides the request itself. */
export interface LinuxRequestFacts {
  readonly type: keyof typeof AUTHORIZATION_TYPES
  /** Whose token is wanted; without it the broker decides. */
  readonly account: BrokerAccount | undefined
  /** User name; empty for none. */
  readonly hint?: string | undefined
  /** Handle of the window that owns a dialog. */
  readonly window?: number
}

/** The broker adds them by itself. */
const RESERVED: ReadonlySet<string> = new Set(['openid', 'profile', 'offline_access'])
const META_TENANT = /\/(common|organizations|consumers)$/i
const COMMON_TENANT = /\/common$/i

/** The body of a token request, member by member what Microsoft's own runtime sends. */
export function createTokenRequest(request: BrokerRequest, facts: LinuxRequestFacts): JsonObject {
  const { type, account, hint = '', window } = facts
  const isInteractive = type === 'interactive'
  const parameters = {
    accessTokenToRenew: request.accessTokenToRenew ?? '',
    account: account ? toWireAccount(account) : null,
    additionalQueryParametersForAuthorization: {
      ...request.additional,
      // The account is settled: the page does not offer others.
      ...(isInteractive && account && hint && { hsu: '1' }),
    },
    authority: request.authority,
    authorizationType: AUTHORIZATION_TYPES[type],
    clientId: request.clientId,
    decodedClaims: request.claims ?? '',
    enrollmentId: '',
    isTestMode: false,
    password: '',
    popParams: null,
    ...(request.redirectUri !== undefined && { redirectUri: request.redirectUri }),
    requestedScopes: request.scopes.filter((scope) => !RESERVED.has(scope)),
    // A name alone does not tell which of Entra's two worlds its account is of.
    username: account?.username ?? (COMMON_TENANT.test(request.authority) ? '' : hint),
    uxContextHandle: -1,
    ...(!account && { isSignIn: true }),
    ...(window !== undefined && { parentWindow: { handle: window } }),
  }
  return { authParameters: parameters, ...(window !== undefined && { parentWindowHandle: window }) }
}

/** A tenant that stands for several is the account's own, where that is known. */
export const inTenantOf = <T extends BrokerRequest>(request: T, { realm }: BrokerAccount): T =>
  realm ? { ...request, authority: request.authority.replace(META_TENANT, `/${realm}`) } : request

/** What a window's handle is on the bus; 1 for none. */
export function toWireWindow(handle: Uint8Array): number {
  const bytes = Buffer.alloc(8)
  bytes.set(handle.subarray(0, 8))
  return Number(bytes.readBigUInt64LE()) || 1
}

const toWireAccount = (account: BrokerAccount): JsonObject => ({
  alternativeAccountId: '',
  clientInfo: account.clientInfo,
  environment: account.environment,
  familyName: account.familyName,
  givenName: account.givenName,
  homeAccountId: account.homeAccountId,
  homeEnvironment: '',
  localAccountId: account.localAccountId,
  middleName: '',
  name: account.displayName,
  passwordChangeUrl: '',
  passwordExpiry: 0,
  realm: account.realm,
  username: account.username,
})

/** What ends an interactive request; without it a broker has been seen to fall off the bus. */
export const CANCELLATION: JsonObject = {
  error: {
    context: 'The request was given up by the person',
    diagnostics: null,
    errorCode: 0,
    status: 7,
    subStatus: 0,
    tag: 579379414,
  },
}
