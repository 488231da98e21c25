import assert from 'node:assert/strict'
import { decodeJwt } from 'jose'
import { assertRefused, createHarness, type Harness } from './harness.ts'
import { startSimulator, type Simulator } from './server.ts'

describe('the federation server', () => {
  let simulator: Simulator
  let harness: Harness

  before(async () => {
    simulator = await startSimulator()
    harness = createHarness(simulator)
  })
  afterEach(() => simulator.controls.reset())
  after(() => simulator.stop())

  const ask = async (version: string, person: { username: string; password: string }) => {
    const escape = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')
    const response = await fetch(`${simulator.http}/adfs/services/trust/${version}/usernamemixed`, {
      method: 'POST',
      headers: { 'content-type': 'application/soap+xml; charset=utf-8' },
      body: `<s:Envelope><wsse:Username>${escape(person.username)}</wsse:Username><wsse:Password>${escape(person.password)}</wsse:Password></s:Envelope>`,
    })
    const text = await response.text()
    return {
      status: response.status,
      text,
      assertion: /RequestedSecurityToken>([^]*)<\/t:Requested/.exec(text)?.[1] ?? '',
    }
  }
  const redeem = (assertion: string, kind: 'saml1_1' | 'saml2') =>
    harness.token(
      {
        grant_type: `urn:ietf:params:oauth:grant-type:${kind}-bearer`,
        assertion: Buffer.from(assertion).toString('base64url'),
        scope: 'User.Read openid offline_access',
      },
      'organizations',
    )

  it('is found from the user realm, and names its endpoints', async () => {
    const realm = await fetch(`${simulator.http}/common/userrealm/fred@federated.test?api-version=1.0`)
    const { federation_metadata_url: address } = (await realm.json()) as { federation_metadata_url: string }
    const metadata = await (await fetch(address)).text()
    for (const version of ['13', '2005']) {
      assert.ok(metadata.includes(`${simulator.http}/adfs/services/trust/${version}/usernamemixed</wsa10:Address>`))
    }
  })

  it('gives an assertion that is redeemed for tokens, in both dialects', async () => {
    for (const [version, kind] of [
      ['13', 'saml1_1'],
      ['2005', 'saml2'],
    ] as const) {
      const { body } = await redeem((await ask(version, harness.person('fred'))).assertion, kind)
      assert.equal(decodeJwt(body.id_token)['preferred_username'], 'fred@federated.test')
      assert.ok(body.refresh_token)
    }
  })

  it('refuses a wrong password, a user of another domain and an unknown dialect with a fault', async () => {
    for (const [version, person] of [
      ['13', { ...harness.person('fred'), password: 'a&b' }],
      ['2005', harness.person('ada')],
      ['14', harness.person('fred')],
    ] as const) {
      const { status, text, assertion } = await ask(version, person)
      assert.equal(status, 500)
      assert.match(text, /<s:Fault>/)
      assert.equal(assertion, '')
    }
  })

  it('vouches for its assertions only as they are, as what they are and while they are young', async () => {
    const { assertion } = await ask('13', harness.person('fred'))
    assertRefused(await redeem(assertion.replace(/\s+/g, ' '), 'saml1_1'), 50008)
    assertRefused(await redeem(assertion, 'saml2'), 50008)
    simulator.controls.advanceClock({ seconds: 3601 })
    assertRefused(await redeem(assertion, 'saml1_1'), 50008)
  })

  it('is the only one to check its users’ passwords', async () => {
    const { username, password } = harness.person('fred')
    const form = { grant_type: 'password', username, password, scope: 'User.Read' }
    assertRefused(await harness.token(form, 'organizations'), 50126)
  })
})
