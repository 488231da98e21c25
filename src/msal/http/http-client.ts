import { judgeFailure, type ConnectionFailure } from '../core/connection-failure.ts'
import { NetworkError } from '../core/errors.ts'
import type { Fetch } from '../core/ports.ts'

/** One request of the library, before it becomes a `fetch`. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as `application/x-www-form-urlencoded`. */
  readonly form?: Readonly<Record<string, string>>
  /** Sent as it is; its type is among the headers. */
  readonly body?: string
  /** Whose request it is, where no form tells; throttling knows one account's from another's by it. */
  readonly account?: string
  /** Public metadata, which may be answered from memory for a day. */
  readonly isMetadata?: boolean
  /** Asks the server again; its answer takes the place of the remembered one. */
  readonly isFresh?: boolean
  readonly signal?: AbortSignal | undefined
}

/** A complete answer; header names are in lower case. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** Sends one request; wrapped by functions of the same type that throttle, remember or add headers. */
export type HttpClient = (request: HttpRequest) => Promise<HttpResponse>

const MAX_RESPONSE_BYTES = 1024 * 1024
const DEADLINE_MS = 30_000
const TOO_LATE: ConnectionFailure = { problem: `no answer within ${DEADLINE_MS / 1000} seconds`, retry: 'never' }

/**
 * Makes an HTTP client over a `fetch`: redirects are errors, answers hold at most 1 MiB and take at most 30 seconds.
 *
 * @returns a client that throws {@link NetworkError}; trying again later may help
 */
export function createHttpClient(transport: Fetch): HttpClient {
  return async ({ method, url, headers, form, body, signal }) => {
    const deadline = AbortSignal.timeout(DEADLINE_MS)
    const { host } = new URL(url)
    try {
      const response = await transport(url, {
        method,
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
        headers: { ...(form && { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8' }), ...headers },
        ...(method === 'POST' && { body: form ? new URLSearchParams(form).toString() : (body ?? '') }),
      })
      if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400))
        throw new NetworkError(`${host} answered with a redirect, which is not followed`, {
          status: response.status,
          host,
        })
      const text = await readText(response, host)
      return { status: response.status, headers: Object.fromEntries(response.headers), text }
    } catch (error) {
      if (error instanceof NetworkError) throw error
      if (signal?.aborted) throw error
      const { problem, code, proxyStatus } = deadline.aborted ? TOO_LATE : judgeFailure(error)
      throw new NetworkError(`${host} could not be reached: ${problem}`, { cause: error, host, code, proxyStatus })
    }
  }
}

async function readText(response: Response, host: string): Promise<string> {
  if (!response.body) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > MAX_RESPONSE_BYTES) {
      await reader.cancel()
      throw new NetworkError(`${host} answered with more than ${MAX_RESPONSE_BYTES / 1024} kB`, {
        status: response.status,
        host,
      })
    }
    chunks.push(value)
  }
  return new TextDecoder().decode(await new Blob(chunks as BlobPart[]).arrayBuffer())
}
