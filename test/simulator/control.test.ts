import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Agent, fetch as fetchWith } from 'undici'
import type { Controls } from './control.ts'
import type { Description } from './description.ts'
import { createHarness, type Harness } from './harness.ts'
import { signIn } from './robot.ts'
import { startSimulator, warning, type Simulator } from './server.ts'

describe('the control endpoint', () => {
  let simulator: Simulator
  let harness: Harness

  before(async () => {
    simulator = await startSimulator()
    harness = createHarness(simulator)
  })
  afterEach(() => simulator.controls.reset())
  after(() => simulator.stop())

  const call = async (name: string, argument: unknown = {}): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${simulator.control}/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(argument),
    })
    return { status: response.status, body: await response.json() }
  }
  const ask = () => harness.token({ grant_type: 'refresh_token', refresh_token: 'x' })

  it('answers the next requests with what it is told, and then properly', async () => {
    await call('addFault', { times: 2, path: '/token$', status: 429, headers: { 'retry-after': '7' } })
    assert.equal((await fetch(`${simulator.http}/common/v2.0/.well-known/openid-configuration`)).status, 200)
    const first = await ask()
    assert.equal(first.status, 429)
    assert.equal(first.headers.get('retry-after'), '7')
    assert.equal((await ask()).status, 429)
    assert.equal((await ask()).status, 400)
  })

  it('sends server errors, garbage, nothing at all, or takes its time', async () => {
    await call('addFault', { status: 503 })
    assert.equal((await ask()).status, 503)
    await call('addFault', { body: '<html>proxy</html>', headers: { 'content-type': 'text/html' } })
    assert.equal((await ask()).body.text, '<html>proxy</html>')
    await call('addFault', { drop: true, grantType: 'refresh_token' })
    await assert.rejects(ask())
    await call('addFault', { delayMs: 50 })
    const start = performance.now()
    assert.equal((await ask()).status, 400)
    assert.ok(performance.now() - start >= 45)
    await call('addFault', { status: 503, times: 9 })
    await call('clearFaults')
    assert.equal((await ask()).status, 400)
  })

  it('counts requests and lists them, without anything they carried', async () => {
    const { body } = await harness.signIn('ada')
    await fetch(`${simulator.http}/common/userrealm/ada@contoso.test`)
    const counts = (await call('counts')).body as ReturnType<Controls['counts']>
    assert.equal(counts['GET /{tenant}/oauth2/v2.0/authorize'], 1)
    assert.equal(counts['POST /{tenant}/oauth2/v2.0/token'], 1)
    const requests = (await call('requests')).body as ReturnType<Controls['requests']>
    assert.deepEqual(requests.at(-2), {
      method: 'POST',
      path: '/common/oauth2/v2.0/token',
      grantType: 'authorization_code',
      status: 200,
    })
    const text = JSON.stringify(requests)
    for (const secret of [body.access_token, body.refresh_token, harness.person('ada').password, 'ada@']) {
      assert.ok(!text.includes(secret))
    }
    await call('resetCounts')
    assert.deepEqual((await call('counts')).body, {})
  })

  it('moves the clock and sets how long tokens last', async () => {
    const before = Math.floor(Date.now() / 1000)
    const { now } = (await call('advanceClock', { seconds: 5000 })).body as ReturnType<Controls['advanceClock']>
    assert.ok(now >= before + 5000)
    await call('set', { accessTokenLifetime: 120, refreshIn: 60 })
    const { body } = await harness.signIn('ada')
    assert.equal(body['expires_in'], 120)
    assert.equal(body['refresh_in'], 60)
    await call('set', { refreshIn: null })
    assert.equal((await harness.signIn('ada')).body['refresh_in'], undefined)
  })

  it('registers redirect URIs', async () => {
    const redirect = 'http://127.0.0.1:8080/callback'
    await call('registerRedirectUri', { redirectUri: redirect })
    assert.ok((await harness.authorize('ada', { redirect_uri: redirect })).get('code'))
  })

  it('ends browser sessions when it revokes', async () => {
    const browser = harness.browser()
    await browser.finish(await browser.open(harness.authorizeUrl()), harness.person('ada'))
    await call('revokeTokens', { username: 'ada@contoso.test' })
    assert.match((await browser.open(harness.authorizeUrl())).body, /name="password"/)
  })

  it('forgets everything at a reset', async () => {
    const { body } = await harness.signIn('ada')
    await call('set', { permissiveCors: true })
    await call('registerRedirectUri', { redirectUri: 'https://later.test/' })
    await call('requireSecondFactor', { username: 'ada@contoso.test', required: true })
    await call('reset')
    assert.deepEqual((await harness.refresh(body.refresh_token)).body['error_codes'], [70000])
    assert.match(
      (await harness.browser().open(harness.authorizeUrl({ redirect_uri: 'https://later.test/' }))).body,
      /50011/,
    )
    assert.ok((await harness.signIn('ada')).body.access_token)
  })

  it('refuses what it does not know, and what a foreign page could send', async () => {
    assert.equal((await call('launchRockets')).status, 404)
    assert.equal((await call('constructor')).status, 404)
    assert.equal((await call('revokeTokens', { username: 'nobody' })).status, 400)
    assert.equal((await call('set', { colour: 'red' })).status, 400)
    assert.equal((await call('addFault', { path: '(' })).status, 400)
    assert.equal((await fetch(`${simulator.control}/reset`)).status, 405)
    const simple = await fetch(`${simulator.control}/reset`, { method: 'POST', body: '{}' })
    assert.equal(simple.status, 405)
  })
})

