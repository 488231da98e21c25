import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { codeVerifier, createHarness, redirectUri, type Harness } from './harness.ts'
import { startSimulator, type Simulator } from './server.ts'

const origin = 'https://spa.contoso.test'

describe('pages of other origins', () => {
  let simulator: Simulator
  let harness: Harness

  before(async () => {
    simulator = await startSimulator()
    harness = createHarness(simulator)
  })
  afterEach(() => simulator.controls.reset())
  after(() => simulator.stop())

  const redeem = async (clientId: string, headers: Record<string, string>) => {
    const code = (await harness.authorize('ada', { client_id: clientId })).get('code')!
    const form = { grant_type: 'authorization_code', redirect_uri: redirectUri, code_verifier: codeVerifier }
    return harness.token({ ...form, client_id: clientId, code }, 'common', headers)
  }
  const allows = (headers: Headers): string | null => headers.get('access-control-allow-origin')

  it('redeem codes and refresh tokens of single-page apps', async () => {
    const { clientId } = simulator.world.apps.spa
    const { status, headers, body } = await redeem(clientId, { origin })
    assert.equal(status, 200)
    assert.equal(allows(headers), origin)
    assert.equal(body['refresh_token_expires_in'], 86_400)
    const form = { grant_type: 'refresh_token', client_id: clientId, refresh_token: body.refresh_token }
    assert.equal((await harness.token(form, 'common', { origin })).status, 200)
    const outside = await harness.token(form)
    assert.deepEqual(outside.body['error_codes'], [9002327])
    simulator.controls.advanceClock({ seconds: 86_401 })
    assert.deepEqual((await harness.token(form, 'common', { origin })).body['error_codes'], [700082])
  })

  it('can redeem nothing of other apps', async () => {
    const { body, headers } = await redeem(simulator.clients.public.clientId, { origin })
    assert.deepEqual(body['error_codes'], [9002326])
    assert.equal(allows(headers), null)
  })

  it('read metadata, ask the token endpoint in advance, and find the device endpoint closed', async () => {
    const at = async (path: string, init?: RequestInit) => allows((await fetch(simulator.http + path, init)).headers)
    const preflight = { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } }
    assert.equal(await at('/common/v2.0/.well-known/openid-configuration'), '*')
    assert.equal(await at('/common/discovery/v2.0/keys'), '*')
    assert.equal(await at('/common/oauth2/v2.0/token', preflight), origin)
    assert.equal(await at('/common/oauth2/v2.0/devicecode', preflight), null)
    assert.equal(await at('/common/oauth2/v2.0/devicecode', { method: 'POST', headers: { origin } }), null)
    assert.equal(await at('/api/me', { headers: { origin } }), null)
  })

  it('are let in everywhere when tests say so', async () => {
    simulator.controls.set({ permissiveCors: true })
    const device = await fetch(`${simulator.http}/common/oauth2/v2.0/devicecode`, {
      method: 'POST',
      headers: { origin },
    })
    assert.equal(allows(device.headers), origin)
    assert.equal((await redeem(simulator.clients.public.clientId, { origin })).status, 200)
  })

  it('do not get past PKCE', async () => {
    const { clientId } = simulator.world.apps.spa
    const challenge = createHash('sha256').update('b'.repeat(43)).digest('base64url')
    const code = (await harness.authorize('ada', { client_id: clientId, code_challenge: challenge })).get('code')!
    const form = { grant_type: 'authorization_code', redirect_uri: redirectUri, code_verifier: codeVerifier }
    const { body } = await harness.token({ ...form, client_id: clientId, code }, 'common', { origin })
    assert.deepEqual(body['error_codes'], [501481])
  })
})
