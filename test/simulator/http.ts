import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

const bodyLimit = 1_000_000

export type HttpRequest = {
  readonly method: string
  /** The origin that the client addressed, as it appears in issuers and endpoints. */
  readonly origin: string
  readonly path: string
  readonly query: URLSearchParams
  readonly form: URLSearchParams
  readonly body: string
  readonly headers: IncomingHttpHeaders
  readonly cookies: ReadonlyMap<string, string>
  /** The client's own id of the request, or a new one. */
  readonly correlationId: string
}

export type HttpReply = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string
}

/** Reads a request whole; a body over 1 MB ends the connection. */
export const readRequest = async (message: IncomingMessage, ownOrigin: string): Promise<HttpRequest> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bodyLimit) message.destroy()
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks).toString('utf8')
  const origin = addressedOrigin(ownOrigin, message.headers.host)
  const url = new URL(message.url ?? '/', origin)
  const isForm = message.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  const form = new URLSearchParams(isForm ? body : '')
  return {
    method: message.method ?? 'GET',
    origin,
    path: url.pathname,
    query: url.searchParams,
    form,
    body,
    headers: message.headers,
    cookies: readCookies(message.headers.cookie ?? ''),
    correlationId: correlationId(message.headers['client-request-id'] ?? form.get('client-request-id')),
  }
}

/** Sends a reply; nothing that the simulator says may be kept by a cache. */
export const sendReply = (response: ServerResponse, reply: HttpReply): void => {
  response.writeHead(reply.status, { 'cache-control': 'no-store, no-cache', pragma: 'no-cache', ...reply.headers })
  response.end(reply.body)
}

export const jsonReply = (status: number, body: unknown, headers: HttpReply['headers'] = {}): HttpReply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(body),
})

export const redirectReply = (location: string, headers: HttpReply['headers'] = {}): HttpReply => ({
  status: 302,
  headers: { location, ...headers },
  body: '',
})

// `localhost` is the only other name that the certificate covers; any other Host header must not end up in an issuer.
const addressedOrigin = (ownOrigin: string, host: string | undefined): string => {
  const own = new URL(ownOrigin)
  return host === `localhost:${own.port}` ? `${own.protocol}//${host}` : ownOrigin
}

const correlationId = (given: string | readonly string[] | null): string =>
  typeof given === 'string' && /^[0-9a-f-]{36}$/i.test(given) ? given : randomUUID()

const readCookies = (header: string): ReadonlyMap<string, string> =>
  new Map(
    header.split(';').flatMap((pair) => {
      const [name, value] = pair.split('=')
      return name === undefined || value === undefined ? [] : [[name.trim(), value.trim()] as const]
    }),
  )
