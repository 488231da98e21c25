import * as http from 'node:http'
import * as https from 'node:https'
import * as net from 'node:net'

/** A server on a free port of 127.0.0.1. */
export interface TestServer {
  readonly port: number
  close(): Promise<void>
}

/** A request as it arrived. */
export interface ArrivedRequest {
  readonly method: string
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
}

/** Certificate and key, both PEM. */
export interface TlsIdentity {
  readonly certificate: string
  readonly privateKey: string
}

/** Runs a listener until it is closed, with all its sockets. */
export async function listenForTest(server: net.Server): Promise<TestServer> {
  const sockets = new Set<net.Socket>()
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as net.AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** A web server that answers everything with `ok` and records what arrives; over TLS where it has an identity. */
export async function startWebServer(
  identity?: TlsIdentity,
  answer: http.RequestListener = (_, response) => void response.end('ok'),
): Promise<TestServer & { readonly requests: readonly ArrivedRequest[] }> {
  const requests: ArrivedRequest[] = []
  const listener: http.RequestListener = (request, response) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    answer(request, response)
  }
  const server = identity
    ? https.createServer({ cert: identity.certificate, key: identity.privateKey }, listener)
    : http.createServer(listener)
  return { ...(await listenForTest(server)), requests }
}

/** How a proxy behaves. */
export interface ProxyOptions {
  /** `name:password` that it asks for. */
  readonly credentials?: string
  /** Where every tunnel and request ends, whatever name it is for. */
  readonly target: number
  readonly identity?: TlsIdentity
}

/** A proxy for CONNECT and plain requests that records what it was asked for. */
export async function startProxy({ credentials, target, identity }: ProxyOptions) {
  const asked: string[] = []
  const isAllowed = ({ headers }: http.IncomingMessage) =>
    credentials === undefined ||
    headers['proxy-authorization'] === `Basic ${Buffer.from(credentials).toString('base64')}`

  const forward: http.RequestListener = (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (!isAllowed(request)) return void response.writeHead(407).end()
    const { pathname, search } = new URL(request.url ?? '')
    const { 'proxy-authorization': _, ...headers } = request.headers
    const onward = http.request(
      { port: target, method: request.method, path: pathname + search, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    request.pipe(onward)
  }
  const server = identity
    ? https.createServer({ cert: identity.certificate, key: identity.privateKey }, forward)
    : http.createServer(forward)
  server.on('connect', (request: http.IncomingMessage, client: net.Socket) => {
    asked.push(`CONNECT ${request.url}`)
    client.on('error', () => undefined)
    if (!isAllowed(request)) return void client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    const onward = net.connect(target, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      client.pipe(onward).pipe(client)
    })
    onward.on('error', () => client.destroy())
  })
  return { ...(await listenForTest(server)), asked }
}
