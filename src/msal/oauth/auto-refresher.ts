import { ConfigurationError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import { reuseAssertions } from './assertion-reuse.ts'
import type { ClientAssertionCallback, ClientAssertionContext } from './client-assertion.ts'

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
): (context: ClientAssertionContext) => Promise<string> {
  if (typeof getAssertion !== 'function') throw new ConfigurationError('getAssertion', 'a function is needed')
  if (!(typeof expiresIn === 'number' && Number.isFinite(expiresIn) && expiresIn > 0))
    throw new ConfigurationError('expiresIn', 'a positive number of seconds is needed')
  return reuseAssertions(getAssertion, { keyOf: (context) => JSON.stringify([context]), seconds: expiresIn, clock })
}
