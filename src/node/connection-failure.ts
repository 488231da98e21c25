/** Why a request got no answer, and whether it may be sent once more. */
export interface ConnectionFailure {
  /** What happened, in words that hold nothing of the request. */
  readonly problem: string
  /** `always`: nothing was sent; `idempotent`: it may have been carried out; `never`: it would fail again. */
  readonly retry: 'always' | 'idempotent' | 'never'
}

type Problem = readonly [problem: string, retry: ConnectionFailure['retry']]

const UNRESOLVED: Problem = ['its name could not be resolved', 'always']
const REFUSED: Problem = ['the connection was refused', 'always']
const UNREACHABLE: Problem = ['it could not be reached', 'always']
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

/**
 * Judges why undici's `fetch` failed.
 *
 * @param cause - the `cause` of the error that it threw
 */
export function judgeFailure(cause: unknown): ConnectionFailure {
  const code = readText(cause, 'code')
  const message = readText(cause, 'message')
  const proxyStatus = /^Proxy .*\((\d{3})\)$/.exec(message)?.[1]
  if (proxyStatus !== undefined) return { problem: `the proxy answered with status ${proxyStatus}`, retry: 'never' }
  if (message.includes('before secure TLS connection')) return { problem: 'TLS was cut off', retry: 'always' }
  if (TLS_CODE.test(code)) return { problem: `TLS failed (${code})`, retry: 'never' }
  const [problem, retry] = PROBLEMS[code] ?? ['the request failed', 'never']
  return { problem: code === '' ? problem : `${problem} (${code})`, retry: hasReadBytes(cause) ? 'never' : retry }
}

function readText(error: unknown, name: 'code' | 'message'): string {
  const value = typeof error === 'object' && error !== null ? (Reflect.get(error, name) as unknown) : undefined
  return typeof value === 'string' ? value : ''
}

/** Whether part of an answer came before the connection was lost. */
function hasReadBytes(error: unknown): boolean {
  const socket = error instanceof Error && 'socket' in error ? error.socket : undefined
  return typeof socket === 'object' && socket !== null && 'bytesRead' in socket && socket.bytesRead !== 0
}
