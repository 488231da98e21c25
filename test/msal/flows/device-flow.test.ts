import assert from 'node:assert/strict'
import { CrossOriginError } from '../../../src/msal/core/errors.ts'
import { ADA, createTestClient, discovery, HOST, HOME, TOKEN_ENDPOINT, tokensFor } from '../../support/entra.ts'
import type { ScriptedAnswer, ScriptedExchange } from '../../support/scripted-fetch.ts'

const started = (extra: object = {}): ScriptedExchange => ({
  method: 'POST',
  url: `${HOST}/${HOME}/oauth2/v2.0/devicecode`,
  answer: {
    json: {
      user_code: 'ABCD',
      device_code: 'dc',
      verification_uri: 'https://microsoft.com/devicelogin',
      message: 'Go there',
      expires_in: 900,
      interval: 5,
      ...extra,
    },
  },
})
const poll = (answer: ScriptedAnswer): ScriptedExchange => ({
  method: 'POST',
  url: TOKEN_ENDPOINT,
  form: { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'dc' },
  answer,
})
const CLAIMS = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
const PENDING = { status: 400, json: { error: 'authorization_pending' } }

async function start(script: readonly ScriptedExchange[], extra: object = {}) {
  const test = createTestClient([discovery(), started(extra), ...script])
  const flow = await test.client.initiateDeviceFlow({ scopes: ['User.Read'] })
  return { ...test, flow }
}

