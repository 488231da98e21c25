import assert from 'node:assert/strict'
import { encodeBase64Url } from '../../src/msal/core/encoding.ts'
import type {
  BrokerAccount,
  BrokerAnswer,
  BrokerFailure,
  BrokerHost,
  BrokerLog,
  BrokerPlatform,
  BrokerRequest,
  BrokerRuntime,
  BrokerStart,
  BrokerTokens,
} from '../../src/msal/core/broker-runtime.ts'
import { ADA, claimsOf, CLIENT_ID, HOST, idTokenOf, type Person } from './entra.ts'

/** The options that let a client use the broker of any system. */
export const ALL_BROKERS = {
  enableBrokerOnWindows: true,
  enableBrokerOnMac: true,
  enableBrokerOnLinux: true,
  enableBrokerOnWsl: true,
}

/** A request as the library makes it for Linux. */
export const BROKER_REQUEST: BrokerRequest = {
  clientId: CLIENT_ID,
  authority: `${HOST}/organizations`,
  scopes: ['User.Read'],
  redirectUri: 'https://login.microsoftonline.com/common/oauth2/nativeclient',
  additional: { msal_client_sku: 'EntraAuth', msal_client_ver: '0.1.0' },
  correlationId: '77777777-7777-7777-7777-777777777777',
}

/** What a broker is asked. */
export type BrokerMethod = keyof BrokerRuntime

/** One expected call and its answer; a function makes it of the call, an error is thrown. */
export interface BrokerExchange {
  readonly method: BrokerMethod
  readonly answer:
    | BrokerAnswer
    | BrokerAccount
    | BrokerFailure
    | Error
    | undefined
    | ((call: BrokerRequest, signal: AbortSignal | undefined) => unknown)
}

/** A call as the library made it. */
export interface BrokerCall {
  readonly method: BrokerMethod
  readonly request: BrokerRequest & {
    readonly account?: BrokerAccount
    readonly localAccountId?: string
    readonly accountHint?: string
    readonly choosesAccount?: boolean
    readonly parentWindowHandle?: Uint8Array
  }
}

/** A broker that knows its calls beforehand. */
export interface ScriptedBroker {
  readonly host: BrokerHost
  readonly calls: readonly BrokerCall[]
  /** How often it was started, and with which log. */
  readonly starts: readonly (BrokerLog | undefined)[]
  /** Fails where a call was unexpected, even if its failure was caught, or an expected one never came. */
  assertDone(): void
}

/** Makes a broker that answers these calls, in this order, and fails on any other. */
export function createScriptedBroker(
  script: readonly BrokerExchange[],
  { platform = 'windows', start, redirectUri }: BrokerTraits = {},
): ScriptedBroker {
  const calls: BrokerCall[] = []
  const starts: (BrokerLog | undefined)[] = []
  const surprises: unknown[] = []
  const answer = async (method: BrokerMethod, request: BrokerCall['request'], signal?: AbortSignal) => {
    signal?.throwIfAborted()
    const exchange = script[calls.length]
    calls.push({ method, request })
    try {
      assert.equal(method, exchange?.method, 'another call was expected')
    } catch (error) {
      surprises.push(error)
      throw error
    }
    const found = exchange?.answer
    const given = typeof found === 'function' ? await found(request, signal) : found
    if (given instanceof Error) throw given
    return given
  }
  const methods: readonly BrokerMethod[] = [
    ...(['readAccount', 'signInSilently', 'signInInteractively'] as const),
    ...(['acquireTokenSilently', 'signOutSilently'] as const),
  ]
  const runtime = Object.fromEntries(
    methods.map((method) => [method, (request: never, signal?: AbortSignal) => answer(method, request, signal)]),
  ) as unknown as BrokerRuntime
  return {
    calls,
    starts,
    host: {
      platform,
      redirectUri,
      start: (log) => {
        starts.push(log)
        return Promise.resolve(start ?? { state: 'ready', runtime })
      },
    },
    assertDone: () => {
      if (surprises.length > 0) throw surprises[0]
      const unused = script.slice(calls.length).map(({ method }) => method)
      assert.deepEqual(unused, [], 'calls that were expected and not made')
    },
  }
}

/** How a scripted broker differs from one of Windows that starts. */
export interface BrokerTraits {
  readonly platform?: BrokerPlatform
  readonly start?: BrokerStart
  readonly redirectUri?: string
}

/** A person as a broker names them. */
export const brokerAccountOf = (person: Person, extra: Partial<BrokerAccount> = {}): BrokerAccount => ({
  homeAccountId: `${person.uid}.${person.utid}`,
  localAccountId: person.uid,
  environment: 'login.microsoftonline.com',
  realm: person.utid,
  username: person.username,
  clientInfo: encodeBase64Url(JSON.stringify({ uid: person.uid, utid: person.utid })),
  displayName: '',
  givenName: '',
  familyName: '',
  ...extra,
})

/** Tokens as a broker gives them, of the hour after 2026-01-01T00:00:00Z. */
export const brokerTokensFor = (
  person: Person = ADA,
  extra: Partial<BrokerTokens> = {},
  claims: object = {},
): { readonly tokens: BrokerTokens } => ({
  tokens: {
    accessToken: 'broker-at',
    idToken: idTokenOf(claimsOf(person, claims)),
    authorizationHeader: '',
    isPop: false,
    grantedScopes: ['User.Read'],
    expiresOn: 1767225600 + 3600,
    account: brokerAccountOf(person),
    telemetry: '',
    ...extra,
  },
})

/** A refusal as a broker gives it. */
export const brokerFailure = (status: number, context = 'it failed'): { readonly failure: BrokerFailure } => ({
  failure: { status, errorCode: -2147186943, tag: 508634112, context },
})
