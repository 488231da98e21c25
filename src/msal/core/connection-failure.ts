/** Why a request got no answer, and whether it may be sent once more. */
export interface ConnectionFailure {
  /** What happened, in words that hold nothing of the request. */
  readonly problem: string
  /** Of the network or of TLS, as `ENOTFOUND`. */
  readonly code?: string | undefined
  /** HTTP status by which a proxy refused to make the connection. */
  readonly proxyStatus?: number | undefined
  /** `always`: nothing was sent; `idempotent`: it may have been carried out; `never`: it would fail again. */
  readonly retry: 'always' | 'idempotent' | 'never'
}

type Problem = readonly [problem: string, retry: ConnectionFailure['retry']]

const UNRESOLVED: Problem = ['its name could not be resolved', 'always']
const REFUSED: Problem = ['the connection was refused', 'always']
const UNREACHABLE: Problem = ['there is no way to it', 'always']
const NOT_IN_TIME: Problem = ['no connection was made in time', 'always']
const LOST: Problem = ['the connection was lost', 'idempotent']
const SILENT: Problem = ['no answer came in time', 'never']

const PROBLEMS: Readonly<Record<string, Problem>> = {
  ENOTFOUND: UNRESOLVED,
  EAI_AGAIN: UNRESOLVED,
  ECONNREFUSED: REFUSED,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ETIMEDOUT: NOT_IN_TIME,
  UND_ERR_CONNECT_TIMEOUT: NOT_IN_TIME,
  ECONNRESET: LOST,
  EPIPE: LOST,
  UND_ERR_SOCKET: LOST,
  UND_ERR_HEADERS_TIMEOUT: SILENT,
  ERR_PROXY_CLOSED: ['the proxy closed the connection', 'always'],
}

const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_(?:TLS|SSL)_|^EPROTO$/

/** What hosts that wrap the failure say of their own; the reason is further in. */
const WRAPPERS: ReadonlySet<string> = new Set(['UND_ERR_ABORTED'])

/**
 * Judges why a `fetch` failed.
 *
 * @param error - what it threw, or the `cause` of that; the reason may be further in
 */
export function judgeFailure(error: unknown): ConnectionFailure {
  const chain = causesOf(error)
  const messages = chain.map((cause) => readText(cause, 'message'))
  const [proxyStatus] = messages.flatMap((message) => /^Proxy .*?\((\d{3})\)/.exec(message)?.[1] ?? [])
  if (proxyStatus !== undefined)
    return {
      problem: `the proxy answered with status ${proxyStatus}`,
      proxyStatus: Number(proxyStatus),
      retry: 'never',
    }
  if (messages.some((message) => message.includes('before secure TLS connection')))
    return { problem: 'TLS was cut off', retry: 'always' }
  const reasons = chain.filter((cause) => !['', ...WRAPPERS].includes(readText(cause, 'code')))
  const code = readText(reasons.at(-1), 'code')
  if (code === '') return { problem: 'the request failed', retry: 'never' }
  if (TLS_CODE.test(code)) return { problem: `TLS failed (${code})`, code, retry: 'never' }
  const [problem] = PROBLEMS[code] ?? ['the request failed']
  const verdicts = reasons.map(judgeRetry)
  const retry = chain.some(hasReadBytes) ? 'never' : RETRIES.find((one) => verdicts.includes(one))
  return { problem: `${problem} (${code})`, code, retry: retry ?? 'never' }
}

/** The strictest first. */
const RETRIES = ['never', 'idempotent', 'always'] as const

/** A connection that stood has carried the request perhaps, whatever became of it then. */
function judgeRetry(cause: unknown): ConnectionFailure['retry'] {
  const [, retry] = PROBLEMS[readText(cause, 'code')] ?? ['', 'never']
  const syscall = readText(cause, 'syscall')
  return retry === 'always' && syscall !== '' && !/^(?:connect|getaddrinfo)/.test(syscall) ? 'idempotent' : retry
}

/** The error and what caused it, the innermost last. */
function causesOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = []
  let next = error
  while (next !== undefined && next !== null && !chain.includes(next)) {
    chain.push(next)
    next = next instanceof Error ? next.cause : undefined
  }
  return chain
}

function readText(error: unknown, name: 'code' | 'message' | 'syscall'): string {
  const value = typeof error === 'object' && error !== null ? (Reflect.get(error, name) as unknown) : undefined
  return typeof value === 'string' ? value : ''
}

/** Whether part of an answer came before the connection was lost. */
function hasReadBytes(error: unknown): boolean {
  const socket = error instanceof Error && 'socket' in error ? error.socket : undefined
  return typeof socket === 'object' && socket !== null && 'bytesRead' in socket && socket.bytesRead !== 0
}
