import assert from 'node:assert/strict'
import { createHarness, type Answer, type Harness } from './harness.ts'
import { approveDevice } from './robot.ts'
import { startSimulator, type Simulator } from './server.ts'

describe('the device flow', () => {
  let simulator: Simulator
  let harness: Harness
  let device: Answer['body']

  before(async () => {
    simulator = await startSimulator()
    harness = createHarness(simulator)
  })
  beforeEach(async () => {
    simulator.controls.reset()
    device = (await start()).body
  })
  after(() => simulator.stop())

  const start = (form = {}) =>
    harness.post('/common/oauth2/v2.0/devicecode', {
      client_id: simulator.clients.public.clientId,
      scope: 'User.Read openid profile offline_access',
      ...form,
    })
  const poll = (grantType = 'urn:ietf:params:oauth:grant-type:device_code') =>
    harness.token({ grant_type: grantType, device_code: device.device_code })
  const approve = (name: string) =>
    approveDevice({ verificationUri: device.verification_uri, userCode: device.user_code }, harness.person(name))

  it('begins with a code to show, where to enter it and how often to ask', () => {
    assert.equal(device.verification_uri, `${simulator.http}/devicelogin`)
    assert.match(device.user_code, /^[A-Z2-9]{9}$/)
    assert.equal(device['expires_in'], 900)
    assert.equal(device['interval'], 1)
    assert.ok(device.message.includes(device.user_code))
  })

  it('is pending until the person has finished, and then gives tokens once, by either name of the grant', async () => {
    const pending = await poll()
    assert.equal(pending.status, 400)
    assert.equal(pending.body['error'], 'authorization_pending')
    await approve('ada')
    const { body } = await poll('device_code')
    assert.ok(body.access_token)
    assert.ok(body.refresh_token)
    assert.deepEqual((await poll()).body['error_codes'], [7000014])
  })

  it('asks for the second factor and for consent like any sign-in', async () => {
    await approve('mia')
    assert.equal((await poll()).status, 200)
  })

  it('takes the code in small letters and with a dash', async () => {
    const userCode = device.user_code.toLowerCase().replace(/^(.{4})/, '$1-')
    await approveDevice({ verificationUri: device.verification_uri, userCode }, harness.person('ada'))
    assert.equal((await poll()).status, 200)
  })

  it('says on the page that a code is unknown', async () => {
    const browser = harness.browser()
    const page = await browser.submit(await browser.open(device.verification_uri), { user_code: 'WRONG' })
    assert.match(page.body, /AADSTS70018/)
  })

  it('ends when the person declines', async () => {
    const browser = harness.browser()
    const code = await browser.submit(await browser.open(device.verification_uri), {
      user_code: device.user_code,
    })
    const confirmation = await browser.submit(code, harness.person('ada'))
    assert.match(confirmation.body, /Are you trying to sign in/)
    assert.equal((await poll()).body['error'], 'authorization_pending', 'nothing is given before the confirmation')
    await browser.submit(confirmation, {}, 'Cancel')
    assert.equal((await poll()).body['error'], 'authorization_declined')
  })

  it('ends after fifteen minutes', async () => {
    simulator.controls.advanceClock({ seconds: 901 })
    assert.equal((await poll()).body['error'], 'expired_token')
    const browser = harness.browser()
    const page = await browser.submit(await browser.open(device.verification_uri), {
      user_code: device.user_code,
    })
    assert.match(page.body, /AADSTS70018/)
  })

  it('refuses an unknown client, no scope and a wrong one', async () => {
    for (const [form, error] of [
      [{ client_id: 'x' }, 'unauthorized_client'],
      [{ scope: undefined }, 'invalid_request'],
      [{ scope: 'No.Such' }, 'invalid_scope'],
    ] as const) {
      const answer = await start(form)
      assert.equal(answer.status, 400)
      assert.equal(answer.body['error'], error)
    }
  })
})
