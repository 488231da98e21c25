import assert from 'node:assert/strict'
import { CrossOriginError } from '../../src/msal/core/errors.ts'
import { createCrossOriginFetch } from '../../src/web/cross-origin-fetch.ts'

const TOKEN_ENDPOINT = 'https://id.contoso.test:8443/oauth2/token'
const FAILED = new TypeError('Failed to fetch')
const POST = { method: 'POST', headers: { accept: 'application/json' }, body: 'device_code=secret' }

interface Sent {
  readonly url: string
  readonly init: RequestInit | undefined
}

/** A browser that answers as told, the last answer again and again. */
function createBrowser(...answers: readonly (Response | Error)[]) {
  const sent: Sent[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const answer = answers[Math.min(sent.length, answers.length - 1)]
    sent.push({ url: input instanceof Request ? input.url : String(input), init })
    if (answer instanceof Error) throw answer
    return answer!
  }
  return { sent, fetch: createCrossOriginFetch(fetch) }
}

describe("a browser's fetch", () => {
  it('gives the answer as it is', async () => {
    const answer = new Response('{}')
    const browser = createBrowser(answer)
    assert.equal(await browser.fetch(TOKEN_ENDPOINT, POST), answer)
    assert.equal(browser.sent.length, 1)
    assert.equal(browser.sent[0]?.init?.body, POST.body)
  })

  it('sends no header that a page needs leave for', async () => {
    const browser = createBrowser(new Response())
    const headers = {
      Accept: 'application/json',
      'Content-Type': 'application/x-www-form-urlencoded;charset=utf-8',
      'X-Client-SKU': 'EntraAuth',
      'x-ms-lib-capability': 'retry-after, h429',
      'x-app-name': 'app',
      'Client-Request-Id': '1',
    }
    await browser.fetch(TOKEN_ENDPOINT, { headers })
    assert.deepEqual(
      [...new Headers(browser.sent[0]?.init?.headers)],
      [
        ['accept', 'application/json'],
        ['content-type', 'application/x-www-form-urlencoded;charset=utf-8'],
      ],
    )
  })

  it('says so where a server is there and answers no page', async () => {
    const browser = createBrowser(FAILED, new Response())
    const failure: unknown = await browser.fetch(TOKEN_ENDPOINT, POST).catch((error: unknown) => error)
    assert.ok(failure instanceof CrossOriginError)
    assert.equal(failure.host, 'id.contoso.test:8443')
    assert.equal(failure.cause, FAILED)
  })

  it('looks for a sign of life without a word of the request', async () => {
    const browser = createBrowser(FAILED, new Response())
    await assert.rejects(browser.fetch(new Request(`${TOKEN_ENDPOINT}?code=secret`), POST))
    assert.equal(browser.sent.length, 2)
    const { url, init } = browser.sent[1]!
    assert.equal(url, TOKEN_ENDPOINT)
    assert.deepEqual(init, { method: 'HEAD', mode: 'no-cors', credentials: 'omit', cache: 'no-store' })
  })

  it('leaves the failure as it is where the server is not there', async () => {
    const browser = createBrowser(FAILED, new TypeError('offline'))
    await assert.rejects(browser.fetch(TOKEN_ENDPOINT, POST), FAILED)
  })

  it('asks nothing more once the caller gave up', async () => {
    const stop = new AbortController()
    stop.abort()
    const browser = createBrowser(FAILED)
    await assert.rejects(browser.fetch(TOKEN_ENDPOINT, { signal: stop.signal }), FAILED)
    assert.equal(browser.sent.length, 1)
  })
})
