import assert from 'node:assert/strict'
import { systemClock } from '../../src/web/system-clock.ts'

describe('system clock', () => {
  it('tells the time in milliseconds', () => {
    assert.ok(Math.abs(systemClock.now() - Date.now()) < 1_000)
  })

  it('sleeps as long as it was told', async () => {
    const before = performance.now()
    await systemClock.sleep(50)
    assert.ok(performance.now() - before >= 49)
  })

  it('ends a sleep whose signal is aborted with its reason', async () => {
    const stop = new AbortController()
    const sleep = systemClock.sleep(60_000, stop.signal)
    stop.abort(new Error('enough'))
    await assert.rejects(sleep, /enough/)
  })

  it('begins no sleep whose signal was aborted before', async () => {
    await assert.rejects(systemClock.sleep(60_000, AbortSignal.abort(new Error('enough'))), /enough/)
  })

  it('does not take a very long sleep for none', async () => {
    const stop = new AbortController()
    const sleep = systemClock.sleep(2 ** 32, stop.signal)
    const outcome = await Promise.race([sleep, systemClock.sleep(50).then(() => 'still asleep')])
    assert.equal(outcome, 'still asleep')
    stop.abort(new Error('enough'))
    await assert.rejects(sleep, /enough/)
  })
})
