import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { BrokerAccount, BrokerRequest } from '../../src/msal/core/broker-runtime.ts'
import { isJsonObject } from '../../src/msal/core/json.ts'
import type { Session } from './session.ts'

/** What Microsoft's runtime is told to do. */
export interface RealCall {
  readonly method:
    'signInSilently' | 'signInInteractively' | 'acquireTokenSilently' | 'acquireTokenInteractively' | 'signOutSilently'
  readonly request: BrokerRequest & { readonly accountHint?: string }
  /** The window's handle in hexadecimal, little-endian. */
  readonly window?: string
  /** Milliseconds after which it is told to give up. */
  readonly cancelsAfterMs?: number
}

/** What it answers, under its own names. */
export interface RealResult {
  readonly accessToken?: string
  readonly expiresOn?: number
  readonly grantedScopes?: string
  readonly account?: BrokerAccount
  readonly failure?: {
    readonly errorStatus: number
    readonly errorCode: number
    readonly errorTag: number
    readonly errorContext: string
  }
}

/** Microsoft's own runtime (`@azure/msal-node-runtime`) in a process of its own. */
export interface RealRuntime {
  call(call: RealCall): Promise<RealResult>
  stop(): Promise<void>
}

/** Starts it in a session; the libraries that it needs are Debian's libwebkit2gtk-4.1-0 and what that depends on. */
export async function startRealRuntime({ environment }: Session): Promise<RealRuntime> {
  const child = fork(path.resolve(import.meta.dirname, 'real-runtime.cjs'), {
    env: { ...process.env, ...environment, DISPLAY: '' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const ended = once(child, 'exit')
  const waiting = new Map<number, (result: RealResult) => void>()
  const started = new Promise<unknown>((resolve) => {
    child.on('message', (message: unknown) => {
      if (!isJsonObject(message)) return
      if ('start' in message) resolve(message['start'])
      waiting.get(Number(message['number']))?.(message['result'] as RealResult)
    })
    void ended.then(() => resolve('its process ended'))
  })
  const stop = async () => {
    child.kill('SIGKILL')
    await ended
  }
  const start = await started
  if (start !== 'ready') {
    await stop()
    throw new Error(`@azure/msal-node-runtime does not start: ${JSON.stringify(start)}`)
  }
  let number = 0
  return {
    call: (call) =>
      new Promise((resolve, reject) => {
        waiting.set(++number, resolve)
        void ended.then(() => reject(new Error('the runtime ended')))
        child.send({ number, ...call })
      }),
    stop,
  }
}
