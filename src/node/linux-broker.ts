import { randomUUID } from 'node:crypto'
import { untilAborted } from '../msal/core/abort.ts'
import type {
  BrokerAccount,
  BrokerAnswer,
  BrokerRequest,
  BrokerRuntime,
  BrokerStart,
  InteractiveBrokerRequest,
} from '../msal/core/broker-runtime.ts'
import { BrokerError } from '../msal/core/errors.ts'
import type { JsonObject } from '../msal/core/json.ts'
import { readAccounts, readTokens } from './linux-broker-answer.ts'
import { CANCELLATION, createTokenRequest, inTenantOf, toWireWindow } from './linux-broker-request.ts'
import { BusError, connectToSessionBus, type BusEnvironment, type SessionBus } from './session-bus.ts'

/** Where the bus is, and how long it may take; tests shorten the times. */
export interface LinuxBrokerOptions {
  readonly environment: BusEnvironment
  /** Milliseconds. */
  readonly times?: Partial<typeof TIMES>
}

/** Milliseconds. A broker may have to be started first; one that is asked silently may have to ask Entra. */
const TIMES = { start: 5000, silent: 60_000, cancel: 5000 }

const BROKER = { destination: 'com.microsoft.identity.broker1', path: '/com/microsoft/identity/broker1' } as const
const INTERFACE = 'com.microsoft.identity.Broker1'
const PROTOCOL_VERSION = '0.0'

/** Errors of the bus by which a broker says that it can't do without an account. */
const FAILED: ReadonlySet<string | undefined> = new Set([
  'org.freedesktop.DBus.Error.Failed',
  'org.freedesktop.DBus.Error.InvalidArgs',
])

/**
 * Starts the broker of Linux (Intune's, or Himmelblau's) by asking it for a sign of life over the session bus. Nothing is
 * loaded of it: no windows, no key ring, and nothing that could block this process.
 */
export async function startLinuxBroker(options: LinuxBrokerOptions): Promise<BrokerStart> {
  const times = { ...TIMES, ...options.times }
  const deadline = AbortSignal.timeout(times.start)
  try {
    const bus = await connectToSessionBus(options.environment, deadline)
    try {
      await bus.call({ ...BROKER, interface: 'org.freedesktop.DBus.Peer', member: 'Ping' }, [], deadline)
    } finally {
      bus.close()
    }
  } catch (error) {
    if (isMissingPackage(error)) return { state: 'missing', hint: 'install the package dbus-native' }
    const reason = error instanceof BusError ? error.message : `it gave no sign of life within ${times.start} ms`
    return { state: 'unavailable', reason }
  }
  return { state: 'ready', runtime: createRuntime({ environment: options.environment, times }) }
}

const isMissingPackage = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(String(error.code))

interface Settings {
  readonly environment: BusEnvironment
  readonly times: typeof TIMES
}

function createRuntime(settings: Settings): BrokerRuntime {
  return {
    readAccount: ({ clientId, localAccountId, correlationId }, signal) =>
      withBus(settings, signal, async (bus, stop) => {
        const accounts = await listAccounts(bus, { clientId, correlationId }, stop)
        return accounts.find((account) => account.localAccountId.toLowerCase() === localAccountId.toLowerCase())
      }),
    signInSilently: (request, signal) =>
      withBus(settings, signal, async (bus, stop) => {
        const [account, ...others] = await listAccounts(bus, request, stop)
        const known = others.length === 0 ? account : undefined
        return askSilently(bus, { request, account: known }, stop)
      }),
    acquireTokenSilently: ({ account, ...request }, signal) =>
      withBus(settings, signal, (bus, stop) =>
        askSilently(bus, { request: inTenantOf(request, account), account }, stop),
      ),
    signInInteractively: (request, signal) => signInInteractively(settings, request, signal),
    // Like Microsoft's runtime: on Linux the account is the machine's, and no application takes it from the others.
    signOutSilently: () => Promise.resolve(undefined),
  }
}

