import type { Fetch, TransportOptions } from '../msal/core/ports.ts'

/** Sends by the global `fetch` as it is at the time of the call: whoever hosts this code may replace it at any time. */
export const createGlobalFetch =
  ({ timeoutMs }: Pick<TransportOptions, 'timeoutMs'> = {}): Fetch =>
  (input, init) => {
    if (timeoutMs === undefined) return globalThis.fetch(input, init)
    const deadline = AbortSignal.timeout(timeoutMs)
    return globalThis.fetch(input, {
      ...init,
      signal: init?.signal ? AbortSignal.any([init.signal, deadline]) : deadline,
    })
  }
