import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { TLSSocket } from 'node:tls'
import type { buildConnector, Dispatcher } from 'undici'
import { judgeFailure } from '../msal/core/connection-failure.ts'
import { ConfigurationError, NetworkError } from '../msal/core/errors.ts'
import type { DirectTransportOptions, Fetch, TransportOptions } from '../msal/core/ports.ts'
import { createProxyAgent } from './proxy-agent.ts'
import type { Proxy } from './proxy-selection.ts'
import { parseProxy, selectProxy } from './proxy-selection.ts'
import { checkCertificates, trustAlso } from './trusted-certificates.ts'

/** How a request is carried to its host. */
interface Route {
  readonly dispatcher: Dispatcher
  readonly proxy?: Proxy | undefined
}

/** Chooses the route of a request; undici is loaded by the first one that is sent. */
type Router = (url: URL) => Promise<Route>

const CONNECT_TIMEOUT_MS = 10_000

const loadUndici = () => import('undici')

/**
 * Makes the library's own transport: through a proxy where one is given or named by the environment, trusting `ca`
 * besides Node's roots. A request whose connection fails is sent once more, if it can't have been carried out or is a
 * GET; idle connections do not keep the process alive.
 *
 * @throws {ConfigurationError} where `proxy` or `ca` can't be used
 * @returns a `fetch` that throws {@link NetworkError}, naming the host and what went wrong, or the signal's reason
 */
export function createFetch({ proxy, ca, timeoutMs }: TransportOptions = {}): Fetch {
  const fixedProxy = proxy === undefined ? undefined : parseProxy('proxy', proxy)
  if (ca !== undefined) checkCertificates(ca)
  let secureContext: SecureContext | undefined
  const dispatchers = new Map<string, Dispatcher>()

  return createTransport(async (url) => {
    const chosen = fixedProxy ?? selectProxy(url, process.env)
    const key = chosen ? `${chosen.origin} ${chosen.authorization ?? ''}` : ''
    const undici = await loadUndici()
    if (ca !== undefined) secureContext ??= trustAlso(ca, process.env)
    const connection = { timeout: limitConnecting(timeoutMs), ...(secureContext ? { secureContext } : {}) }
    const dispatcher =
      dispatchers.get(key) ??
      (chosen ? createProxyAgent(undici, chosen, connection) : new undici.Agent({ connect: connection }))
    dispatchers.set(key, dispatcher)
    return { dispatcher, proxy: chosen }
  }, timeoutMs)
}

/**
 * Makes a transport for metadata endpoints of the machine: no proxy, whatever the environment says. A pinned
 * certificate is compared before anything of a request is sent.
 *
 * @returns a `fetch` that throws as that of {@link createFetch} does
 */
export function createDirectFetch({ timeoutMs, pinnedThumbprint }: DirectTransportOptions = {}): Fetch {
  let dispatcher: Dispatcher | undefined
  return createTransport(async (url) => {
    if (pinnedThumbprint !== undefined && url.protocol !== 'https:') {
      throw new ConfigurationError('pinnedThumbprint', 'only https has a certificate')
    }
    const { Agent, buildConnector } = await loadUndici()
    const timeout = limitConnecting(timeoutMs)
    dispatcher ??= new Agent({
      connect:
        pinnedThumbprint === undefined
          ? { timeout }
          : // A resumed session shows no certificate.
            pinCertificate(
              buildConnector({ timeout, rejectUnauthorized: false, maxCachedSessions: 0 }),
              pinnedThumbprint,
            ),
    })
    return { dispatcher }
  }, timeoutMs)
}

/** Milliseconds: a connection that is still being made keeps the process alive, even if nobody waits for it. */
function limitConnecting(timeoutMs = CONNECT_TIMEOUT_MS): number {
  return Math.min(timeoutMs, CONNECT_TIMEOUT_MS)
}

function pinCertificate(connect: buildConnector.connector, thumbprint: string): buildConnector.connector {
  const expected = thumbprint.replaceAll(/[\s:]/g, '').toLowerCase()
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error) callback(error, null)
      else if (readThumbprint(socket) === expected) callback(null, socket)
      else {
        socket.destroy()
        callback(Object.assign(new Error('not the pinned certificate'), { code: 'CERT_NOT_PINNED' }), null)
      }
    })
  }
}

function readThumbprint(socket: Socket): string | undefined {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  return certificate && createHash('sha1').update(certificate.raw).digest('hex')
}

function createTransport(route: Router, timeoutMs: number | undefined): Fetch {
  return async (input, init) => {
    const request = readRequest(input, init)
    const { method } = request
    // Not the copy's signal: it follows the original only as long as the copy is not collected.
    const signal = init?.signal ?? request.signal
    const url = new URL(request.url)
    const { dispatcher, proxy } = await route(url)
    const place = proxy ? `${url.host} through the proxy ${proxy.host}` : url.host
    const deadline = startDeadline(place, timeoutMs)
    const body = request.body === null ? null : await request.arrayBuffer()
    const { fetch } = await loadUndici()
    const send = () =>
      fetch(url, {
        method,
        headers: [...request.headers],
        body,
        redirect: request.redirect,
        signal: deadline ? AbortSignal.any([signal, deadline.signal]) : signal,
        dispatcher,
      })

    for (let isFirst = true; ; isFirst = false) {
      try {
        // undici's classes are those of the platform, declared once more.
        return (await send()) as unknown as Response
      } catch (error) {
        signal.throwIfAborted()
        deadline?.signal.throwIfAborted()
        const cause = error instanceof Error ? error.cause : undefined
        const { problem, retry, ...why } = judgeFailure(cause)
        if (isFirst && (retry === 'always' || (retry === 'idempotent' && method === 'GET'))) continue
        deadline?.stop()
        throw new NetworkError(`${place}: ${problem}`, { cause, host: url.host, ...why })
      }
    }
  }
}

/** The request in its normal form; what is wrong with it is not told, for it may be a secret. */
function readRequest(...[input, init]: Parameters<Fetch>): Request {
  try {
    return new Request(input, init)
  } catch {
    throw new NetworkError('a request with an invalid address, header or body can not be sent')
  }
}

/** Ends a request and the reading of its answer; the timer does not keep the process alive. */
function startDeadline(place: string, timeoutMs: number | undefined) {
  if (timeoutMs === undefined) return undefined
  const controller = new AbortController()
  const timer = setTimeout(
    () => controller.abort(new NetworkError(`${place}: no answer within ${timeoutMs} ms`)),
    timeoutMs,
  ).unref()
  return { signal: controller.signal, stop: () => clearTimeout(timer) }
}
