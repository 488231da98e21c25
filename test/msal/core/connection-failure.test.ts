import assert from 'node:assert/strict'
import { judgeFailure } from '../../../src/msal/core/connection-failure.ts'

const failure = (message: string, code?: string, cause?: unknown) =>
  Object.assign(new Error(message, { cause }), code !== undefined && { code })

describe('A connection that fails', () => {
  it('tells the innermost reason, and not that whoever was asked in between gave up', () => {
    const refused = failure('Proxy response (407) !== 200 when HTTP Tunneling', 'UND_ERR_ABORTED')
    const judged = judgeFailure(
      new TypeError('fetch failed', { cause: failure('Request was cancelled.', 'UND_ERR_ABORTED', refused) }),
    )
    assert.deepEqual(judged, { problem: 'the proxy answered with status 407', proxyStatus: 407, retry: 'never' })
    const aborted = failure('Request was cancelled.', 'UND_ERR_ABORTED', failure('canary', 'ENOTFOUND'))
    assert.equal(judgeFailure(aborted).code, 'ENOTFOUND')
  })

  it('is told from a certificate that nobody vouches for', () => {
    const judged = judgeFailure(
      new TypeError('fetch failed', { cause: failure('canary', 'SELF_SIGNED_CERT_IN_CHAIN') }),
    )
    assert.deepEqual(judged, {
      problem: 'TLS failed (SELF_SIGNED_CERT_IN_CHAIN)',
      code: 'SELF_SIGNED_CERT_IN_CHAIN',
      retry: 'never',
    })
  })

  it('after the connection stood is never one that nothing was sent by', () => {
    const at = (code: string, syscall: string) => Object.assign(failure('x', code), { syscall })
    assert.equal(judgeFailure(at('ETIMEDOUT', 'connect')).retry, 'always')
    assert.equal(judgeFailure(at('ENOTFOUND', 'getaddrinfo')).retry, 'always')
    for (const code of ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'])
      assert.equal(judgeFailure(at(code, 'read')).retry, 'idempotent')
    assert.equal(judgeFailure(failure('x', 'UND_ERR_SOCKET', failure('y', 'ECONNREFUSED'))).retry, 'idempotent')
  })

  it('quotes no message, which may hold an address with its query', () => {
    const unknown = [undefined, 'canary', failure('canary'), failure('canary', undefined, { message: 'canary' })]
    for (const error of unknown)
      assert.deepEqual(judgeFailure(error), { problem: 'the request failed', retry: 'never' })
  })

  it('that causes itself comes to an end', () => {
    const error: Error = new Error('x')
    error.cause = error
    assert.equal(judgeFailure(error).problem, 'the request failed')
  })
})
