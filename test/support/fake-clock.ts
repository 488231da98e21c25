import type { Clock } from '../../src/msal/core/ports.ts'

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Moves the time on, and ends the sleeps that are over by then, one after another. */
  advance(milliseconds: number): Promise<void>
  /** Sets the time without ending any sleep, as a suspended machine does. */
  set(milliseconds: number): void
  /** What was asked of `sleep`, in milliseconds, in order. */
  readonly sleeps: readonly number[]
}

/** How a fake clock starts and behaves. */
export interface FakeClockOptions {
  /** Milliseconds since 1970; 2026-01-01T00:00:00Z unless given. */
  readonly now?: number
  /** A sleep moves the time on by itself and ends at once. */
  readonly skipsSleeps?: boolean
}

interface Sleeper {
  readonly wakesAt: number
  readonly wake: () => void
}

/** Lets everything run that waits for nothing but promises. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Makes a clock for tests. */
export function createFakeClock({ now = Date.UTC(2026, 0, 1), skipsSleeps = false }: FakeClockOptions = {}): FakeClock {
  let time = now
  const sleeps: number[] = []
  const sleepers = new Set<Sleeper>()

  const sleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted()
    sleeps.push(milliseconds)
    if (skipsSleeps) {
      time += milliseconds
      await settle()
      return signal?.throwIfAborted()
    }
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        sleepers.delete(sleeper)
        reject(signal?.reason as Error)
      }
      const wake = () => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }
      const sleeper = { wakesAt: time + milliseconds, wake }
      sleepers.add(sleeper)
      signal?.addEventListener('abort', stop, { once: true })
    })
  }

  const advance = async (milliseconds: number): Promise<void> => {
    const end = time + milliseconds
    await settle()
    for (;;) {
      const next = [...sleepers].filter(({ wakesAt }) => wakesAt <= end).sort((a, b) => a.wakesAt - b.wakesAt)[0]
      if (!next) break
      sleepers.delete(next)
      time = Math.max(time, next.wakesAt)
      next.wake()
      await settle()
    }
    time = Math.max(time, end)
  }

  return { now: () => time, sleep, advance, set: (milliseconds) => (time = milliseconds), sleeps }
}
