import assert from 'node:assert/strict'
import { NetworkError } from '../../../src/msal/core/errors.ts'
import type { HttpClient } from '../../../src/msal/http/http-client.ts'
import { withLog } from '../../../src/msal/http/http-log.ts'
import { createTestLogger } from '../../support/entra.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const REQUEST = {
  method: 'POST',
  url: 'https://user:canary@login.example/canary/userrealm/ada@contoso.com?canary=1',
  headers: { 'client-request-id': 'id-1', authorization: 'canary' },
  form: { code: 'canary' },
} as const

function create(next: HttpClient) {
  const logger = createTestLogger()
  return { logger, client: withLog(next, { logger, clock: createFakeClock() }) }
}

describe('The log of exchanges', () => {
  it('tells host, status, time and correlation id, and nothing else', async () => {
    const { logger, client } = create(() =>
      Promise.resolve({ status: 400, headers: { 'set-cookie': 'canary' }, text: 'canary' }),
    )
    await client(REQUEST)
    assert.deepEqual(logger.lines, ['POST login.example (id-1): 400 after 0 ms'])
  })

  it('tells why there was no answer, and that somebody gave up', async () => {
    const errors = [new NetworkError('login.example could not be reached: ECONNREFUSED'), new Error('canary')]
    for (const error of errors) {
      const { logger, client } = create(() => Promise.reject(error))
      await assert.rejects(client(REQUEST), error)
      const reason = error instanceof NetworkError ? error.message : 'given up'
      assert.deepEqual(logger.lines, [`POST login.example (id-1): ${reason}`])
    }
  })
})