/** Runs with a connection of its own, so that nothing is left of one that broke, and no open socket keeps a program running. */
async function withBus<T>(
  { environment, times }: Settings,
  signal: AbortSignal | undefined,
  run: (bus: SessionBus, stop: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const deadline = AbortSignal.timeout(times.silent)
  const stop = signal ? AbortSignal.any([signal, deadline]) : deadline
  try {
    const bus = await connectToSessionBus(environment, stop)
    try {
      return await run(bus, stop)
    } finally {
      bus.close()
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (deadline.aborted) throw new BrokerError(`The broker did not answer within ${times.silent} ms`)
    throw toBrokerError(error)
  }
}

const toBrokerError = (error: unknown): unknown =>
  error instanceof BusError ? new BrokerError(`The broker can't be reached: ${error.message}`, { cause: error }) : error

interface TokenCall {
  readonly request: BrokerRequest
  readonly account: BrokerAccount | undefined
}

async function askSilently(bus: SessionBus, { request, account }: TokenCall, stop: AbortSignal): Promise<BrokerAnswer> {
  const body = createTokenRequest(request, { type: 'silent', account })
  return readTokens(await callBroker(bus, { member: 'acquireTokenSilently', request, body }, stop), account)
}

/** Asks a person, by the window that the broker shows, for the account that is meant. */
async function signInInteractively(
  settings: Settings,
  request: InteractiveBrokerRequest,
  signal: AbortSignal | undefined,
): Promise<BrokerAnswer> {
  const accounts = await withBus(settings, signal, (bus, stop) => listAccounts(bus, request, stop))
  const account = proposeAccount(accounts, request)
  try {
    return await askPerson(settings, { request, account }, signal)
  } catch (error) {
    const [only, ...others] = accounts
    // A hint that means nobody here is not answered with somebody else.
    const needsAccount = !account && !request.accountHint && error instanceof BusError && FAILED.has(error.dbusName)
    if (!needsAccount || !only || others.length > 0) throw toBrokerError(error)
    return await askPerson(settings, { request, account: only }, signal).catch((again: unknown) => {
      throw toBrokerError(again)
    })
  }
}

/** The account that the hint means, else the only one there is; none where the person is to choose. */
function proposeAccount(
  accounts: readonly BrokerAccount[],
  { accountHint, choosesAccount }: InteractiveBrokerRequest,
): BrokerAccount | undefined {
  if (choosesAccount) return undefined
  const isMeant = ({ username }: BrokerAccount) => username.toLowerCase() === accountHint.toLowerCase()
  const [account, ...others] = accountHint ? accounts.filter(isMeant) : accounts
  return others.length === 0 ? account : undefined
}

/** Nobody knows how long a person takes, so only the caller ends it: at once, whatever the broker says to that. */
async function askPerson(
  { environment, times }: Settings,
  { request, account }: TokenCall & { readonly request: InteractiveBrokerRequest },
  signal: AbortSignal | undefined,
): Promise<BrokerAnswer> {
  const bus = await connectToSessionBus(environment, signal)
  const { accountHint: hint, parentWindowHandle } = request
  const window = toWireWindow(parentWindowHandle)
  const asked = account ? inTenantOf(request, account) : request
  const body = createTokenRequest(asked, { type: 'interactive', account, hint, window })
  try {
    const answer = callBroker(bus, { member: 'acquireTokenInteractively', request, body })
    return readTokens(await untilAborted(answer, signal), account)
  } finally {
    if (signal?.aborted) void cancel(bus, times.cancel)
    else bus.close()
  }
}

async function cancel(bus: SessionBus, milliseconds: number): Promise<void> {
  const call = { member: 'cancelInteractiveFlow', request: { correlationId: randomUUID() }, body: CANCELLATION }
  try {
    await callBroker(bus, call, AbortSignal.timeout(milliseconds))
  } catch {
    // It was given up already.
  } finally {
    bus.close()
  }
}

async function listAccounts(
  bus: SessionBus,
  request: { readonly clientId: string; readonly correlationId: string },
  signal: AbortSignal,
): Promise<readonly BrokerAccount[]> {
  const { clientId } = request
  const body = { clientId, redirectUri: clientId }
  return readAccounts(await callBroker(bus, { member: 'getAccounts', request, body }, signal))
}

const callBroker = (
  bus: SessionBus,
  call: { readonly member: string; readonly request: { readonly correlationId: string }; readonly body: JsonObject },
  signal?: AbortSignal,
): Promise<unknown> =>
  bus.call(
    { ...BROKER, interface: INTERFACE, member: call.member },
    [PROTOCOL_VERSION, call.request.correlationId, JSON.stringify(call.body)],
    signal,
  )
