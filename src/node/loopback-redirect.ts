import type { Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { InteractionError, MsalError } from '../msal/core/errors.ts'
import type { RedirectListener } from '../msal/core/ports.ts'
import { RedirectExchange } from './redirect-exchange.ts'

const PORT_ATTEMPTS = 10
const FLUSH_TIMEOUT_MS = 2_000
const SERVER_OPTIONS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 5_000,
  // Browsers send the cookies of every port of localhost to each of them.
  maxHeaderSize: 65_536,
}

/** A server with its sockets and the response to the request on each; a socket ends with its first response. */
interface Listening {
  readonly server: Server
  readonly port: number
  readonly sockets: ReadonlyMap<Socket, ServerResponse | undefined>
}

/**
 * Listens on 127.0.0.1 and ::1, on one port, for the answer that a browser brings from the authorization endpoint. The
 * browser navigates, so that it sends no preflight, and asks no permission, as it would for a page's own requests.
 *
 * @param options - `port`: the one to use, instead of any that is free
 * @throws {InteractionError} `no_loopback` where no port, or not the one that was asked for, could be had
 * @see https://www.rfc-editor.org/rfc/rfc8252#section-7.3
 */
export async function listenForRedirect({ port }: { readonly port?: number } = {}): Promise<RedirectListener> {
  const exchange = new RedirectExchange()
  const all = await listenOnBoth(exchange, port)
  let closing: Promise<void> | undefined
  const close = async () => {
    exchange.end(new MsalError('the listener was closed before an answer came'))
    await Promise.all(all.map((one) => stopListening(one)))
  }
  return {
    redirectUri: `http://localhost:${all[0].port}`,
    receive: (expectation) => exchange.receive(expectation),
    close: () => (closing ??= close()),
  }
}

async function listenOnBoth(exchange: RedirectExchange, port = 0): Promise<readonly [Listening, ...Listening[]]> {
  for (let attempt = 1; ; attempt++) {
    try {
      const ipv4 = await listen(exchange, '127.0.0.1', port)
      try {
        return [ipv4, await listen(exchange, '::1', ipv4.port)]
      } catch (error) {
        if (isWithoutIpv6(error)) return [ipv4]
        await stopListening(ipv4)
        throw error
      }
    } catch (error) {
      if (port === 0 && attempt < PORT_ATTEMPTS) continue
      const which = port === 0 ? 'no port' : `port ${port}`
      const problem = `${which} of localhost could be opened for the sign-in (${readCode(error)})`
      throw new InteractionError('no_loopback', problem, { cause: error })
    }
  }
}

function listen(exchange: RedirectExchange, host: string, port: number): Promise<Listening> {
  const sockets = new Map<Socket, ServerResponse | undefined>()
  const server = createServer(SERVER_OPTIONS, (request, response) => {
    sockets.set(request.socket, response)
    void exchange.serve(request, response)
  })
  server.on('connection', (socket) => {
    sockets.set(socket, undefined)
    socket.once('close', () => sockets.delete(socket))
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address()
      resolve({ server, sockets, port: typeof address === 'object' && address ? address.port : port })
    })
  })
}

/** Ends everything; only what is on its way to the browser gets a moment to arrive, as `server.close()` would not wait. */
async function stopListening({ server, sockets }: Listening): Promise<void> {
  const destroyAll = () => {
    for (const socket of sockets.keys()) socket.destroy()
  }
  const timer = setTimeout(destroyAll, FLUSH_TIMEOUT_MS)
  const answering = [...sockets].filter(([, response]) => response?.writableEnded)
  await Promise.all(answering.map(([socket]) => new Promise((resolve) => socket.once('close', resolve))))
  clearTimeout(timer)
  const closed = new Promise((resolve) => server.close(resolve))
  destroyAll()
  await closed
}

function isWithoutIpv6(error: unknown): boolean {
  return ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(readCode(error))
}

function readCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
