import { fork, type ChildProcess } from 'node:child_process'
import type { BrokerLog } from '../msal/core/broker-runtime.ts'
import { BrokerError } from '../msal/core/errors.ts'
import { isJsonObject, readString, type JsonObject } from '../msal/core/json.ts'
import type { Instruction, NativeCall } from './native-broker-messages.ts'

/** What came of starting the process; `reason` is for the log. */
export type ProcessStart =
  | { readonly state: 'ready' }
  | { readonly state: 'missing' }
  | { readonly state: 'unavailable'; readonly reason: string }

/** How a process is started, and for how long it is kept. */
export interface BrokerProcessOptions {
  /** The bundle of `native-broker-child.ts`. */
  readonly script: string
  /** Milliseconds until it has to be ready. */
  readonly startMs: number
  /** Milliseconds that it stays without a call. */
  readonly idleMs: number
  /** Of this process, which its own is made of. */
  readonly environment: NodeJS.ProcessEnv
  /** Told what the runtime logs. */
  readonly log?: BrokerLog | undefined
}

/** What ends a call early. */
export interface CallLimits {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds. */
  readonly deadlineMs: number
}

/** A process that holds the native runtime. */
export interface BrokerProcess {
  readonly started: Promise<ProcessStart>
  /** Whether it takes further calls. */
  isUsable(): boolean
  /**
   * Resolves to the message that answers. One that is given up ends the process, once no other call waits in it:
   * the runtime itself can't be told to stop.
   */
  call(call: NativeCall, limits: CallLimits): Promise<JsonObject>
  end(): void
}

const NOT_STARTED = 'The process of the native broker could not be started'

interface Waiting {
  readonly resolve: (answer: JsonObject) => void
  readonly reject: (error: Error) => void
}

/**
 * Starts a process; it ends with this one, whose end it does not hold up unless a call waits.
 *
 * @throws {BrokerError} where the system starts none
 */
export function startBrokerProcess({ script, environment, startMs, idleMs, log }: BrokerProcessOptions): BrokerProcess {
  const child = forkScript(script, environment)
  const waiting = new Map<number, Waiting>()
  let setStarted: (start: ProcessStart) => void = () => undefined
  const started = new Promise<ProcessStart>((resolve) => (setStarted = resolve))
  let last = 0
  let isRetired = false
  let idle: NodeJS.Timeout | undefined

  // Where it can't be sent the process has ended, which is told by itself.
  const send = (instruction: Instruction) => void child.send(instruction, () => undefined)
  const end = () => {
    isRetired = true
    clearTimeout(idle)
    clearTimeout(overdue)
    child.kill('SIGKILL')
  }
  /** Nobody waits for an idle process, and so it must not keep this one from its end. */
  const rest = () => {
    if (waiting.size > 0) return
    if (isRetired) {
      end()
      return
    }
    child.unref()
    child.channel?.unref()
    idle = setTimeout(end, idleMs).unref()
  }
  const wake = () => {
    clearTimeout(idle)
    child.ref()
    child.channel?.ref()
  }
  const fail = (reason: string) => {
    setStarted({ state: 'unavailable', reason })
    end()
    for (const { reject } of [...waiting.values()]) reject(new BrokerError(reason))
  }
  const overdue = setTimeout(() => fail(`The native broker was not ready within ${startMs / 1000} s`), startMs)

  child.on('error', () => fail(NOT_STARTED))
  child.once('exit', (code, signal) => fail(`The process of the native broker ended (${signal ?? `code ${code}`})`))
  child.on('message', (message) => {
    if (!isJsonObject(message)) return
    const start = readStart(message)
    if (start) {
      clearTimeout(overdue)
      setStarted(start)
      if (start.state === 'ready') rest()
      else fail(start.state === 'missing' ? 'The native broker is not installed' : start.reason)
    }
    if (typeof message['number'] === 'number') waiting.get(message['number'])?.resolve(message)
    if (log) writeLine(log, message)
  })
  if (log) send({ log: { allowsPii: log.allowsPii } })

  return {
    started,
    isUsable: () => !isRetired,
    call: (call, { signal, deadlineMs }) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted()
        const number = ++last
        const settle = (run: () => void) => {
          clearTimeout(late)
          signal?.removeEventListener('abort', abort)
          waiting.delete(number)
          run()
          rest()
        }
        const giveUp = (reason: Error) => {
          isRetired = true
          settle(() => reject(reason))
        }
        const abort = () => giveUp(signal?.reason as Error)
        const late = setTimeout(
          () => giveUp(new BrokerError(`The native broker did not answer within ${deadlineMs / 1000} s`)),
          deadlineMs,
        )
        waiting.set(number, {
          resolve: (answer) => settle(() => resolve(answer)),
          reject: (error) => settle(() => reject(error)),
        })
        signal?.addEventListener('abort', abort, { once: true })
        wake()
        send({ number, call })
      }),
    end,
  }
}

function forkScript(script: string, environment: NodeJS.ProcessEnv): ChildProcess {
  try {
    // What native code prints may name people: nobody reads it.
    return fork(script, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [], env: clean(environment) })
  } catch (cause) {
    throw new BrokerError(NOT_STARTED, { cause })
  }
}

/** Electron is Node only when told so; what is meant for this process, as a debugger's script, is not for its child. */
function clean(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, VSCODE_INSPECTOR_OPTIONS: _inspector, ...rest } = environment
  return process.versions['electron'] ? { ...rest, ELECTRON_RUN_AS_NODE: '1' } : rest
}

function readStart(message: JsonObject): ProcessStart | undefined {
  const state = message['start']
  switch (state) {
    case 'ready':
    case 'missing':
      return { state }
    case 'unavailable':
      return { state, reason: readString(message, 'reason') ?? '' }
    default:
      return undefined
  }
}

const FATAL = 6

/** Writes a line of the runtime's own log; it is asked to name nobody, and is not believed where it says that it does. */
function writeLine(log: BrokerLog, message: JsonObject): void {
  const line = readString(message, 'log')
  if (line === undefined || (message['hasPii'] !== false && !log.allowsPii)) return
  const text = line.replace(/\beyJ[\w-]{8,}(\.[\w-]*)*/g, '[secret]')
  if (message['level'] === FATAL) log.error(text)
  else log.debug(text)
}
