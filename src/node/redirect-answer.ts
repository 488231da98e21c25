import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { RedirectExpectation } from '../msal/core/ports.ts'

/** Bytes of a form; Entra's answers have a few thousand. */
const LARGEST_BODY = 65_536
const LONGEST_READ = 1_048_576

/** What a request to the listener turned out to be: the awaited answer, or a status that refuses it. */
export type Judgement =
  | { readonly answer: Readonly<Record<string, string>> }
  | { readonly status: 400 | 404 | 405 | 413 | 415; readonly allow?: 'GET' | 'POST' }

/**
 * Decides whether a request carries the awaited answer; its `Host` has been checked before.
 *
 * @see https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
 */
export async function judgeRequest(request: IncomingMessage, expected: RedirectExpectation): Promise<Judgement> {
  const [path, query = ''] = splitOnce(request.url ?? '')
  if (path !== '/') return { status: 404 }
  const isForm = expected.responseMode === 'form_post'
  if (request.method !== 'GET' && request.method !== 'POST') return { status: 404 }
  if (request.method !== (isForm ? 'POST' : 'GET')) return { status: 405, allow: isForm ? 'POST' : 'GET' }
  if (!isForm) return judgeParameters(query, expected.state)
  if (!isFormType(request.headers['content-type'])) return { status: 415 }
  const body = await readBody(request)
  return body === undefined ? { status: 413 } : judgeParameters(body, expected.state)
}

function splitOnce(url: string): readonly [string, string?] {
  const mark = url.indexOf('?')
  return mark < 0 ? [url] : [url.slice(0, mark), url.slice(mark + 1)]
}

function isFormType(contentType = ''): boolean {
  return contentType.split(';')[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded'
}

/** The body as text; undefined where it is too long. A browser shows an answer only if its request was read. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > LONGEST_READ) break
    if (length <= LARGEST_BODY) chunks.push(chunk)
  }
  return length > LARGEST_BODY ? undefined : Buffer.concat(chunks).toString('utf8')
}

function judgeParameters(text: string, state: string): Judgement {
  const parameters = new URLSearchParams(text)
  const answer = Object.fromEntries(parameters)
  const isComplete = answer['code'] !== undefined || answer['error'] !== undefined
  // RFC 6749 section 3.1: no parameter more than once.
  const isSingle = Object.keys(answer).length === parameters.size
  return isComplete && isSingle && equalTexts(answer['state'] ?? '', state) ? { answer } : { status: 400 }
}

function equalTexts(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
