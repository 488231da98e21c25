import path from 'node:path'
import type {
  BrokerAccount,
  BrokerAnswer,
  BrokerFailure,
  BrokerLog,
  BrokerPlatform,
  BrokerRequest,
  BrokerRuntime,
  BrokerStart,
  BrokerTokens,
} from '../msal/core/broker-runtime.ts'
import { BrokerError } from '../msal/core/errors.ts'
import { isJsonObject, readInteger, readString, type JsonObject } from '../msal/core/json.ts'
import { findPortalProblem, readPortalVersion } from './company-portal.ts'
import type { NativeParameters } from './native-broker-messages.ts'
import { startBrokerProcess, type BrokerProcess, type CallLimits } from './native-broker-process.ts'

/** What the native runtime is started with; tests shorten the times. */
export interface NativeBrokerOptions {
  readonly platform: BrokerPlatform
  /** Told what the runtime logs. */
  readonly log?: BrokerLog | undefined
  /** Of this process unless given. */
  readonly environment?: NodeJS.ProcessEnv
  /** Beside the bundle that this code is in, unless given. */
  readonly script?: string
  /** Of Company Portal; macOS only. */
  readonly readVersion?: typeof readPortalVersion
  /** Milliseconds. */
  readonly times?: Partial<typeof TIMES>
}

/** Milliseconds. A broker that has to be started first may block the runtime for 5 seconds; a person takes longer than it. */
const TIMES = { start: 15_000, silent: 30_000, interactive: 600_000, idle: 60_000 }

const HINT = 'install the package @azure/msal-node-runtime'

/**
 * Starts Microsoft's native runtime (WAM of Windows, Company Portal of macOS, also from WSL) in a process of its own: it blocks
 * the thread that calls it, remembers a failed start, and has crashed.
 */
export async function startNativeBroker(options: NativeBrokerOptions): Promise<BrokerStart> {
  const { platform, log, script = path.join(import.meta.dirname, 'broker-child.js') } = options
  const times = { ...TIMES, ...options.times }
  const problem = platform === 'mac' ? findPortalProblem(await (options.readVersion ?? readPortalVersion)()) : undefined
  if (problem !== undefined) return { state: 'unavailable', reason: problem }
  const { environment = process.env } = options
  const start = () => startBrokerProcess({ script, environment, startMs: times.start, idleMs: times.idle, log })
  let first: BrokerProcess
  try {
    first = start()
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    return { state: 'unavailable', reason: error.errorDescription ?? error.error }
  }
  const started = await first.started
  switch (started.state) {
    case 'ready':
      return { state: 'ready', runtime: createRuntime({ platform, times, start, first }) }
    case 'missing':
      return { state: 'missing', hint: HINT }
    case 'unavailable':
      return started
  }
}

interface Parts {
  readonly platform: BrokerPlatform
  readonly times: typeof TIMES
  readonly start: () => BrokerProcess
  readonly first: BrokerProcess
}

function createRuntime({ platform, times, start, first }: Parts): BrokerRuntime {
  let shared = first
  const usable = (): BrokerProcess => (shared = shared.isUsable() ? shared : start())
  const limits = (signal: AbortSignal | undefined): CallLimits => ({ signal, deadlineMs: times.silent })
  return {
    async readAccount({ localAccountId, correlationId }, signal) {
      const call = { method: 'readAccount', localAccountId, correlationId } as const
      const message = await usable().call(call, limits(signal))
      if (readFailure(message)) return undefined
      return readAccount(readResult(message)['account'])
    },
    signInSilently: async (request, signal) =>
      readAnswer(await usable().call({ method: 'signInSilently', parameters: toParameters(request) }, limits(signal))),
    async signInInteractively(request, signal) {
      signal?.throwIfAborted()
      const { parentWindowHandle, accountHint } = request
      // A pointer to a view of macOS means nothing in another process.
      const windowHandle = platform === 'mac' ? '' : Buffer.from(parentWindowHandle).toString('hex')
      const call = {
        method: 'signInInteractively',
        parameters: toParameters(request),
        windowHandle,
        accountHint,
      } as const
      // Given up, it takes its process along: one of its own, in which nobody else waits.
      const own = start()
      try {
        return readAnswer(await own.call(call, { signal, deadlineMs: times.interactive }))
      } finally {
        own.end()
      }
    },
    acquireTokenSilently: async ({ account: { localAccountId }, ...request }, signal) =>
      readAnswer(
        await usable().call(
          { method: 'acquireTokenSilently', parameters: toParameters(request), localAccountId },
          limits(signal),
        ),
      ),
    async signOutSilently({ clientId, account: { localAccountId }, correlationId }, signal) {
      const call = { method: 'signOutSilently', clientId, localAccountId, correlationId } as const
      const message = await usable().call(call, limits(signal))
      const failure = readFailure(message)
      if (!failure) readResult(message)
      return failure
    },
  }
}

const toParameters = (request: BrokerRequest): NativeParameters => ({
  clientId: request.clientId,
  authority: request.authority,
  scopes: request.scopes.join(' '),
  redirectUri: request.redirectUri,
  claims: request.claims,
  accessTokenToRenew: request.accessTokenToRenew,
  pop: request.pop,
  additional: request.additional,
  correlationId: request.correlationId,
})

function readAnswer(message: JsonObject): BrokerAnswer {
  const failure = readFailure(message)
  return failure ? { failure } : { tokens: readTokens(readResult(message)) }
}

function readFailure({ failure }: JsonObject): BrokerFailure | undefined {
  if (!isJsonObject(failure)) return undefined
  return {
    status: readInteger(failure, 'errorStatus') ?? 0,
    errorCode: readInteger(failure, 'errorCode') ?? 0,
    tag: readInteger(failure, 'errorTag') ?? 0,
    context: readString(failure, 'errorContext') ?? '',
    telemetry: readString(failure, 'telemetryData') ?? '',
  }
}

/** @throws {BrokerError} where the runtime did not even refuse */
function readResult(message: JsonObject): JsonObject {
  const { result } = message
  if (isJsonObject(result)) return result
  throw new BrokerError(`The native broker did not take the request (${readString(message, 'fault') ?? 'no answer'})`)
}

const readTokens = (result: JsonObject): BrokerTokens => ({
  accessToken: readString(result, 'accessToken') ?? '',
  idToken: readString(result, 'rawIdToken') ?? '',
  authorizationHeader: readString(result, 'authorizationHeader') ?? '',
  isPop: result['isPopAuthorization'] === true,
  grantedScopes: (readString(result, 'grantedScopes') ?? '').split(' ').filter(Boolean),
  expiresOn: readInteger(result, 'expiresOn') ?? 0,
  account: readAccount(result['account']),
  telemetry: readString(result, 'telemetryData') ?? '',
})

function readAccount(value: unknown): BrokerAccount | undefined {
  if (!isJsonObject(value)) return undefined
  const text = (name: keyof BrokerAccount): string => readString(value, name) ?? ''
  return {
    homeAccountId: text('homeAccountId'),
    localAccountId: text('localAccountId'),
    environment: text('environment'),
    realm: text('realm'),
    username: text('username'),
    clientInfo: text('clientInfo'),
    displayName: text('displayName'),
    givenName: text('givenName'),
    familyName: text('familyName'),
  }
}
