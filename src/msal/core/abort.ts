import type { Clock } from './ports.ts'

/** When a run is to end. */
export interface RunLimits {
  /** Without it, no time ends the run. */
  readonly milliseconds?: number | undefined
  /** What the run's signal is aborted with once the time is over. */
  readonly reason?: (() => Error) | undefined
  /** The caller's. */
  readonly signal?: AbortSignal | undefined
}

/** Runs with a signal that is aborted once the time is over, by the caller's, and at last when the run is over. */
export async function runWithin<T>(
  clock: Clock,
  { milliseconds, reason, signal }: RunLimits,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const end = new AbortController()
  if (milliseconds !== undefined)
    clock.sleep(milliseconds, end.signal).then(
      () => end.abort(reason?.()),
      () => undefined,
    )
  try {
    return await run(signal ? AbortSignal.any([signal, end.signal]) : end.signal)
  } finally {
    end.abort()
  }
}

/** Rejects with the signal's reason as soon as it is aborted, whatever becomes of the promise. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  let stop: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    if (stop) signal.removeEventListener('abort', stop)
  }
}
