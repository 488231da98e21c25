import assert from 'node:assert/strict'
import { NetworkError } from '../../../src/msal/core/errors.ts'
import { createHttpClient } from '../../../src/msal/http/http-client.ts'
import type { Fetch } from '../../../src/msal/core/ports.ts'

const ask = (transport: Fetch) =>
  createHttpClient(transport)({ method: 'GET', url: 'https://idp.example/path?secret=canary' })

describe('The HTTP client', () => {
  it('takes redirects as errors, and tells the transport not to follow them', async () => {
    for (const status of [301, 302, 303, 307, 308])
      await assert.rejects(
        ask((_url, init) => {
          assert.equal(init?.redirect, 'manual')
          return Promise.resolve(new Response(null, { status, headers: { location: 'https://evil.example' } }))
        }),
        { name: 'NetworkError', status },
      )
  })

  it('takes an answer of 1 MiB, and none that is longer', async () => {
    const size = 1024 * 1024
    assert.equal((await ask(() => Promise.resolve(new Response('x'.repeat(size))))).text.length, size)
    await assert.rejects(
      ask(() => Promise.resolve(new Response('x'.repeat(size + 1)))),
      /more than 1024 kB/,
    )
  })

  it('says which host could not be reached and why, and nothing of the request', async () => {
    const failure = new TypeError('fetch failed https://idp.example/path?secret=canary', {
      cause: Object.assign(new Error('connect ECONNREFUSED canary'), { code: 'ECONNREFUSED' }),
    })
    await assert.rejects(
      ask(() => Promise.reject(failure)),
      (error: Error) => {
        assert.equal(error.message, 'idp.example could not be reached: the connection was refused (ECONNREFUSED)')
        assert.ok(error instanceof NetworkError)
        assert.deepEqual([error.host, error.code], ['idp.example', 'ECONNREFUSED'])
        return true
      },
    )
  })

  it("passes the caller's abort on as it is", async () => {
    const cancel = new AbortController()
    const transport: Fetch = (_url, init) =>
      new Promise((_resolve, reject) =>
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error)),
      )
    const done = createHttpClient(transport)({ method: 'GET', url: 'https://idp.example/', signal: cancel.signal })
    cancel.abort(new Error('enough'))
    await assert.rejects(done, /^Error: enough/)
  })
})
