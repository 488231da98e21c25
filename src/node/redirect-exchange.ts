import type { IncomingMessage, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import { MsalError } from '../msal/core/errors.ts'
import type { RedirectExpectation } from '../msal/core/ports.ts'
import { judgeRequest } from './redirect-answer.ts'
import { createPage } from './redirect-page.ts'

type Answer = Readonly<Record<string, string>>

/** What is sent back to the browser. */
interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly onSent?: () => void
}

/** The receiving end of one `receive()`. */
interface Wait {
  readonly expectation: RedirectExpectation
  readonly resolve: (answer: Answer) => void
  readonly reject: (reason: unknown) => void
}

const COMMON_HEADERS = {
  'Cache-Control': 'no-store',
  Connection: 'close',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

/** One authorization response between a browser and the one who waits for it. */
export class RedirectExchange {
  #wait: Wait | undefined
  #isOver = false

  /** Waits for the answer; once per exchange. */
  async receive(expectation: RedirectExpectation): Promise<Answer> {
    const { signal } = expectation
    signal?.throwIfAborted()
    if (this.#wait || this.#isOver) throw new MsalError('a listener takes one answer only')
    const stop = () => this.end(signal?.reason)
    signal?.addEventListener('abort', stop, { once: true })
    try {
      return await new Promise<Answer>((resolve, reject) => (this.#wait = { expectation, resolve, reject }))
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  /** Ends the wait, if there is one, and refuses what still comes. */
  end(reason: unknown): void {
    this.#isOver = true
    this.#wait?.reject(reason)
    this.#wait = undefined
  }

  /** Answers one request. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const reply = isForLocalhost(request) ? await this.#judge(request) : refuse(400)
      send(response, reply)
      reply.onSent?.()
    } catch {
      // The browser went away in the middle of its request.
      response.destroy()
    }
  }

  async #judge(request: IncomingMessage): Promise<Reply> {
    const wait = this.#wait
    if (!wait) return refuse(this.#isOver && isRoot(request) ? 410 : 404)
    const judgement = await judgeRequest(request, wait.expectation)
    if (!('answer' in judgement)) return refuse(judgement.status, judgement.allow)
    // Another answer, or the end, came while this one was read.
    if (this.#wait !== wait) return refuse(410)
    this.#isOver = true
    this.#wait = undefined
    const { html, contentSecurityPolicy } = createPage(judgement.answer, wait.expectation)
    return {
      status: 200,
      headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': contentSecurityPolicy },
      body: html,
      onSent: () => wait.resolve(judgement.answer),
    }
  }
}

/** A page elsewhere whose name was made to point here (DNS rebinding) sends its own name. */
function isForLocalhost({ headers, socket }: IncomingMessage): boolean {
  const port = socket.localPort ?? 0
  const hosts = ['localhost', '127.0.0.1', '[::1]']
  const host = headers.host?.toLowerCase() ?? ''
  return hosts.some((name) => host === `${name}:${port}` || (port === 80 && host === name))
}

function isRoot({ url = '' }: IncomingMessage): boolean {
  return url === '/' || url.startsWith('/?')
}

function refuse(status: number, allow?: string): Reply {
  return {
    status,
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      ...(allow === undefined ? {} : { Allow: allow }),
    },
    body: STATUS_CODES[status] ?? '',
  }
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, { ...COMMON_HEADERS, ...headers, 'Content-Length': Buffer.byteLength(body) }).end(body)
}
