import assert from 'node:assert/strict'
import { createResponseMemory } from '../../../src/msal/http/http-cache.ts'
import { withDiscoveryCache } from '../../../src/msal/http/discovery-cache.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const METADATA = { method: 'GET', url: 'https://idp.example/metadata', isMetadata: true } as const

function create(answer: { readonly status: number; readonly text: string }) {
  let sent = 0
  const clock = createFakeClock()
  const memory = createResponseMemory(new Map(), clock)
  const next = () => Promise.resolve({ headers: {}, ...answer, sent: ++sent })
  return { client: withDiscoveryCache(next, memory), clock, sent: () => sent }
}

describe('The memory of metadata', () => {
  it('answers for a day', async () => {
    const { client, clock, sent } = create({ status: 200, text: '{}' })
    await client(METADATA)
    await clock.advance(24 * 3600 * 1000 - 1)
    assert.equal((await client(METADATA)).text, '{}')
    assert.equal(sent(), 1)
    await clock.advance(1)
    await client(METADATA)
    assert.equal(sent(), 2)
  })

  for (const [what, status, text] of [
    ['a refusal', 400, '{}'],
    ['the page of a captive portal', 200, '  <!DOCTYPE html><html></html>'],
    ['an answer without content', 204, ''],
  ] as const)
    it(`does not keep ${what}`, async () => {
      const { client, sent } = create({ status, text })
      await client(METADATA)
      await client(METADATA)
      assert.equal(sent(), 2)
    })

  it('keeps a fresh answer in place of the old one, so that new keys are not fetched each time', async () => {
    const { client, sent } = create({ status: 200, text: '{}' })
    await client(METADATA)
    await client({ ...METADATA, isFresh: true })
    assert.equal(sent(), 2)
    await client(METADATA)
    assert.equal(sent(), 2)
  })

  it('keeps nothing that is no metadata', async () => {
    const { client, sent } = create({ status: 200, text: '{}' })
    await client({ method: 'GET', url: METADATA.url })
    await client({ method: 'GET', url: METADATA.url })
    assert.equal(sent(), 2)
  })
})
