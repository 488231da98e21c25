import type { HttpClient } from './http-client.ts'
import { hashedKey, type ResponseMemory } from './http-cache.ts'

const DAY_SECONDS = 24 * 60 * 60

/** Answers requests for public metadata from memory for a day. */
export function withDiscoveryCache(next: HttpClient, memory: ResponseMemory): HttpClient {
  return async (request) => {
    if (!request.isMetadata) return next(request)
    const key = await hashedKey('GET', request.url)
    const known = request.isFresh ? undefined : memory.recall(key)
    if (known) return known
    const response = await next(request)
    // A captive portal answers everything with a page of its own.
    const isPage = /^\s*<(?:!doctype\s+)?html/i.test(response.text)
    if (response.status === 200 && !isPage) memory.keep(key, response, DAY_SECONDS)
    return response
  }
}
