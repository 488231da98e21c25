import assert from 'node:assert/strict'
import { ConfigurationError, type ClientAssertionContext } from '../../../src/msal/index.ts'
import { AutoRefresher } from '../../../src/msal/oauth/auto-refresher.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const context: ClientAssertionContext = { clientId: 'c', tokenEndpoint: 'https://login.test/token' }

describe('AutoRefresher', () => {
  it('asks once for as long as it is told, and again afterwards', async () => {
    const clock = createFakeClock()
    let asked = 0
    const getAssertion = AutoRefresher(() => `assertion-${++asked}`, { expiresIn: 60, clock })
    assert.equal(await getAssertion(context), 'assertion-1')
    await clock.advance(59_999)
    assert.equal(await getAssertion(context), 'assertion-1')
    await clock.advance(1)
    assert.equal(await getAssertion(context), 'assertion-2')
  })

  it('keeps an assertion for nine minutes unless told otherwise', async () => {
    const clock = createFakeClock()
    let asked = 0
    const getAssertion = AutoRefresher(() => String(++asked), { clock })
    await getAssertion(context)
    await clock.advance(539_999)
    assert.equal(await getAssertion(context), '1')
    await clock.advance(1)
    assert.equal(await getAssertion(context), '2')
  })

  it('shares one run between calls at the same time', async () => {
    let asked = 0
    const getAssertion = AutoRefresher(() => Promise.resolve(`assertion-${++asked}`), { clock: createFakeClock() })
    assert.deepEqual(await Promise.all([getAssertion(context), getAssertion(context)]), ['assertion-1', 'assertion-1'])
  })

  it('never gives an assertion for one FMI path, endpoint or client to another', async () => {
    const getAssertion = AutoRefresher((asked) => JSON.stringify(asked), { clock: createFakeClock() })
    const contexts = [
      context,
      { ...context, fmiPath: 'a' },
      { ...context, fmiPath: 'b' },
      { ...context, tokenEndpoint: 'https://other.test/token' },
      { ...context, clientId: 'd' },
    ]
    for (const other of [...contexts, ...contexts]) assert.deepEqual(JSON.parse(await getAssertion(other)), other)
  })

  it('does not keep a failure, nor lets a late one forget what came after it', async () => {
    const clock = createFakeClock()
    const runs: { readonly resolve: (text: string) => void; readonly reject: (error: Error) => void }[] = []
    const getAssertion = AutoRefresher(
      () => new Promise<string>((resolve, reject) => void runs.push({ resolve, reject })),
      { expiresIn: 60, clock },
    )
    const first = getAssertion(context)
    await clock.advance(60_000)
    const second = getAssertion(context)
    runs[1]!.resolve('second')
    runs[0]!.reject(new Error('the vault is closed'))
    await assert.rejects(first, /the vault is closed/)
    assert.equal(await second, 'second')
    assert.equal(await getAssertion(context), 'second')

    let fails = true
    const another = AutoRefresher(
      () => {
        if (fails) throw new Error('the vault is closed')
        return 'open'
      },
      { clock },
    )
    await assert.rejects(another(context), /the vault is closed/)
    fails = false
    assert.equal(await another(context), 'open')
  })

  it('refuses what is no function, and a time that is no positive number', () => {
    const clock = createFakeClock()
    const names = (argument: string) => (error: unknown) =>
      error instanceof ConfigurationError && error.argument === argument
    assert.throws(() => AutoRefresher('assertion' as never, { clock }), names('getAssertion'))
    for (const expiresIn of [0, -1, NaN, Infinity, '60' as never])
      assert.throws(() => AutoRefresher(() => 'a', { expiresIn, clock }), names('expiresIn'))
  })
})
