/** What passes between this process and the one that holds Microsoft's native runtime: JSON, by the channel of the two alone. */

import type { BrokerRequest } from '../msal/core/broker-runtime.ts'

/** What every request for a token says, as the runtime takes it. */
export type NativeParameters = Omit<BrokerRequest, 'scopes'> & { readonly scopes: string }

/** One call of the runtime; its accounts don't leave their process, so they are named by their id. */
export type NativeCall =
  | { readonly method: 'readAccount'; readonly localAccountId: string; readonly correlationId: string }
  | { readonly method: 'signInSilently'; readonly parameters: NativeParameters }
  | {
      readonly method: 'signInInteractively'
      readonly parameters: NativeParameters
      /** Hexadecimal. */
      readonly windowHandle: string
      readonly accountHint: string
    }
  | { readonly method: 'acquireTokenSilently'; readonly parameters: NativeParameters; readonly localAccountId: string }
  | {
      readonly method: 'signOutSilently'
      readonly clientId: string
      readonly localAccountId: string
      readonly correlationId: string
    }

/** What the process is told: a call with the number that its answer carries too, or to say what the runtime logs. */
export type Instruction =
  | { readonly number: number; readonly call: NativeCall; readonly log?: never }
  | { readonly log: { readonly allowsPii: boolean } }

/** The first thing that the process says; `reason` is for the log. */
export type StartMessage =
  | { readonly start: 'ready' }
  | { readonly start: 'missing' }
  | { readonly start: 'unavailable'; readonly reason: string }

/** What came of a call: members as the runtime gave them, its refusal, or the name of an exception. */
export type NativeAnswer =
  | { readonly result: Readonly<Record<string, unknown>> }
  | { readonly failure: Readonly<Record<string, unknown>> }
  | { readonly fault: string }

/** A line of the runtime's log. */
export interface LogMessage {
  readonly log: string
  /** From 1, trace, to 6, fatal. */
  readonly level: number
  readonly hasPii: boolean
}