describe('starting the simulator', () => {
  it('gives the same ids, users and clients for the same seed, and others for another', async () => {
    const identity = async (seed: string) => {
      const { tenants, users, clients, stop } = await startSimulator({ seed })
      await stop()
      return { tenants, users, clients }
    }
    const [one, same, other] = [await identity('one'), await identity('one'), await identity('two')]
    assert.deepEqual(one, same)
    assert.notDeepEqual(one.tenants, other.tenants)
    assert.notDeepEqual(one.clients, other.clients)
  })

  it('refuses an address that others could reach', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.1', 'localhost']) {
      await assert.rejects(startSimulator({ host }), /loopback/)
    }
  })

  it('serves https that its CA vouches for, by address and by name', async () => {
    const simulator = await startSimulator()
    const dispatcher = new Agent({ connect: { ca: readFileSync(simulator.ca, 'utf8') } })
    try {
      for (const origin of [simulator.https, simulator.https.replace('127.0.0.1', 'localhost')]) {
        const { status } = await fetchWith(`${origin}/common/discovery/v2.0/keys`, { dispatcher })
        assert.equal(status, 200)
      }
      await assert.rejects(fetchWith(simulator.https), 'nobody else vouches for it')
    } finally {
      await dispatcher.close()
      await simulator.stop()
    }
    assert.equal(existsSync(simulator.ca), false, 'the CA goes with it')
  })

  it('prints one line when it is ready, warns on the other stream, and ends at SIGTERM', async () => {
    const main = fileURLToPath(new URL('main.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', main, '--json', '--host', '127.0.0.2'])
    let [output, errors] = ['', '']
    child.stdout.on('data', (chunk) => (output += String(chunk)))
    child.stderr.on('data', (chunk) => (errors += String(chunk)))
    const ended = once(child, 'exit')
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    const description = JSON.parse(line) as Description
    assert.deepEqual(Object.keys(description), ['http', 'https', 'ca', 'control', 'tenants', 'users', 'clients'])
    assert.equal(new URL(description.http).hostname, '127.0.0.2')
    assert.match(readFileSync(description.ca, 'utf8'), /BEGIN CERTIFICATE/)
    const { clientId, redirectUri, scopes } = description.clients.public
    const query = new URLSearchParams({
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: scopes.join(' '),
      response_type: 'code',
      code_challenge: 'c'.repeat(43),
    })
    const url = `${description.https}/common/oauth2/v2.0/authorize?${query.toString()}`
    const answer = await signIn(url, description.users[0]!, { ca: readFileSync(description.ca, 'utf8') })
    assert.ok(answer.get('code'))
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
    assert.equal(output.trim(), line)
    assert.ok(errors.includes(warning))
    assert.equal(existsSync(description.ca), false)
  })
})
