import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { decodeJwt } from 'jose'
import { codeVerifier, createHarness, redirectUri, type Harness } from './harness.ts'
import { startSimulator, type Simulator } from './server.ts'

describe('the authorization endpoint', () => {
  let simulator: Simulator
  let harness: Harness

  before(async () => {
    simulator = await startSimulator()
    harness = createHarness(simulator)
  })
  after(() => simulator.stop())

  describe('shows an error page and sends nothing to the app', () => {
    const cases = [
      ['when the redirect URI is not registered', { redirect_uri: 'https://evil.test/' }, 'common', 50011],
      ['when the redirect URI has another path', { redirect_uri: 'http://localhost:4711/other' }, 'common', 50011],
      ['when localhost is written as an address', { redirect_uri: 'http://127.0.0.1:4711' }, 'common', 50011],
      ['when the client is unknown', { client_id: '00000000-0000-4000-8000-000000000000' }, 'common', 700016],
      ['when no client is named', { client_id: undefined }, 'common', 900144],
      ['when the tenant is unknown', {}, 'nowhere.test', 90002],
    ] as const
    for (const [title, parameters, tenant, number] of cases) {
      it(title, async () => {
        const page = await harness.browser().open(harness.authorizeUrl({ state: 's', ...parameters }, tenant))
        assert.equal(page.status, 400)
        assert.equal(page.answer, undefined)
        assert.match(page.body, new RegExp(`AADSTS${number}:`))
      })
    }
  })

  describe('sends an error to the app', () => {
    const cases = [
      ['when PKCE is missing', { code_challenge: undefined }, 'invalid_request', 9002325],
      ['when the challenge is malformed', { code_challenge: 'short' }, 'invalid_request', 90023],
      ['when the challenge method is unknown', { code_challenge_method: 'S1' }, 'invalid_request', 90023],
      ['when the response type is not code', { response_type: 'token' }, 'unsupported_response_type', 70005],
      ['when the response mode is unknown', { response_mode: 'carrier_pigeon' }, 'invalid_request', 90023],
      ['when no scope is asked for', { scope: ' ' }, 'invalid_request', 900144],
      ['when a scope does not exist', { scope: 'No.Such' }, 'invalid_scope', 70011],
      ['when a resource does not exist', { scope: 'api://nothing/read' }, 'invalid_resource', 500011],
      ['when the prompt is unknown', { prompt: 'please' }, 'invalid_request', 90023],
      ['when claims are no JSON', { claims: '{' }, 'invalid_request', 9002313],
      ['when max_age is no number', { max_age: 'old' }, 'invalid_request', 90023],
      ['when nobody may be asked and nobody is signed in', { prompt: 'none' }, 'login_required', 50058],
    ] as const
    for (const [title, parameters, error, number] of cases) {
      it(title, async () => {
        const { answer } = await harness.browser().open(harness.authorizeUrl({ state: 'a&b', ...parameters }))
        assert.equal(answer?.get('error'), error)
        assert.match(
          answer.get('error_description') ?? '',
          new RegExp(`^AADSTS${number}: .+ Trace ID: .+ Correlation ID: .+ Timestamp: .+Z$`),
        )
        assert.equal(answer.get('state'), 'a&b')
        assert.equal(answer.get('code'), null)
      })
    }
  })

  it('answers in the response mode that is asked for', async () => {
    for (const [mode, sign] of [
      [undefined, '?'],
      ['query', '?'],
      ['fragment', '#'],
    ] as const) {
      const browser = harness.browser()
      const { url } = await browser.finish(
        await browser.open(harness.authorizeUrl({ response_mode: mode, state: 's' })),
        harness.person('ada'),
      )
      assert.ok(url.replace('4711/', '4711').startsWith(`${redirectUri}${sign}code=`), url)
    }
    const posted = await harness.authorize('ada', { response_mode: 'form_post', state: '"<s>"' })
    assert.equal(posted.get('state'), '"<s>"')
    assert.ok(posted.get('code'))
    const refused = await harness.browser().open(harness.authorizeUrl({ response_mode: 'form_post', prompt: 'none' }))
    assert.equal(refused.answer?.get('error'), 'login_required')
    assert.equal(refused.status, 200)
  })

  it('tells the app whose account it is', async () => {
    const answer = await harness.authorize('ada')
    const info = JSON.parse(Buffer.from(answer.get('client_info')!, 'base64url').toString())
    assert.deepEqual(info, {
      uid: simulator.world.users[0]!.objectIds.get(simulator.tenants.home),
      utid: simulator.tenants.home,
    })
  })

  it('accepts an editor’s own scheme as redirect URI, exactly as registered', async () => {
    const uri = 'vscode://entra-auth.entra-auth/callback'
    const answer = await harness.authorize('ada', { redirect_uri: uri })
    assert.ok(answer.get('code'))
    const page = await harness.browser().open(harness.authorizeUrl({ redirect_uri: `${uri}/` }))
    assert.match(page.body, /AADSTS50011/)
  })

  it('says on the page what was wrong with user name, password or account', async () => {
    const refusals = [
      [{ username: 'nobody@contoso.test', password: 'x' }, 50034],
      [{ ...harness.person('ada'), password: 'wrong' }, 50126],
      [harness.person('bob'), 50057],
    ] as const
    for (const [fields, number] of refusals) {
      const browser = harness.browser()
      const page = await browser.submit(await browser.open(harness.authorizeUrl()), fields)
      assert.match(page.body, new RegExp(`role="alert"[^>]*>AADSTS${number}:`))
      assert.equal(page.answer, undefined)
      const next = await browser.submit(page, harness.person('ada'))
      assert.ok(next.answer?.get('code'), 'another account can sign in on the same page')
    }
  })

  it('lets only accounts into a tenant that it knows', async () => {
    const refuse = async (name: string, tenant: string, number: number): Promise<void> => {
      const browser = harness.browser()
      const page = await browser.submit(await browser.open(harness.authorizeUrl({}, tenant)), harness.person(name))
      assert.match(page.body, new RegExp(`AADSTS${number}:`))
    }
    await refuse('gus', simulator.tenants.home, 50020)
    await refuse('pia', 'organizations', 50020)
    await refuse('ada', 'consumers', 50034)
    assert.ok((await harness.authorize('pia', {}, 'consumers')).get('code'))
    assert.ok((await harness.authorize('pia')).get('code'))
    assert.ok((await harness.authorize('ada', {}, simulator.tenants.guest)).get('code'))
  })

  it('tells the app that the person cancelled', async () => {
    const browser = harness.browser()
    const { answer } = await browser.submit(await browser.open(harness.authorizeUrl({ state: 's' })), {}, 'Cancel')
    assert.equal(answer?.get('error'), 'access_denied')
    assert.equal(answer.get('error_subcode'), 'cancel')
  })

  it('asks for a second factor, and again if the code is wrong', async () => {
    const browser = harness.browser()
    const page = await browser.submit(await browser.open(harness.authorizeUrl()), harness.person('mia'))
    assert.match(page.body, /Enter the code/)
    const again = await browser.submit(page, { otc: '000000' })
    assert.match(again.body, /role="alert"/)
    const { answer } = await browser.submit(again, { otc: '123456' })
    assert.ok(answer?.get('code'))
  })

  it('asks for consent once per app, and tells the app when it is refused', async () => {
    const browser = harness.browser()
    const page = await browser.submit(await browser.open(harness.authorizeUrl()), harness.person('cora'))
    assert.match(page.body, /Permissions requested[\s\S]*User\.Read/)
    const refused = await browser.submit(page, {}, 'Cancel')
    assert.equal(refused.answer?.get('error'), 'access_denied')
    assert.match(refused.answer.get('error_description') ?? '', /AADSTS65004/)
    assert.ok((await harness.authorize('cora')).get('code'))
    const second = await browser.submit(await browser.open(harness.authorizeUrl()), harness.person('cora'))
    assert.ok(second.answer?.get('code'), 'no second question')
    simulator.controls.forgetConsents()
  })

  it('asks everyone for permissions that are not granted yet, and an administrator for some', async () => {
    const browser = harness.browser()
    const page = await browser.submit(
      await browser.open(harness.authorizeUrl({ scope: 'Mail.Send' })),
      harness.person('ada'),
    )
    assert.match(page.body, /Mail\.Send/)
    const admin = harness.browser()
    const refused = await admin.submit(
      await admin.open(harness.authorizeUrl({ scope: 'Directory.ReadWrite.All' })),
      harness.person('ada'),
    )
    assert.match(refused.body, /Need admin approval/)
    assert.equal((await admin.submit(refused)).answer?.get('error'), 'consent_required')
  })

  describe('with someone signed in in the browser', () => {
    it('signs in at once, unless a login is asked for', async () => {
      const browser = harness.browser()
      await browser.finish(await browser.open(harness.authorizeUrl()), harness.person('ada'))
      assert.ok((await browser.open(harness.authorizeUrl())).answer?.get('code'))
      assert.ok((await browser.open(harness.authorizeUrl({ prompt: 'none' }))).answer?.get('code'))
      assert.match((await browser.open(harness.authorizeUrl({ prompt: 'login' }))).body, /name="password"/)
      assert.match((await browser.open(harness.authorizeUrl({ prompt: 'create' }))).body, /name="password"/)
      assert.match((await browser.open(harness.authorizeUrl({ prompt: 'consent' }))).body, /Permissions requested/)
    })

    it('offers the accounts to pick from when asked to', async () => {
      const browser = harness.browser()
      await browser.finish(await browser.open(harness.authorizeUrl()), harness.person('ada'))
      const picker = await browser.open(harness.authorizeUrl({ prompt: 'select_account' }))
      assert.match(picker.body, /Pick an account/)
      assert.ok((await browser.submit(picker)).answer?.get('code'))
      const other = await browser.submit(
        await browser.open(harness.authorizeUrl({ prompt: 'select_account' })),
        {},
        'Use another account',
      )
      assert.ok((await browser.submit(other, harness.person('grace'))).answer?.get('code'))
      const both = await browser.open(harness.authorizeUrl())
      assert.match(both.body, /grace@contoso\.test[\s\S]*ada@contoso\.test/)
      const ambiguous = await browser.open(harness.authorizeUrl({ prompt: 'none' }))
      assert.equal(ambiguous.answer?.get('error'), 'interaction_required')
      const hinted = await browser.open(harness.authorizeUrl({ prompt: 'none', login_hint: 'Ada@contoso.test' }))
      assert.ok(hinted.answer?.get('code'))
    })

    it('asks for the password of the person that is hinted at', async () => {
      const browser = harness.browser()
      await browser.finish(await browser.open(harness.authorizeUrl()), harness.person('ada'))
      const page = await browser.open(harness.authorizeUrl({ login_hint: 'grace@contoso.test' }))
      assert.match(page.body, /value="grace@contoso\.test"/)
      const personal = await browser.open(harness.authorizeUrl({ domain_hint: 'consumers' }))
      assert.match(personal.body, /name="password"/)
    })

    it('asks for the password again when the sign-in is older than max_age', async () => {
      const browser = harness.browser()
      await browser.finish(await browser.open(harness.authorizeUrl()), harness.person('ada'))
      assert.ok((await browser.open(harness.authorizeUrl({ max_age: '60' }))).answer?.get('code'))
      simulator.controls.advanceClock({ seconds: 120 })
      assert.match((await browser.open(harness.authorizeUrl({ max_age: '60' }))).body, /name="password"/)
      assert.equal(
        (await browser.open(harness.authorizeUrl({ max_age: '60', prompt: 'none' }))).answer?.get('error'),
        'login_required',
      )
    })

    it('asks for the second factor when claims demand it', async () => {
      const claims = JSON.stringify({ access_token: { acrs: { essential: true, value: 'c1' } } })
      const browser = harness.browser()
      await browser.finish(await browser.open(harness.authorizeUrl()), harness.person('ada'))
      const silent = await browser.open(harness.authorizeUrl({ claims, prompt: 'none' }))
      assert.equal(silent.answer?.get('error'), 'interaction_required')
      const page = await browser.open(harness.authorizeUrl({ claims }))
      assert.match(page.body, /Enter the code/)
      const { answer } = await browser.submit(page, { otc: '123456' })
      const { body } = await harness.token({
        grant_type: 'authorization_code',
        code: answer!.get('code')!,
        redirect_uri: redirectUri,
        code_verifier: codeVerifier,
      })
      assert.deepEqual(decodeJwt(body.access_token)['acrs'], ['c1'])
    })

    it('forgets everyone at logout, and returns to a registered address only', async () => {
      const browser = harness.browser()
      await browser.finish(await browser.open(harness.authorizeUrl()), harness.person('ada'))
      const away = await browser.open(
        `${simulator.http}/common/oauth2/v2.0/logout?post_logout_redirect_uri=https://evil.test/`,
      )
      assert.match(away.body, /You signed out/)
      assert.match((await browser.open(harness.authorizeUrl())).body, /name="password"/)
      const back = await browser.open(
        `${simulator.http}/common/oauth2/v2.0/logout?state=s&post_logout_redirect_uri=${encodeURIComponent(redirectUri)}`,
      )
      assert.equal(back.url, `${redirectUri}/?state=s`)
    })
  })

  it('shows pages that say what they are and hold no markup from outside', async () => {
    const hint = '"><script>alert(1)</script>'
    const { body, headers } = await harness.browser().open(harness.authorizeUrl({ login_hint: hint }))
    assert.match(body, /Simulator – not a real identity provider/)
    assert.doesNotMatch(body, /<script>alert/)
    assert.match(String(headers['content-security-policy']), /default-src 'none'/)
    for (const [, id] of body.matchAll(/<input id="(\w+)"/g)) assert.match(body, new RegExp(`<label for="${id!}">`))
  })

  it('lets its own style and script run, and no other', async () => {
    const browser = harness.browser()
    const options = harness.authorizeUrl({ response_mode: 'form_post' })
    const { body, headers } = await browser.finish(await browser.open(options), harness.person('ada'))
    for (const element of ['style', 'script']) {
      const content = new RegExp(`<${element}>([^]*)</${element}>`).exec(body)?.[1] ?? ''
      const hash = createHash('sha256').update(content).digest('base64')
      assert.ok(String(headers['content-security-policy']).includes(`${element}-src 'sha256-${hash}'`), element)
    }
  })

  it('refuses a form of a sign-in that it does not know', async () => {
    const answer = await harness.post('/common/login', { ctx: 'unknown', step: 'sign-in' })
    assert.equal(answer.status, 400)
    assert.match(answer.body.text, /AADSTS16001/)
  })
})