describe('A device flow', () => {
  it('asks in the rhythm of the server, and 5 seconds slower after slow_down', async () => {
    const { client, clock, flow, network } = await start([
      poll(PENDING),
      poll({ status: 400, json: { error: 'slow_down' } }),
      poll({ json: tokensFor(ADA) }),
    ])
    const done = client.acquireTokenByDeviceFlow({ flow })
    await clock.advance(5_000)
    await clock.advance(10_000)
    assert.equal((await done).account?.username, ADA.username)
    assert.deepEqual(clock.sleeps, [5000, 10000])
    network.assertDone()
  })

  it('with a claims challenge replaces what the cache held, also scopes beyond its own', async () => {
    const wide = tokensFor(ADA, { access_token: 'old', scope: 'User.Read Mail.Read' })
    const { client, cache, network } = createTestClient([
      discovery(),
      started(),
      poll({ json: wide }),
      { ...started(), form: { claims: CLAIMS } },
      poll({ json: tokensFor(ADA, { access_token: 'new' }) }),
    ])
    const first = await client.initiateDeviceFlow({ scopes: ['User.Read'] })
    const { account } = await client.acquireTokenByDeviceFlow({ flow: first })
    const flow = JSON.parse(
      JSON.stringify(await client.initiateDeviceFlow({ scopes: ['User.Read'], claimsChallenge: CLAIMS })),
    )
    await client.acquireTokenByDeviceFlow({ flow })
    assert.equal((await client.acquireTokenSilent({ scopes: ['User.Read'], account }))?.accessToken, 'new')
    assert.equal(cache.find({ credentialType: 'AccessToken' }).length, 1)
    network.assertDone()
  })

  it('is never throttled: each question is asked', async () => {
    const { client, clock, flow, network } = await start([poll(PENDING), poll(PENDING), poll({ json: tokensFor(ADA) })])
    const done = client.acquireTokenByDeviceFlow({ flow })
    await clock.advance(10_000)
    await done
    assert.equal(network.requests.length, 5)
  })

  it('ends when its code expires', async () => {
    const { client, clock, flow } = await start([poll(PENDING), poll(PENDING)], { expires_in: 8 })
    const done = client.acquireTokenByDeviceFlow({ flow })
    const refused = assert.rejects(done, { name: 'OAuthError', error: 'expired_token' })
    await clock.advance(60_000)
    await refused
  })

  it('ends at once when it is declined', async () => {
    const { client, flow } = await start([poll({ status: 400, json: { error: 'authorization_declined' } })])
    await assert.rejects(client.acquireTokenByDeviceFlow({ flow }), { error: 'authorization_declined' })
  })

  it('ends at once, with the reason of its signal, when it is cancelled', async () => {
    const { client, flow } = await start([poll(PENDING)])
    const cancel = new AbortController()
    const done = client.acquireTokenByDeviceFlow({ flow, signal: cancel.signal })
    const refused = assert.rejects(done, /enough/)
    await new Promise((resolve) => setImmediate(resolve))
    cancel.abort(new Error('enough'))
    await refused
  })

  it('goes on after a network error', async () => {
    const { client, clock, flow, network } = await start([
      poll(new TypeError('fetch failed')),
      poll({ json: tokensFor(ADA) }),
    ])
    const done = client.acquireTokenByDeviceFlow({ flow })
    await clock.advance(10_000)
    assert.ok(await done)
    network.assertDone()
  })

  it('ends at once where the server answers no page of the browser that it is asked from', async () => {
    const { client, clock, flow, network } = await start([poll(new CrossOriginError('login.microsoftonline.com'))])
    await assert.rejects(client.acquireTokenByDeviceFlow({ flow }), CrossOriginError)
    assert.deepEqual(clock.sleeps, [])
    network.assertDone()
  })

  it('goes on, slower, while the server is out of order, and never without a pause', async () => {
    const { client, clock, flow, network } = await start(
      [
        poll({ status: 503, json: { error: 'temporarily_unavailable' } }),
        poll(PENDING),
        poll({ json: tokensFor(ADA) }),
      ],
      { interval: 0 },
    )
    const done = client.acquireTokenByDeviceFlow({ flow })
    await clock.advance(20_000)
    assert.ok(await done)
    assert.deepEqual(clock.sleeps, [5000, 5000])
    network.assertDone()
  })

  it('logs nothing that the server says of its trouble', async () => {
    const { client, clock, flow, log } = await start([
      poll({ status: 503, json: { error: 'busy', error_description: 'canary: ada@contoso.com waits' } }),
      poll({ status: 503, json: { error: 'canary\nada@contoso.com signed in' } }),
      poll({ json: tokensFor(ADA) }),
    ])
    const done = client.acquireTokenByDeviceFlow({ flow })
    await clock.advance(60_000)
    await done
    assert.match(log.join('\n'), /goes on: busy\n[^]*goes on: \(an unreadable code\)/)
    assert.doesNotMatch(log.join('\n'), /canary|ada@/)
  })

  it('ends where its expiresAt is set to 0 meanwhile, as with MSAL Python', async () => {
    const { client, clock, flow, network } = await start([poll(PENDING)])
    const waiting = { ...flow }
    const done = client.acquireTokenByDeviceFlow({ flow: waiting })
    done.catch(() => undefined)
    await clock.advance(1000)
    waiting.expiresAt = 0
    await clock.advance(5000)
    await assert.rejects(done, { error: 'expired_token' })
    network.assertDone()
  })

  it('ends at once where a proxy forbids the question', async () => {
    const { client, flow, network } = await start([poll({ status: 403, text: '<html>blocked by your company</html>' })])
    await assert.rejects(client.acquireTokenByDeviceFlow({ flow }), { name: 'NetworkError', status: 403 })
    network.assertDone()
  })

  it('survives JSON, and names what is missing in one that is none', async () => {
    const { client, flow } = await start([poll({ json: tokensFor(ADA) })])
    assert.ok(await client.acquireTokenByDeviceFlow({ flow: JSON.parse(JSON.stringify(flow)) as typeof flow }))
    await assert.rejects(client.acquireTokenByDeviceFlow({ flow: {} as never }), { argument: 'flow' })
  })

  it('says so where the authority offers none', async () => {
    const { client } = createTestClient([discovery(HOME, { device_authorization_endpoint: undefined })])
    await assert.rejects(client.initiateDeviceFlow({}), /offers no device code/)
  })
})
