import { ConfigurationError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import type { ClientAssertionCallback } from './client-assertion.ts'

/** How assertions are told apart, and for how many seconds each is used again. */
export interface ReuseOptions<Context> {
  readonly keyOf: (context: Context) => string
  readonly seconds: number
  readonly clock: Clock
}

/**
 * Keeps what `create` made and answers with it for a time; equal calls meanwhile share one run, a failure is not kept.
 *
 * @returns the assertion for a context, made anew once its time is over
 */
export function reuseAssertions<Context>(
  create: (context: Context) => string | Promise<string>,
  { keyOf, seconds, clock }: ReuseOptions<Context>,
): (context: Context) => Promise<string> {
  const kept = new Map<string, { readonly assertion: Promise<string>; readonly until: number }>()
  return (context) => {
    const key = keyOf(context)
    const now = clock.now()
    const known = kept.get(key)
    if (known && now < known.until) return known.assertion
    for (const [old, { until }] of kept) {
      // Oldest first, all of one lifetime: a client of many tenants keeps none that is over.
      if (now < until) break
      kept.delete(old)
    }
    const made = { assertion: run(create, context), until: now + seconds * 1000 }
    kept.set(key, made)
    made.assertion.catch(() => kept.get(key) === made && kept.delete(key))
    return made.assertion
  }
}

/** What is thrown at once becomes a rejection. */
const run = async <Context>(create: (context: Context) => string | Promise<string>, context: Context) => create(context)

/** Options of {@link AutoRefresher}. */
export interface AutoRefresherOptions {
  /** Seconds for which an assertion is used again, less than its lifetime; default 540. */
  readonly expiresIn?: number | undefined
}

/**
 * Wraps an assertion callback that is expensive, as one that asks a key vault: each assertion is used again for a time,
 * apart from those for another client, endpoint or FMI path.
 *
 * @returns a function that serves as `clientAssertion`
 * @throws {ConfigurationError} naming the argument that is wrong
 */
export function AutoRefresher(
  getAssertion: ClientAssertionCallback,
  { expiresIn = 540, clock }: AutoRefresherOptions & { readonly clock: Clock },
): (...context: Parameters<ClientAssertionCallback>) => Promise<string> {
  if (typeof getAssertion !== 'function') throw new ConfigurationError('getAssertion', 'a function is needed')
  if (!(typeof expiresIn === 'number' && Number.isFinite(expiresIn) && expiresIn > 0))
    throw new ConfigurationError('expiresIn', 'a positive number of seconds is needed')
  return reuseAssertions(getAssertion, { keyOf: (context) => JSON.stringify([context]), seconds: expiresIn, clock })
}
