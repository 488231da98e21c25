import type { Clock } from '../core/ports.ts'

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
