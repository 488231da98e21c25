import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { assertRefused, codeVerifier, createHarness, redirectUri, type Harness } from './harness.ts'
import { startSimulator, type Simulator } from './server.ts'

describe('the token endpoint', () => {
  let simulator: Simulator
  let harness: Harness

  before(async () => {
    simulator = await startSimulator()
    harness = createHarness(simulator)
  })
  afterEach(() => simulator.controls.reset())
  after(() => simulator.stop())

  const code = async (parameters = {}): Promise<string> => (await harness.authorize('ada', parameters)).get('code')!

  it('issues signed tokens that say who, where, for whom and for how long', async () => {
    const { status, body, headers } = await harness.signIn('ada', 'User.Read openid profile email offline_access', {
      nonce: 'n-1',
    })
    assert.equal(status, 200)
    assert.match(headers.get('cache-control') ?? '', /no-store/)
    const keys = createRemoteJWKSet(new URL(`${simulator.http}/common/discovery/v2.0/keys`))
    const issuer = `${simulator.http}/${simulator.tenants.home}/v2.0`
    const idToken = await jwtVerify(body.id_token, keys, { issuer, audience: simulator.clients.public.clientId })
    const accessToken = await jwtVerify(body.access_token, keys, { issuer, audience: 'https://graph.microsoft.com' })
    const oid = simulator.world.users[0]!.objectIds.get(simulator.tenants.home)
    for (const { payload } of [idToken, accessToken]) {
      assert.equal(payload['tid'], simulator.tenants.home)
      assert.equal(payload['oid'], oid)
      assert.equal(payload['preferred_username'], 'ada@contoso.test')
      assert.equal(payload['ver'], '2.0')
    }
    assert.equal(idToken.payload['nonce'], 'n-1')
    assert.equal(idToken.payload['email'], 'ada@contoso.test')
    assert.equal(typeof idToken.payload['auth_time'], 'number')
    assert.notEqual(idToken.payload.sub, accessToken.payload.sub, 'subjects are pairwise')
    assert.equal(accessToken.payload['scp'], 'User.Read')
    assert.deepEqual(
      { ...body, access_token: '', id_token: '', refresh_token: '', client_info: '' },
      {
        token_type: 'Bearer',
        scope: 'User.Read openid profile email',
        expires_in: 3600,
        ext_expires_in: 3600,
        access_token: '',
        id_token: '',
        refresh_token: '',
        client_info: '',
      },
    )
  })

  it('gives an ID token, a refresh token and client_info only to those who ask', async () => {
    const { body } = await harness.token({
      grant_type: 'authorization_code',
      code: await code({ scope: 'User.Read' }),
      redirect_uri: redirectUri,
      code_verifier: codeVerifier,
      client_info: undefined,
    })
    assert.deepEqual(Object.keys(body).sort(), ['access_token', 'expires_in', 'ext_expires_in', 'scope', 'token_type'])
  })

  it('errors carry all that Entra sends', async () => {
    const correlation = randomUUID()
    const { body } = await harness.token({ grant_type: 'refresh_token', refresh_token: 'x' }, 'common', {
      'client-request-id': correlation,
    })
    assert.deepEqual(Object.keys(body).sort(), [
      ...[
        'correlation_id',
        'error',
        'error_codes',
        'error_description',
        'error_uri',
        'suberror',
        'timestamp',
        'trace_id',
      ],
    ])
    assert.equal(body['correlation_id'], correlation)
    assert.match(body.timestamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/)
  })

  describe('refuses an authorization code', () => {
    it('that was redeemed before', async () => {
      const used = await code()
      assert.equal((await harness.redeem(used)).status, 200)
      assertRefused(await harness.redeem(used), 54005)
    })
    it('that is older than ten minutes', async () => {
      const old = await code()
      simulator.controls.advanceClock({ seconds: 601 })
      assertRefused(await harness.redeem(old), 70008)
    })
    it('without its verifier, or with another', async () => {
      assertRefused(await harness.redeem(await code(), { code_verifier: undefined }), 50148)
      assertRefused(await harness.redeem(await code(), { code_verifier: 'b'.repeat(43) }), 501481)
    })
    it('with another redirect URI, from another client, or that is made up', async () => {
      assertRefused(await harness.redeem(await code(), { redirect_uri: 'http://localhost:1' }), 500112)
      assertRefused(await harness.redeem(await code(), { client_id: simulator.world.apps.family.clientId }), 70000)
      assertRefused(await harness.redeem('1.made-up'), 70000)
    })
    it('for permissions of two resources at once', async () => {
      const both = `User.Read ${simulator.clients.confidential.apiScope}`
      const consented = await code({ scope: both })
      assertRefused(await harness.redeem(consented, { scope: both }), 28000, 'invalid_request')
      const { body } = await harness.redeem(consented, { scope: simulator.clients.confidential.apiScope })
      assert.equal(decodeJwt(body.access_token).aud, simulator.clients.confidential.clientId)
    })
  })

  describe('refuses a request', () => {
    const cases = [
      ['of an unknown grant', { grant_type: 'magic' }, 'common', 70003, 'unsupported_grant_type'],
      [
        'of a grant named like a property of objects',
        { grant_type: 'constructor' },
        'common',
        70003,
        'unsupported_grant_type',
      ],
      ['without a grant', {}, 'common', 900144, 'invalid_request'],
      [
        'of an unknown client',
        { grant_type: 'password', client_id: randomUUID() },
        'common',
        700016,
        'unauthorized_client',
      ],
      ['at an unknown tenant', { grant_type: 'password' }, randomUUID(), 90002, 'invalid_request'],
      ['without a code', { grant_type: 'authorization_code' }, 'common', 900144, 'invalid_request'],
      [
        'of a public client with a secret',
        { grant_type: 'password', client_secret: 'x' },
        'common',
        700025,
        'invalid_client',
      ],
      [
        'of a public client that wants to act as itself',
        { grant_type: 'client_credentials' },
        'common',
        7000216,
        'invalid_client',
      ],
      [
        'with a made-up refresh token',
        { grant_type: 'refresh_token', refresh_token: '1.x' },
        'common',
        70000,
        'invalid_grant',
      ],
      [
        'with a made-up device code',
        { grant_type: 'device_code', device_code: 'x' },
        'common',
        7000014,
        'invalid_request',
      ],
    ] as const
    for (const [title, form, tenant, number, error] of cases) {
      it(title, async () => assertRefused(await harness.token(form, tenant), number, error))
    }
  })

  describe('redeems a refresh token', () => {
    it('with a new one each time, and the old ones stay good, as at Entra', async () => {
      const { body } = await harness.signIn('ada')
      const first = await harness.refresh(body.refresh_token)
      const second = await harness.refresh(body.refresh_token, { scope: 'Mail.Read' })
      assert.equal(new Set([body, first.body, second.body].map((each) => each.refresh_token)).size, 3)
      assert.equal(decodeJwt(second.body.access_token)['scp'], 'Mail.Read')
      assert.ok(first.body.id_token, 'the scopes of the sign-in go on')
    })

    it('once only when tests turn revocation on reuse on', async () => {
      simulator.controls.set({ revokeOnReuse: true })
      const { body } = await harness.signIn('ada')
      const other = await harness.signIn('ada')
      const next = await harness.refresh(body.refresh_token)
      assertRefused(await harness.refresh(body.refresh_token), 70000)
      assertRefused(await harness.refresh(next.body.refresh_token), 50173)
      assert.equal((await harness.refresh(other.body.refresh_token)).status, 200, 'another sign-in is not touched')
    })

    it('of the home tenant at the guest tenant, where the person is someone else', async () => {
      const { body } = await harness.signIn('ada')
      const guest = await harness.refresh(body.refresh_token, {}, simulator.tenants.guest)
      const claims = decodeJwt(guest.body.id_token)
      assert.equal(claims['tid'], simulator.tenants.guest)
      assert.notEqual(claims['oid'], decodeJwt(body.id_token)['oid'])
      assert.equal(claims.iss, `${simulator.http}/${simulator.tenants.guest}/v2.0`)
      assert.equal(guest.body['client_info'], body['client_info'], 'the home account stays the same')
      const stranger = await harness.signIn('gus')
      assertRefused(await harness.refresh(stranger.body.refresh_token, {}, simulator.tenants.home), 50020)
    })

    it('of its own client and its family only', async () => {
      const { family, familySibling } = simulator.world.apps
      const { body } = await harness.signIn('ada', undefined, { client_id: family.clientId })
      assert.equal(body['foci'], '1')
      const sibling = await harness.refresh(body.refresh_token, { client_id: familySibling.clientId })
      assert.equal(sibling.body['foci'], '1')
      const foreign = await harness.refresh(body.refresh_token)
      assertRefused(foreign, 70000)
      assert.equal(foreign.body['suberror'], 'client_mismatch')
    })

    it('until it is ninety days old, revoked, expired by a test, or its owner blocked from it by a new rule', async () => {
      const { body } = await harness.signIn('ada')
      const token = body.refresh_token
      simulator.controls.requireSecondFactor({ username: 'ada@contoso.test', required: true })
      const step = await harness.refresh(token)
      assertRefused(step, 50076)
      assert.equal(step.body['suberror'], 'basic_action')
      assert.ok(JSON.parse(step.body.claims).access_token.capolids)
      simulator.controls.requireSecondFactor({ username: 'ada@contoso.test', required: false })
      assertRefused(await harness.refresh(token, { scope: 'Mail.Send' }), 65001)
      assertRefused(await harness.refresh(token, { scope: 'Directory.ReadWrite.All' }), 90094)
      assertRefused(await harness.refresh(token, { scope: 'No.Such' }), 70011, 'invalid_scope')
      assert.equal((await harness.refresh(token)).status, 200)
      simulator.controls.advanceClock({ seconds: 90 * 86_400 })
      assertRefused(await harness.refresh(token), 700082)
      simulator.controls.expireTokens({ username: 'ada@contoso.test' })
      assertRefused(await harness.refresh(token), 700082)
      simulator.controls.revokeTokens({ username: 'ada@contoso.test' })
      assertRefused(await harness.refresh(token), 50173)
    })
  })

  describe('with user name and password', () => {
    const signIn = (name: string, form = {}, tenant = 'organizations') => {
      const { username, password } = harness.person(name)
      return harness.token({ grant_type: 'password', username, password, scope: 'User.Read openid', ...form }, tenant)
    }
    it('signs in who needs nothing else', async () => {
      assert.equal(decodeJwt((await signIn('ada')).body.id_token)['preferred_username'], 'ada@contoso.test')
    })
    it('refuses everyone else', async () => {
      assertRefused(await signIn('ada', { password: 'wrong' }), 50126)
      assertRefused(await signIn('ada', { username: 'nobody@contoso.test' }), 50034)
      assertRefused(await signIn('mia'), 50076)
      assertRefused(await signIn('cora'), 65001)
      assertRefused(await signIn('bob'), 50057)
      assertRefused(await signIn('ada', {}, 'common'), 9001023, 'invalid_request')
    })
  })
})
