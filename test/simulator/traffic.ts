import { setTimeout as delay } from 'node:timers/promises'
import type { HttpReply, HttpRequest } from './http.ts'

const remembered = 1000

/** How the next requests are to be answered instead of properly. */
export type Fault = {
  /** How many requests; default 1. */
  readonly times?: number
  /** A regular expression that the path has to match; default: any. */
  readonly path?: string
  /** Only token requests of this grant. */
  readonly grantType?: string
  /** Default 200 if there is a body. Without status and body the proper answer comes, after `delayMs`. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown
  readonly delayMs?: number
  /** Closes the connection without an answer. */
  readonly drop?: boolean
}

/** One request that was answered; never more than its path and grant. */
export type RequestRecord = {
  readonly method: string
  /** The route, its tenant filled in. */
  readonly path: string
  readonly grantType?: string
  readonly status: number | 'dropped'
}

/** What has been asked, and what is to go wrong. */
export type Traffic = {
  readonly addFault: (fault: Fault) => void
  readonly clearFaults: () => void
  /** Waits for, or brings, what a fault says of this request; undefined: answer properly. */
  readonly applyFault: (request: HttpRequest) => Promise<HttpReply | 'drop' | undefined>
  readonly record: (route: string, entry: RequestRecord) => void
  /** Requests per method and route, such as `POST /{tenant}/oauth2/v2.0/token`. */
  readonly counts: () => Readonly<Record<string, number>>
  /** The last requests, oldest first. */
  readonly requests: () => readonly RequestRecord[]
  readonly resetCounts: () => void
}

export const createTraffic = (): Traffic => {
  let faults: { readonly fault: Fault; readonly path: RegExp; left: number }[] = []
  let counts = new Map<string, number>()
  let requests: RequestRecord[] = []
  return {
    addFault: (fault) => {
      faults.push({ fault, path: new RegExp(fault.path ?? ''), left: fault.times ?? 1 })
    },
    clearFaults: () => {
      faults = []
    },
    applyFault: async (request) => {
      const entry = faults.find(
        ({ fault: { grantType }, path }) =>
          path.test(request.path) && (grantType === undefined || grantType === request.form.get('grant_type')),
      )
      if (entry === undefined) return undefined
      entry.left -= 1
      faults = faults.filter(({ left }) => left > 0)
      const { delayMs, drop, status, body, headers } = entry.fault
      if (delayMs !== undefined) await delay(delayMs)
      if (drop === true) return 'drop'
      if (status === undefined && body === undefined) return undefined
      return {
        status: status ?? 200,
        headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body ?? { error: 'temporarily_unavailable' }),
      }
    },
    record: (route, entry) => {
      const key = `${entry.method} ${route}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
      requests = [...requests.slice(1 - remembered), entry]
    },
    counts: () => Object.fromEntries(counts),
    requests: () => requests,
    resetCounts: () => {
      counts = new Map()
      requests = []
    },
  }
}
