import { BrokerError, type Clock } from '../msal/index.ts'

/** A row of a pick list. */
export interface PickItem {
  readonly label: string
  readonly description?: string
  readonly detail?: string
}

/** What a sign-in shows and asks; each of them ends when its signal is aborted. */
export interface SignInWindow {
  /** Shows one notification with Cancel while `run` is under way; its signal is aborted by Cancel. */
  withProgress<T>(
    title: string,
    run: (report: (text: string) => void, cancelled: AbortSignal) => Promise<T>,
  ): Promise<T>
  /** Resolves to undefined where nothing was picked. */
  pick<T extends PickItem>(items: readonly T[], options: PickOptions): Promise<T | undefined>
  /** Asks for a line of text, without the spaces around it; resolves to undefined where none was entered. */
  ask(options: AskOptions): Promise<string | undefined>
  /** Resolves to false where no browser could be opened. */
  openExternal(url: string): Promise<boolean>
  copyText(text: string): Promise<void>
}

/** How a pick list is shown. */
export interface PickOptions {
  readonly title: string
  readonly placeholder: string
  readonly signal: AbortSignal
}

/** How a line of text is asked for. */
export interface AskOptions extends PickOptions {
  /** Says what is wrong with the text; undefined where nothing is. */
  readonly validate: (text: string) => string | undefined
}

/** An abort signal that fires after a time, or with another one. */
export function withDeadline(clock: Clock, milliseconds: number, outer?: AbortSignal): AbortController {
  const deadline = new AbortController()
  if (outer?.aborted) deadline.abort()
  outer?.addEventListener('abort', () => deadline.abort(), { signal: deadline.signal })
  clock.sleep(milliseconds, deadline.signal).then(
    () => deadline.abort(),
    () => undefined,
  )
  return deadline
}

/** A person who is asked may have left; what waits for the answer ends by itself. */
const PICK_MS = 300_000

/** Lets a person pick, for 5 minutes at most. Resolves to undefined where nothing was picked. */
export async function pickInTime<T extends PickItem>(
  { window, clock }: { readonly window: Pick<SignInWindow, 'pick'>; readonly clock: Clock },
  items: readonly T[],
  { milliseconds = PICK_MS, signal, ...options }: PickInTimeOptions,
): Promise<T | undefined> {
  const deadline = withDeadline(clock, milliseconds, signal)
  try {
    return await window.pick(items, { ...options, signal: deadline.signal })
  } finally {
    deadline.abort()
  }
}

/** How a pick list is shown that closes by itself. */
export interface PickInTimeOptions extends Omit<PickOptions, 'signal'> {
  readonly signal?: AbortSignal
  /** 5 minutes unless given. */
  readonly milliseconds?: number
}

/** The broker has not answered in time. */
export class BrokerOverdueError extends BrokerError {}

/** How long something is waited for, and what it means where that is not enough. */
export interface WaitLimits {
  readonly milliseconds: number
  readonly late: () => Error
}

/** What is waited for, which goes on by itself where it takes longer. @throws what `late` makes once the time is over */
export async function endBy<T>(clock: Clock, { milliseconds, late }: WaitLimits, running: Promise<T>): Promise<T> {
  const ended = new AbortController()
  const overdue = clock.sleep(milliseconds, ended.signal).then(() => Promise.reject(late()))
  try {
    return await Promise.race([running, overdue])
  } finally {
    overdue.catch(() => undefined)
    ended.abort()
  }
}

/** The same for an answer of the broker. @throws {BrokerOverdueError} once the time is over */
export const endBrokerBy = <T>(clock: Clock, milliseconds: number, running: Promise<T>): Promise<T> =>
  endBy(
    clock,
    {
      milliseconds,
      late: () => new BrokerOverdueError(`The broker did not answer within ${milliseconds / 1000} s`),
    },
    running,
  )
