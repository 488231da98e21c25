import { parseJsonObject } from '../core/json.ts'
import type { Clock } from '../core/ports.ts'
import { encodeBase64Url, sha256 } from '../core/encoding.ts'
import type { HttpResponse } from './http-client.ts'

/** Where answers that are no tokens are kept: a `Map` or anything like it, which may be persisted. */
export type HttpCache = Pick<Map<string, string>, 'get' | 'set' | 'delete' | 'keys'>

const CAPACITY = 1024

/** Answers that expire, in a cache of limited size that may hold damaged entries. */
export interface ResponseMemory {
  recall(key: string): HttpResponse | undefined
  /** Keeps `response` under `key` for `seconds`. */
  keep(key: string, response: HttpResponse, seconds: number): void
}

/** Makes a memory of answers over `cache`; a damaged or expired entry counts as absent and is dropped. */
export function createResponseMemory(cache: HttpCache, clock: Clock): ResponseMemory {
  return {
    recall(key) {
      const entry = parseEntry(cache.get(key))
      if (entry && entry.expiresAt > clock.now()) return entry.response
      cache.delete(key)
      return undefined
    },
    keep(key, response, seconds) {
      if (cache.get(key) === undefined) makeRoom(cache, clock.now())
      // Nobody asks for cookies again, and they may name a session.
      const headers = { ...response.headers, 'set-cookie': undefined }
      cache.set(key, JSON.stringify({ ...response, headers, expiresAt: clock.now() + seconds * 1000 }))
    },
  }
}

/** A key of the given prefix that tells nothing about the values that it was made from. */
export async function hashedKey(prefix: string, values: unknown): Promise<string> {
  return `${prefix} ${encodeBase64Url(await sha256(JSON.stringify(values)))}`
}

function parseEntry(text: unknown): { response: HttpResponse; expiresAt: number } | undefined {
  const entry = typeof text === 'string' ? parseJsonObject(text) : undefined
  if (!entry) return undefined
  const { status, headers, text: body, expiresAt } = entry
  if (typeof status !== 'number' || typeof body !== 'string' || typeof expiresAt !== 'number') return undefined
  const fields = Object.entries(typeof headers === 'object' && headers !== null ? headers : {})
  return {
    expiresAt,
    response: { status, text: body, headers: Object.fromEntries(fields.map(([k, v]) => [k, String(v)])) },
  }
}

/** Drops what has expired and, if that is not enough, the oldest. */
function makeRoom(cache: HttpCache, now: number): void {
  const keys = [...cache.keys()]
  if (keys.length < CAPACITY) return
  for (const key of keys) if ((parseEntry(cache.get(key))?.expiresAt ?? 0) <= now) cache.delete(key)
  const left = [...cache.keys()]
  for (const key of left.slice(0, Math.max(0, left.length - CAPACITY + 1))) cache.delete(key)
}
