import { CrossOriginError } from '../msal/core/errors.ts'
import type { Fetch } from '../msal/core/ports.ts'

/** For the logs and limits of Entra alone. A page that sends one needs leave first, which other servers don't give. */
const HEADERS_OF_ENTRA = /^(x-|client-request-id$)/i

/**
 * Asks servers that are no part of the page. A browser says the same of a server that can't be reached and of one whose
 * answer it withholds from the page, so after a failure the server is asked for a sign of life that nobody can read.
 *
 * @returns a `fetch` that throws {@link CrossOriginError} where the server is there and answers no page
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export const createCrossOriginFetch =
  (fetch: Fetch): Fetch =>
  async (input, init) => {
    const headers = [...new Headers(init?.headers)].filter(([name]) => !HEADERS_OF_ENTRA.test(name))
    try {
      return await fetch(input, { ...init, headers })
    } catch (error) {
      const url = new URL(input instanceof Request ? input.url : input)
      if (init?.signal?.aborted || !(await isThere(fetch, url, init?.signal))) throw error
      throw new CrossOriginError(url.host, { cause: error })
    }
  }

/** The path is asked and nothing else of the request goes along: no parameter, no body, no cookie. */
async function isThere(fetch: Fetch, url: URL, signal?: AbortSignal | null): Promise<boolean> {
  try {
    await fetch(url.origin + url.pathname, {
      method: 'HEAD',
      mode: 'no-cors',
      credentials: 'omit',
      cache: 'no-store',
      ...(signal && { signal }),
    })
    return true
  } catch {
    return false
  }
}
