import type { Clock } from '../msal/index.ts'
import { OAuthError } from '../msal/index.ts'
import { describeForLog, explainByNumber, explainFailure, idsOf, isCancellation, namesNobody } from './failure.ts'
import type { SignInRecord } from './session.ts'
import { BrokerOverdueError } from './sign-in-window.ts'

/** A failure as the diagnosis shows it: no text of a server, which may name people. */
export interface RememberedFailure {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Codes and ids, as in the log. */
  readonly description: string
  /** What happened and what to do next; absent where only words that may name people would say it. */
  readonly advice?: string
  readonly correlationId?: string
  readonly traceId?: string
}

/** Failures of this window, for the diagnosis and against asking in vain. */
export interface FailureMemory {
  note(this: void, error: unknown): void
  last(this: void): RememberedFailure | undefined
  /** Notes that the server refused a silent request for good, if it did. */
  noteSilent(this: void, request: string, error: unknown): void
  /** Whether a silent request was refused for good within the hour, and nobody signed in since. */
  isRefused(this: void, request: string): boolean
  /** Whether the operating system's broker failed to answer within the last minute, so that nobody is to wait for it long. */
  isBrokerStuck(this: void): boolean
  /** Notes how the server answered the refresh token of an account. */
  noteRefresh(this: void, account: RefreshedAccount, answer: 'granted' | 'refused'): void
  /** Whether the server refused that refresh token when it was used last. */
  isRefreshRefused(this: void, account: RefreshedAccount): boolean
  /** Somebody signed in: what was refused may be granted now. */
  forgetRefusals(this: void): void
}

/** Whose refresh token it is, and which client's. */
export type RefreshedAccount = Pick<SignInRecord, 'clientId' | 'environment' | 'homeAccountId'>

/** A policy may change, or the device come back to its office. */
const REFUSAL_MS = 3_600_000
/** A broker that is started again is there within seconds. */
const STUCK_MS = 60_000

/** @param clock - tells when a failure was, and when a refusal is an hour old */
export function createFailureMemory(clock: Pick<Clock, 'now'>): FailureMemory {
  let last: RememberedFailure | undefined
  let stuckUntil = 0
  const isBrokerStuck = () => clock.now() < stuckUntil
  const refusals = new Map<string, number>()
  const refusedRefreshes = new Set<string>()
  const note = (error: unknown) => {
    if (!isCancellation(error)) last = remember(error, clock.now())
  }
  return {
    note,
    last: () => last,
    noteSilent(request, error) {
      note(error)
      if (error instanceof BrokerOverdueError && !isBrokerStuck()) stuckUntil = clock.now() + STUCK_MS
      if (error instanceof OAuthError && explainByNumber(error)?.isFinal === true)
        refusals.set(request, clock.now() + REFUSAL_MS)
    },
    isRefused: (request) => clock.now() < (refusals.get(request) ?? 0),
    isBrokerStuck,
    noteRefresh(account, answer) {
      if (answer === 'refused') refusedRefreshes.add(nameRefresh(account))
      else refusedRefreshes.delete(nameRefresh(account))
    },
    isRefreshRefused: (account) => refusedRefreshes.has(nameRefresh(account)),
    forgetRefusals: () => refusals.clear(),
  }
}

const nameRefresh = ({ clientId, environment, homeAccountId }: RefreshedAccount): string =>
  JSON.stringify([clientId, environment, homeAccountId])

function remember(error: unknown, at: number): RememberedFailure {
  const isExplained = namesNobody(error) || explainByNumber(error) !== undefined
  const { correlationId, traceId } = error instanceof OAuthError ? idsOf(error) : {}
  return {
    at,
    description: describeForLog(error),
    ...(isExplained && { advice: explainFailure(error) }),
    ...(correlationId !== undefined && { correlationId }),
    ...(traceId !== undefined && { traceId }),
  }
}
