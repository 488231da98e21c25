import assert from 'node:assert/strict'
import type { HttpClient, HttpRequest, HttpResponse } from '../../../src/msal/http/http-client.ts'
import { createResponseMemory } from '../../../src/msal/http/http-cache.ts'
import { withThrottling } from '../../../src/msal/http/throttling.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const URL_ = 'https://login.example/token'
const request = (form: Readonly<Record<string, string>> = {}): HttpRequest => ({
  method: 'POST',
  url: URL_,
  form: { client_id: 'c', scope: 's', refresh_token: 'r', ...form },
})

function create(answer: Partial<HttpResponse>, defaultSeconds = 60) {
  const clock = createFakeClock()
  const cache = new Map<string, string>()
  let sent = 0
  const next: HttpClient = () => Promise.resolve({ status: 200, headers: {}, text: `${++sent}`, ...answer })
  const client = withThrottling(next, createResponseMemory(cache, clock), { clock, defaultSeconds })
  return { client, clock, cache, sent: () => sent }
}

describe('Throttling', () => {
  const pauses: readonly [string, Partial<HttpResponse>, number, number][] = [
    ['a 429 pauses by the default', { status: 429 }, 60, 60],
    ['a 503 pauses by the default', { status: 503 }, 5, 5],
    ['Retry-After counts in seconds', { status: 429, headers: { 'retry-after': '7' } }, 60, 7],
    ['Retry-After is capped at an hour', { status: 429, headers: { 'retry-after': '99999' } }, 60, 3600],
    ['Retry-After counts beside a 401 too', { status: 401, headers: { 'retry-after': '7' } }, 60, 7],
    [
      'a date up to an hour ahead is waited for',
      { status: 503, headers: { 'retry-after': 'Thu, 01 Jan 2026 00:10:00 GMT' } },
      5,
      600,
    ],
    [
      'a date further ahead counts as absent',
      { status: 503, headers: { 'retry-after': 'Thu, 01 Jan 2026 02:00:00 GMT' } },
      5,
      5,
    ],
    [
      'a date in the past counts as absent',
      { status: 503, headers: { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' } },
      5,
      5,
    ],
    ['nonsense counts as absent', { status: 503, headers: { 'retry-after': 'soon' } }, 5, 5],
    ['a 400 is repeated for 60 seconds, whatever the client', { status: 400 }, 5, 60],
  ]
  for (const [what, answer, defaultSeconds, pause] of pauses)
    it(what, async () => {
      const { client, clock, sent } = create(answer, defaultSeconds)
      await client(request())
      await clock.advance(pause * 1000 - 1)
      assert.equal((await client(request())).status, answer.status)
      assert.equal(sent(), 1)
      await clock.advance(1)
      await client(request())
      assert.equal(sent(), 2)
    })

  it('leaves answers alone that are neither refused nor busy', async () => {
    for (const status of [200, 401, 403, 404]) {
      const { client, sent } = create({ status })
      await client(request())
      await client(request())
      assert.equal(sent(), 2)
    }
  })

  it('never keeps a success, which may hold tokens', async () => {
    const { client, cache, sent } = create({ status: 200, headers: { 'retry-after': '7' } })
    await client(request())
    await client(request())
    assert.deepEqual([sent(), cache.size], [2, 0])
  })

  it('of a busy server holds for the same client, scope and account only', async () => {
    for (const other of [{ client_id: 'd' }, { scope: 't' }, { refresh_token: 'q' }]) {
      const { client, sent } = create({ status: 429 })
      await client(request())
      await client(request(other))
      assert.equal(sent(), 2, JSON.stringify(other))
    }
  })

  it('of a refusal holds for the same request only', async () => {
    const { client, sent } = create({ status: 400 })
    await client(request())
    await client(request({ claims: '{}' }))
    assert.equal(sent(), 2)
  })

  it('#34 Polls for a device code were answered from memory, so the sign-in took 60 s: each poll is sent', async () => {
    const { client, sent } = create({ status: 400 })
    const poll = request({ grant_type: 'urn:ietf:params:oauth:grant-type:device_code' })
    await client(poll)
    await client(poll)
    assert.equal(sent(), 2)
  })

  it('tells nothing of a request in its keys', async () => {
    const { client, cache } = create({ status: 429 })
    await client(request({ refresh_token: 'canary' }))
    assert.equal(cache.size, 1)
    assert.doesNotMatch([...cache].join(), /canary/)
  })
})

describe('A memory of answers', () => {
  const response = { status: 400, headers: {}, text: 'x' }

  it('takes damaged entries as absent', () => {
    const clock = createFakeClock()
    for (const damage of ['', '{', '[]', '{"status":"400"}', 7 as never, 'null']) {
      const cache = new Map([['k', damage]])
      assert.equal(createResponseMemory(cache, clock).recall('k'), undefined)
      assert.equal(cache.size, 0)
    }
  })

  it('keeps no cookie', () => {
    const cache = new Map<string, string>()
    const memory = createResponseMemory(cache, createFakeClock())
    memory.keep('k', { ...response, headers: { 'set-cookie': 'id=canary', date: 'today' } }, 60)
    assert.doesNotMatch([...cache].join(), /canary/)
    assert.deepEqual(memory.recall('k')?.headers, { date: 'today' })
  })

  it('holds 1024 answers at most, and lets the expired and the oldest go first', async () => {
    const clock = createFakeClock()
    const cache = new Map<string, string>()
    const memory = createResponseMemory(cache, clock)
    memory.keep('short', response, 1)
    for (let i = 0; i < 1023; i++) memory.keep(`k${i}`, response, 60)
    await clock.advance(2000)
    memory.keep('one more', response, 60)
    assert.equal(cache.has('short'), false)
    assert.ok(memory.recall('k0'))
    memory.keep('and one', response, 60)
    assert.equal(cache.size, 1024)
    assert.equal(memory.recall('k0'), undefined)
  })
})
