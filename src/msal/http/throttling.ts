import { randomText } from '../core/encoding.ts'
import type { Clock } from '../core/ports.ts'
import type { HttpClient, HttpRequest, HttpResponse } from './http-client.ts'
import { hashedKey, type ResponseMemory } from './http-cache.ts'

/** How long the same refusal is repeated without asking again. */
export interface ThrottlingOptions {
  readonly clock: Clock
  /** Seconds after 429 and 5xx without `Retry-After`: 60 for a public client, 5 for a confidential one. */
  readonly defaultSeconds: number
}

const HOUR_SECONDS = 60 * 60
const REFUSAL_SECONDS = 60
/** A password could be guessed by its hash in a cache that is kept, so such a key is good for this process alone. */
const SALT = randomText(32)
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

/**
 * Repeats a recent 429, 5xx or `Retry-After` answer for requests of the same client, scope and account, and a 400 for the
 * same request, instead of asking again. Polling for a device code is never throttled.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export function withThrottling(next: HttpClient, memory: ResponseMemory, options: ThrottlingOptions): HttpClient {
  return async (request) => {
    const { form } = request
    if (request.method !== 'POST' || form?.['grant_type'] === DEVICE_CODE) return next(request)
    const [busyKey, refusedKey] = await Promise.all([
      hashedKey('POST busy', [request.url, form?.['client_id'], form?.['scope'], accountOf(request)]),
      hashedKey('POST refused', [request.url, request.body ?? form, form?.['password'] && SALT]),
    ])
    const known = memory.recall(refusedKey) ?? memory.recall(busyKey)
    if (known) return known
    const response = await next(request)
    const pause = secondsToPause(response, options)
    if (pause > 0) memory.keep(busyKey, response, pause)
    else if (response.status === 400) memory.keep(refusedKey, response, REFUSAL_SECONDS)
    return response
  }
}

/**
 * Repeats a recent 429, 5xx or `Retry-After` refusal for the same GET, instead of asking again: the rule of endpoints that
 * give tokens for a GET.
 */
export function withGetThrottling(next: HttpClient, memory: ResponseMemory, options: ThrottlingOptions): HttpClient {
  return async (request) => {
    if (request.method !== 'GET') return next(request)
    const key = await hashedKey('GET busy', request.url)
    const known = memory.recall(key)
    if (known) return known
    const response = await next(request)
    const pause = secondsToPause(response, options)
    if (pause > 0) memory.keep(key, response, pause)
    return response
  }
}

/** What tells one account's request from another's. */
const accountOf = ({ account, form }: HttpRequest): string | undefined =>
  account ?? form?.['refresh_token'] ?? form?.['code'] ?? form?.['username'] ?? form?.['assertion'] ?? form?.['user_id']

function secondsToPause(response: HttpResponse, { clock, defaultSeconds }: ThrottlingOptions): number {
  // A success may hold tokens, which have no place in this memory.
  if (response.status < 400) return 0
  const field = response.headers['retry-after']
  const asked = field === undefined ? undefined : parseRetryAfter(field, clock.now())
  if (asked !== undefined) return Math.min(asked, HOUR_SECONDS)
  return response.status === 429 || response.status >= 500 ? defaultSeconds : 0
}

/** Seconds, or a date up to an hour ahead; anything else counts as absent. @see RFC 9110 section 10.2.3 */
function parseRetryAfter(field: string, now: number): number | undefined {
  if (/^\s*\d+\s*$/.test(field)) return Number(field)
  const ahead = Math.ceil((Date.parse(field) - now) / 1000)
  return ahead > 0 && ahead <= HOUR_SECONDS ? ahead : undefined
}
