import type { Clock } from '../msal/core/ports.ts'

/** A timer that is set for longer fires at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

/** The machine's clock; nothing is left running once a sleep has ended or was aborted. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise<void>((resolve, reject) => {
      signal?.throwIfAborted()
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', stop)
          resolve()
        },
        Math.min(milliseconds, LONGEST_TIMEOUT_MS),
      )
      const stop = () => {
        clearTimeout(timer)
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', stop, { once: true })
    }),
}
