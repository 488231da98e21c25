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

/** The broker has not answered in time. */
export class BrokerOverdueError extends BrokerError {}

/** What is waited for, which goes on by itself where it takes longer. @throws {BrokerOverdueError} once the time is over */
export async function endBy<T>(clock: Clock, milliseconds: number, running: Promise<T>): Promise<T> {
  const ended = new AbortController()
  const overdue = clock.sleep(milliseconds, ended.signal).then(() => {
    throw new BrokerOverdueError(`The broker did not answer within ${milliseconds / 1000} s`)
  })
  try {
    return await Promise.race([running, overdue])
  } finally {
    overdue.catch(() => undefined)
    ended.abort()
  }
}
