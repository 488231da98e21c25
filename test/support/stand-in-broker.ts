import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createBroker, createClient, type MessageBus } from 'dbus-native'
import { isJsonObject } from '../../src/msal/core/json.ts'
import { ADA, claimsOf, idTokenOf, type Person } from './entra.ts'
import { brokerAccountOf } from './scripted-broker.ts'

/** The broker of Linux, as it is named on the session bus. */
export const BROKER = {
  destination: 'com.microsoft.identity.broker1',
  path: '/com/microsoft/identity/broker1',
  interface: 'com.microsoft.identity.Broker1',
} as const

const METHODS = [
  'getLinuxBrokerVersion',
  'getAccounts',
  'acquireTokenSilently',
  'acquireTokenInteractively',
  'removeAccount',
  'acquirePrtSsoCookie',
  'generateSignedHttpRequest',
  'cancelInteractiveFlow',
] as const

/** What the broker of Linux can be asked. */
export type StandInMethod = (typeof METHODS)[number]

/** A request as it came over the bus. */
export interface StandInRequest {
  readonly method: StandInMethod
  readonly protocolVersion: string
  readonly correlationId: string
  readonly request: Readonly<Record<string, unknown>>
}

/** What is answered: JSON, text as it is, or an error of the bus; a function makes it of the request. */
export type StandInAnswer =
  | object
  | string
  | { readonly dbusName: string }
  | ((request: StandInRequest) => StandInAnswer | Promise<StandInAnswer>)

const isFunction = (answer: StandInAnswer): answer is Extract<StandInAnswer, (request: StandInRequest) => unknown> =>
  typeof answer === 'function'

/** A broker on a bus that is none: it says what it was told to say. */
export interface StandInBroker {
  readonly requests: readonly StandInRequest[]
  /** Says what is answered from now on. */
  answer(method: StandInMethod, answer: StandInAnswer): void
  /** The parameters of the token requests so far. */
  parameters(): readonly Readonly<Record<string, unknown>>[]
  /** Leaves the bus, in the middle of whatever it does. */
  leave(): Promise<void>
}

/** A session bus that is none, on a unix socket of its own. */
export interface StandInBus {
  /** For `DBUS_SESSION_BUS_ADDRESS`. */
  readonly address: string
  close(): Promise<void>
}

/** Starts a bus in this process. */
export async function startStandInBus(): Promise<StandInBus> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bus-'))
  const bus = createBroker()
  const address = await new Promise<string>((resolve, reject) => {
    bus.listen({ socket: path.join(folder, 'bus') }, (error, found) => (error ? reject(error) : resolve(found)))
  })
  return {
    address,
    close: async () => {
      await new Promise<void>((resolve) => bus.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Puts a broker that holds these people on a bus. */
export async function startStandInBroker(
  busAddress: string,
  { people = [ADA] }: { readonly people?: readonly Person[] } = {},
): Promise<StandInBroker> {
  const requests: StandInRequest[] = []
  const answers = new Map<StandInMethod, StandInAnswer>([
    ['getAccounts', { accounts: people.map(wireAccountOf) }],
    ['acquireTokenSilently', wireTokensFor(people[0] ?? ADA)],
    ['acquireTokenInteractively', wireTokensFor(people[0] ?? ADA)],
    ['cancelInteractiveFlow', {}],
  ])
  const respond = async (request: StandInRequest): Promise<string> => {
    requests.push(request)
    let answer: StandInAnswer = answers.get(request.method) ?? { dbusName: 'org.freedesktop.DBus.Error.UnknownMethod' }
    while (isFunction(answer)) answer = await answer(request)
    if (typeof answer === 'string') return answer
    if ('dbusName' in answer) throw Object.assign(new Error('the stand-in broker says no'), answer)
    return JSON.stringify(answer)
  }
  const bus: MessageBus = createClient({ busAddress })
  bus.connection.on('error', () => undefined)
  const handlers = METHODS.map((method) => [
    method,
    (protocolVersion: string, correlationId: string, text: string) =>
      respond({ method, protocolVersion, correlationId, request: JSON.parse(text) as StandInRequest['request'] }),
  ])
  bus.exportInterface(Object.fromEntries(handlers), BROKER.path, {
    name: BROKER.interface,
    methods: Object.fromEntries(
      METHODS.map((method) => [method, ['sss', 's', ['version', 'correlation', 'request'], ['answer']]]),
    ),
  })
  const { isPrimaryOwner } = await bus.ownName(BROKER.destination)
  if (!isPrimaryOwner) throw new Error('another broker is on the bus')
  return {
    requests,
    answer: (method, answer) => void answers.set(method, answer),
    parameters: () =>
      requests.flatMap(({ request: { authParameters } }) => (isJsonObject(authParameters) ? [authParameters] : [])),
    leave: async () => {
      if (bus.connection.stream.destroyed) return
      const left = once(bus.connection, 'close')
      bus.connection.stream.destroy()
      await left
    },
  }
}

/** A person as the broker of Linux names them. */
export const wireAccountOf = (person: Person) => {
  const { homeAccountId, localAccountId, environment, realm, username, clientInfo } = brokerAccountOf(person)
  const account = { homeAccountId, localAccountId, environment, realm, username, clientInfo }
  return { ...account, name: 'Ada Lovelace', givenName: 'Ada', familyName: 'Lovelace', accountType: 'MSSTS' }
}

/** A token answer as the broker of Linux gives it, good for an hour. */
export const wireTokensFor = (person: Person, extra: object = {}, claims: object = {}) => {
  const now = Date.now()
  return {
    brokerTokenResponse: {
      accessToken: 'linux-at',
      accessTokenType: 0,
      account: wireAccountOf(person),
      clientInfo: wireAccountOf(person).clientInfo,
      expiresOn: now + 3600_000,
      extendedExpiresOn: now + 7200_000,
      grantedScopes: 'User.Read profile',
      idToken: idTokenOf(claimsOf(person, claims)),
      ...extra,
    },
  }
}

/** A refusal as the broker of Linux gives it. */
export const wireError = (status: unknown, extra: object = {}) => ({
  brokerTokenResponse: {
    error: { context: 'it failed', errorCode: 0, status, subStatus: 0, tag: 4711, diagnostics: null, ...extra },
  },
})
