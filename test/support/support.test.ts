import assert from 'node:assert/strict'
import { createFakeClock } from './fake-clock.ts'
import { createScriptedFetch } from './scripted-fetch.ts'

describe('fake clock', () => {
  it('ends sleeps in the order in which they are over, also those begun by one that ended', async () => {
    const clock = createFakeClock({ now: 0 })
    const ended: string[] = []
    const note = (name: string) => ended.push(`${name} at ${clock.now()}`)
    void clock.sleep(3_000).then(() => note('long'))
    void clock
      .sleep(1_000)
      .then(() => note('short'))
      .then(() => clock.sleep(1_000))
      .then(() => note('second'))
    await clock.advance(2_500)
    assert.deepEqual(ended, ['short at 1000', 'second at 2000'])
    assert.equal(clock.now(), 2_500)
    assert.deepEqual(clock.sleeps, [3_000, 1_000, 1_000])
  })

  it('rejects an aborted sleep with the reason of its signal', async () => {
    const stop = new AbortController()
    const sleep = createFakeClock().sleep(1_000, stop.signal)
    stop.abort(new Error('enough'))
    await assert.rejects(sleep, /enough/)
  })

  it('moves on by itself where sleeps are skipped', async () => {
    const clock = createFakeClock({ now: 0, skipsSleeps: true })
    await clock.sleep(5_000)
    assert.equal(clock.now(), 5_000)
  })
})

describe('scripted network', () => {
  const url = 'https://login.example.test/token'

  it('answers what is expected and records what was sent', async () => {
    const network = createScriptedFetch([{ method: 'POST', url, form: { a: '1' }, answer: { json: { b: 2 } } }])
    const response = await network.fetch(`${url}?x=y`, {
      method: 'POST',
      body: new URLSearchParams({ a: '1', c: '3' }),
    })
    assert.deepEqual(await response.json(), { b: 2 })
    assert.deepEqual(network.requests[0]?.form, { a: '1', c: '3' })
    network.assertDone()
  })

  const wrong: readonly [string, string, RequestInit][] = [
    ['an unexpected URL', 'https://login.example.test/other', { method: 'POST', body: 'a=1' }],
    ['an unexpected method', url, {}],
    ['an unexpected field', url, { method: 'POST', body: 'a=2' }],
  ]
  for (const [problem, address, init] of wrong) {
    it(`fails on ${problem}, and again at the end`, async () => {
      const network = createScriptedFetch([{ method: 'POST', url, form: { a: '1' }, answer: {} }])
      await assert.rejects(network.fetch(address, init), assert.AssertionError)
      assert.throws(() => network.assertDone(), assert.AssertionError)
    })
  }

  it('fails on a request too many', async () => {
    const network = createScriptedFetch([])
    await assert.rejects(network.fetch(url), /unexpected request: GET https:\/\/login\.example\.test\/token/)
  })

  it('fails where an expected request was not sent', () => {
    const network = createScriptedFetch([{ url, answer: {} }])
    assert.throws(() => network.assertDone(), /not sent/)
  })
})
