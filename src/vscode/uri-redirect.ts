import { digestText } from './encoding.ts'

/** An answer that came by a redirect to VS Code, by the wire's names. */
export type RedirectAnswer = Readonly<Record<string, string>>

/** Receives what browsers bring to `{scheme}://entra-auth.entra-auth/callback`. */
export interface UriRedirect {
  /** Takes what VS Code was opened with; what nobody waits for is dropped. */
  handle(uri: { readonly path: string; readonly query: string }): Promise<void>
  /**
   * Waits for the answer to a request, by its `state`; each answer is taken once.
   *
   * @throws the signal's reason when it is aborted
   */
  receive(state: string, signal: AbortSignal): Promise<RedirectAnswer>
}

/** Anyone can open an address of VS Code, so an answer counts only if it carries the `state` of a request that waits. */
export function createUriRedirect(): UriRedirect {
  const waiting = new Map<string, (answer: RedirectAnswer) => void>()
  return {
    async handle({ path, query }) {
      if (path !== '/callback') return
      const answer = parseQuery(query)
      // Digests are compared, so that the time it takes tells nothing about the state.
      const key = await digestText(answer['state'] ?? '')
      const resolve = waiting.get(key)
      waiting.delete(key)
      resolve?.(answer)
    },
    async receive(state, signal) {
      const key = await digestText(state)
      signal.throwIfAborted()
      return new Promise((resolve, reject) => {
        waiting.set(key, resolve)
        signal.addEventListener('abort', () => {
          waiting.delete(key)
          reject(signal.reason as Error)
        })
      })
    },
  }
}

/** VS Code has decoded the query once, so `+` in a code is meant; only a description has spaces that were sent as `+`. */
function parseQuery(query: string): RedirectAnswer {
  const pairs = query.split('&').map((pair) => {
    const [name = ''] = pair.split('=', 1)
    const value = pair.slice(name.length + 1)
    return [name, name === 'error_description' ? value.replaceAll('+', ' ') : value] as const
  })
  return Object.fromEntries(pairs)
}
