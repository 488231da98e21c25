import assert from 'node:assert/strict'
import type { Fetch } from '../../src/msal/core/ports.ts'

/** A request as the library sent it. */
export interface SentRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Headers
  readonly body: string
  /** The body's fields where it is a form; of a repeated one the last. */
  readonly form: Readonly<Record<string, string>>
}

/** What is answered: JSON, text, nothing, a failure of the network, or whatever a function makes of the request. */
export type ScriptedAnswer =
  | {
      readonly status?: number
      readonly headers?: Readonly<Record<string, string>>
      readonly json?: unknown
      readonly text?: string
    }
  | Error
  | ((request: SentRequest) => ScriptedAnswer | Promise<ScriptedAnswer>)

/** One expected request and its answer. */
export interface ScriptedExchange {
  /** `GET` unless given. */
  readonly method?: string
  /** The whole URL, or without a query the part before it. */
  readonly url: string
  /** Fields that the form must have, with these values; others may be there. */
  readonly form?: Readonly<Record<string, string>>
  readonly answer: ScriptedAnswer
}

/** A network that knows its requests beforehand. */
export interface ScriptedFetch {
  readonly fetch: Fetch
  /** What was sent so far. */
  readonly requests: readonly SentRequest[]
  /** Fails where a request was unexpected, even if its failure was caught, or an expected one never came. */
  assertDone(): void
}

/**
 * Makes a `fetch` that answers these requests, in this order, and fails on any other.
 *
 * @example
 * const network = createScriptedFetch([{ method: 'POST', url: tokenEndpoint, form: { code: 'c' }, answer: { json: tokens } }])
 * …
 * network.assertDone()
 */
export function createScriptedFetch(script: readonly ScriptedExchange[]): ScriptedFetch {
  const requests: SentRequest[] = []
  const surprises: unknown[] = []

  const fetch: Fetch = async (input, init) => {
    init?.signal?.throwIfAborted()
    const request = await readRequest(new Request(input, init))
    const exchange = script[requests.length]
    requests.push(request)
    try {
      checkRequest(request, exchange)
    } catch (error) {
      surprises.push(error)
      throw error
    }
    return createResponse(exchange.answer, request)
  }

  return {
    fetch,
    requests,
    assertDone: () => {
      if (surprises.length > 0) throw surprises[0]
      const unused = script.slice(requests.length).map(describe)
      assert.deepEqual(unused, [], 'requests that were expected and not sent')
    },
  }
}

async function readRequest(request: Request): Promise<SentRequest> {
  const { method, url, headers } = request
  const body = await request.text()
  return { method, url: new URL(url), headers, body, form: Object.fromEntries(new URLSearchParams(body)) }
}

function checkRequest(
  request: SentRequest,
  exchange: ScriptedExchange | undefined,
): asserts exchange is ScriptedExchange {
  const { method, url, form } = request
  const sent = describe({ method, url: exchange?.url.includes('?') ? url.href : url.origin + url.pathname })
  assert.ok(exchange, `unexpected request: ${sent}`)
  assert.equal(sent, describe(exchange), 'another request was expected')
  for (const [name, value] of Object.entries(exchange.form ?? {})) {
    assert.equal(form[name], value, `field "${name}" of ${sent}`)
  }
}

function describe({ method = 'GET', url }: Pick<ScriptedExchange, 'method' | 'url'>): string {
  return `${method} ${url}`
}

async function createResponse(answer: ScriptedAnswer, request: SentRequest): Promise<Response> {
  if (typeof answer === 'function') return createResponse(await answer(request), request)
  if (answer instanceof Error) throw answer
  const { status = 200, headers = {}, json, text } = answer
  return json === undefined
    ? new Response(text ?? null, { status, headers })
    : new Response(JSON.stringify(json), { status, headers: { 'content-type': 'application/json', ...headers } })
}
