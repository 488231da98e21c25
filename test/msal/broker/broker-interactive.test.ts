import assert from 'node:assert/strict'
import type { BrokerPlatform } from '../../../src/msal/core/broker-runtime.ts'
import {
  PopAuthScheme,
  Prompt,
  PublicClientApplication,
  type InteractiveOptions,
  type PublicClientOptions,
} from '../../../src/msal/index.ts'
import { ADA, BOB, createTestClient, discovery, HOME, HOST } from '../../support/entra.ts'
import {
  ALL_BROKERS,
  brokerAccountOf,
  brokerFailure,
  brokerTokensFor,
  createScriptedBroker,
  type BrokerExchange,
  type BrokerTraits,
} from '../../support/scripted-broker.ts'

const REQUEST: InteractiveOptions = {
  scopes: ['User.Read'],
  parentWindowHandle: PublicClientApplication.CONSOLE_WINDOW_HANDLE,
}
const POP = new PopAuthScheme({ httpMethod: 'GET', url: 'https://api.example/p', nonce: 'n' })

const silently = (answer: BrokerExchange['answer']): BrokerExchange => ({ method: 'signInSilently', answer })
const byWindow = (answer: BrokerExchange['answer'] = brokerTokensFor()): BrokerExchange => ({
  method: 'signInInteractively',
  answer,
})
const known = (person = ADA): BrokerExchange => ({ method: 'readAccount', answer: brokerAccountOf(person) })
const forKnown = (answer: BrokerExchange['answer'] = brokerTokensFor()): BrokerExchange => ({
  method: 'acquireTokenSilently',
  answer,
})
const needsPerson = brokerFailure(2)
const signedInBefore = (seconds: number) => brokerTokensFor(ADA, {}, { auth_time: 1767225600 - seconds })
const pop = { isPop: true, accessToken: '', authorizationHeader: 'pop a.b.c' }

function setUp(
  script: readonly BrokerExchange[],
  options: Partial<PublicClientOptions> = {},
  traits: BrokerTraits = {},
) {
  const broker = createScriptedBroker(script, traits)
  return { broker, ...createTestClient([discovery()], { ...ALL_BROKERS, ...options }, { broker: broker.host }) }
}

/** The same with Ada in the cache. */
async function setUpWithAda(script: readonly BrokerExchange[]) {
  const made = setUp([silently(brokerTokensFor()), ...script])
  await made.client.acquireTokenInteractive(REQUEST)
  return made
}

describe('A sign-in by a broker', () => {
  it('keeps the account and the tokens as those of a broker', async () => {
    const { client, broker, cache } = setUp([silently(brokerTokensFor())])
    const result = await client.acquireTokenInteractive(REQUEST)
    const { account, idTokenClaims, ...rest } = result
    assert.deepEqual(
      [rest.accessToken, rest.tokenType, rest.scopes, rest.expiresIn, rest.tokenSource],
      ['broker-at', 'Bearer', ['User.Read'], 3600, 'broker'],
    )
    assert.equal(idTokenClaims?.['preferred_username'], ADA.username)
    assert.equal(rest.correlationId, broker.calls[0]?.request.correlationId)
    assert.deepEqual(account, {
      homeAccountId: `${ADA.uid}.${ADA.utid}`,
      environment: 'login.microsoftonline.com',
      realm: HOME,
      localAccountId: ADA.uid,
      username: ADA.username,
      authorityType: 'MSSTS',
      accountSource: 'broker',
    })
    assert.deepEqual(await client.getAccounts(), [account])
    assert.equal(cache.find({ credentialType: 'Account' })[0]?.account_source, 'broker')
    assert.equal(cache.find({ credentialType: 'RefreshToken' }).length, 0)
    assert.equal((await client.acquireTokenSilent({ scopes: ['User.Read'], account }))?.tokenSource, 'cache')
    broker.assertDone()
  })

  it('asks with the resolved tenant, the plain scopes and the claims of challenge and capabilities', async () => {
    const { client, broker } = setUp([silently(brokerTokensFor())], { clientCapabilities: ['CP1'] })
    await client.acquireTokenInteractive({ ...REQUEST, claimsChallenge: '{"access_token":{"d":1}}' })
    const [call] = broker.calls
    assert.equal(call?.request.authority, `${HOST}/${HOME}`)
    assert.deepEqual(call.request.scopes, ['User.Read'])
    assert.equal(call.request.claims, '{"access_token":{"d":1,"xms_cc":{"values":["CP1"]}}}')
  })

  type Orders = readonly [
    what: string,
    options: object,
    script: readonly BrokerExchange[],
    outcome: 'token' | RegExp,
    ui?: boolean,
  ]
  const orders: readonly Orders[] = [
    ['silent first', {}, [silently(brokerTokensFor())], 'token'],
    ['the window where the person is needed', {}, [silently(needsPerson), byWindow()], 'token', true],
    ['the window where the account is unusable', {}, [silently(brokerFailure(13)), byWindow()], 'token', true],
    ['no window after another failure', {}, [silently(brokerFailure(3, 'offline'))], /offline.*NoNetwork/],
    ['no window after a status that nobody knows', {}, [silently(brokerFailure(99))], /Status: 99/],
    ['no window after a broken answer', {}, [silently(brokerTokensFor(ADA, { accessToken: '' }))], /without an access/],
    ['no window with prompt none', { prompt: 'none' }, [silently(needsPerson)], /InteractionRequired/],
    ['silent alone with prompt none', { prompt: 'none' }, [silently(brokerTokensFor())], 'token'],
    ['the window at once with select_account', { prompt: 'select_account' }, [byWindow()], 'token', true],
    ['the window at once with login', { prompt: 'login' }, [byWindow()], 'token', true],
    ['silent for the user that was meant', { loginHint: ADA.username }, [silently(brokerTokensFor())], 'token'],
    [
      'silent for the user that was meant, in other capitals',
      { loginHint: 'ADA@contoso.COM' },
      [silently(brokerTokensFor())],
      'token',
    ],
    [
      'the window where silent gave another user',
      { loginHint: ADA.username },
      [silently(brokerTokensFor(BOB)), byWindow()],
      'token',
      true,
    ],
    [
      'no window where silent gave another user, with prompt none',
      { loginHint: ADA.username, prompt: 'none' },
      [silently(brokerTokensFor(BOB))],
      /Another account/,
    ],
    [
      'the window where silent gave a nameless user',
      { loginHint: ADA.username },
      [
        silently(
          brokerTokensFor(ADA, { account: brokerAccountOf(ADA, { username: '' }) }, { preferred_username: undefined }),
        ),
        byWindow(),
      ],
      'token',
      true,
    ],
    [
      'the window where silent gave a sign-in that is too old',
      { maxAge: 60 },
      [silently(brokerTokensFor(ADA, {}, { auth_time: 1767225600 - 3600 })), byWindow()],
      'token',
      true,
    ],
    ['what the window refused', { prompt: 'login' }, [byWindow(brokerFailure(7))], /UserCanceled/, true],
  ]
  for (const [what, options, script, outcome, showsUi = false] of orders)
    it(`asks ${what}`, async () => {
      const { client, broker, network } = setUp(script)
      const shown: string[] = []
      const signIn = client.acquireTokenInteractive({
        ...REQUEST,
        ...options,
        onBeforeLaunchingUi: ({ ui }) => shown.push(ui),
      })
      if (outcome === 'token') assert.equal((await signIn).account?.username, ADA.username)
      else await assert.rejects(signIn, { name: 'BrokerError', error: 'broker_error', message: outcome })
      assert.deepEqual(shown, showsUi ? ['broker'] : [])
      broker.assertDone()
      network.assertDone()
    })

  const hinted: readonly [what: string, options: object, script: readonly BrokerExchange[]][] = [
    ['for the one account that it means', {}, [known(), forKnown()]],
    ['for the one account that it means, whatever the prompt', { prompt: 'login' }, [known(), forKnown()]],
    ['in other capitals', { loginHint: ADA.username.toUpperCase() }, [known(), forKnown()]],
    [
      'for whoever is signed in where the broker does not know the account',
      {},
      [{ method: 'readAccount', answer: undefined }, silently(brokerTokensFor())],
    ],
    [
      'for whoever is signed in where the broker refuses the account, for whatever reason',
      {},
      [known(), forKnown(brokerFailure(0)), silently(brokerTokensFor())],
    ],
    [
      'for whoever is signed in where the broker answers for another account',
      {},
      [known(), forKnown(brokerTokensFor(BOB)), silently(brokerTokensFor())],
    ],
    ['of a person after all', {}, [known(), forKnown(brokerFailure(2)), silently(brokerFailure(2)), byWindow()]],
    [
      'of a person where the sign-in of the account is older than maxAge allows',
      { maxAge: 60 },
      [known(), forKnown(signedInBefore(3600)), silently(signedInBefore(3600)), byWindow(signedInBefore(0))],
    ],
    ['of a person at once with select_account', { prompt: 'select_account' }, [byWindow()]],
    ['of somebody unknown', { loginHint: BOB.username }, [silently(brokerTokensFor(BOB))]],
  ]
  for (const [what, options, script] of hinted)
    it(`with a hint asks for a token ${what}`, async () => {
      const { client, broker } = await setUpWithAda(script)
      await client.acquireTokenInteractive({ ...REQUEST, loginHint: ADA.username, ...options })
      broker.assertDone()
    })

  it('with a hint that means two accounts asks for neither of them', async () => {
    const namesake = brokerTokensFor(BOB, {}, { preferred_username: ADA.username })
    const { client, broker } = await setUpWithAda([silently(namesake), silently(brokerTokensFor())])
    await client.acquireTokenInteractive(REQUEST)
    await client.acquireTokenInteractive({ ...REQUEST, loginHint: ADA.username })
    broker.assertDone()
  })

  it('asks for the account by the id that the broker gave it', async () => {
    const { client, broker } = await setUpWithAda([known(), forKnown()])
    await client.acquireTokenInteractive({ ...REQUEST, loginHint: ADA.username })
    assert.equal(broker.calls[1]?.request.localAccountId, ADA.uid)
    assert.deepEqual(broker.calls[2]?.request.account, brokerAccountOf(ADA))
  })

  it('passes on what brokers take, and only to a sign-in', async () => {
    const { client, broker } = await setUpWithAda([known(), forKnown(needsPerson), silently(needsPerson), byWindow()])
    const options = { maxAge: 60, enableMsaPassthrough: true, domainHint: 'contoso.com', port: 1 }
    await client.acquireTokenInteractive({ ...REQUEST, ...options, loginHint: ADA.username })
    const [forAccount, silent, window] = broker.calls.slice(2).map(({ request: { additional } }) => {
      const { msal_client_sku: sku, msal_client_ver: version, ...rest } = additional
      assert.ok(sku && version)
      return rest
    })
    assert.deepEqual(forAccount, {})
    const common = { max_age: '60', msal_request_type: 'consumer_passthrough' }
    assert.deepEqual(silent, common)
    assert.deepEqual(window, { ...common, msal_gui_thread: 'true' })
  })

  it('leaves out what brokers know nothing of, and says so', async () => {
    const { client, log, broker } = setUp([byWindow(), byWindow()])
    await client.acquireTokenInteractive({ ...REQUEST, prompt: 'consent', extraScopesToConsent: ['Mail.Read'] })
    assert.ok(
      log.some((line) => line.includes('extraScopesToConsent')) && log.some((line) => line.includes('consent"')),
    )
    await client.acquireTokenInteractive({ ...REQUEST, prompt: Prompt.SELECT_ACCOUNT, loginHint: BOB.username })
    assert.ok(log.some((line) => line.startsWith('loginHint')))
    const [first, second] = broker.calls.map(({ request }) => request)
    assert.deepEqual(first?.scopes, ['User.Read'])
    assert.equal(first.choosesAccount, false)
    assert.equal(second?.accountHint, '')
    assert.equal(second.choosesAccount, true)
    assert.ok(!log.join().includes(BOB.username))
  })

  const windows: readonly [InteractiveOptions['parentWindowHandle'], string, string | undefined][] = [
    [PublicClientApplication.CONSOLE_WINDOW_HANDLE, '', 'true'],
    [0x2a, '2a00000000000000', undefined],
    [Uint8Array.of(1, 0, 0, 0), '01000000', undefined],
  ]
  for (const [handle, bytes, guiThread] of windows)
    it(`gives the window that owns the dialog: ${String(handle)}`, async () => {
      const { client, broker } = setUp([byWindow()])
      await client.acquireTokenInteractive({ ...REQUEST, prompt: 'login', parentWindowHandle: handle })
      const request = broker.calls[0]?.request
      assert.equal(Buffer.from(request?.parentWindowHandle ?? []).toString('hex'), bytes)
      assert.equal(request?.additional['msal_gui_thread'], guiThread)
    })

  it('takes a window, before anything is asked; without a broker none is needed', async () => {
    const { client, broker } = setUp([])
    const withoutWindow = { scopes: ['User.Read'] }
    const expected = { name: 'ConfigurationError', argument: 'parentWindowHandle' }
    await assert.rejects(client.acquireTokenInteractive(withoutWindow), expected)
    assert.equal(broker.calls.length, 0)
    const other = setUp([], {}, { start: { state: 'unavailable', reason: 'r' } })
    const signIn = other.client.acquireTokenInteractive({ ...withoutWindow, openBrowser: () => false })
    await assert.rejects(signIn, { name: 'InteractionError' })
  })

  for (const platform of ['windows', 'mac'] as const)
    it(`binds a token to a request on ${platform}, and keeps none`, async () => {
      const { client, broker, cache } = setUp([silently(brokerTokensFor(ADA, pop))], {}, { platform })
      const result = await client.acquireTokenInteractive({ ...REQUEST, authScheme: POP })
      assert.deepEqual([result.accessToken, result.tokenType], ['a.b.c', 'pop'])
      assert.deepEqual(broker.calls[0]?.request.pop, { method: 'GET', host: 'api.example', path: '/p', nonce: 'n' })
      assert.equal(cache.find({ credentialType: 'AccessToken' }).length, 0)
      assert.equal((await client.getAccounts())[0]?.accountSource, 'broker')
    })

  for (const platform of ['linux', 'wsl', undefined] satisfies (BrokerPlatform | undefined)[])
    it(`refuses to bind a token on ${platform ?? 'a machine without brokers'}`, async () => {
      const { client, network } = setUp(
        [],
        {},
        platform ? { platform } : { start: { state: 'unavailable', reason: '' } },
      )
      const signIn = client.acquireTokenInteractive({ ...REQUEST, authScheme: POP })
      await assert.rejects(signIn, { name: 'ConfigurationError', argument: 'authScheme' })
      assert.equal(network.requests.length, 0)
    })

  it('refuses a plain token where a bound one was asked for', async () => {
    const { client } = setUp([silently(brokerTokensFor())])
    await assert.rejects(client.acquireTokenInteractive({ ...REQUEST, authScheme: POP }), /not bound/)
  })

  it('refuses an ID token for another client, and keeps nothing', async () => {
    const { client, cache } = setUp([silently(brokerTokensFor(ADA, {}, { aud: 'another' }))])
    await assert.rejects(client.acquireTokenInteractive(REQUEST), { name: 'IdTokenError' })
    assert.equal(cache.find({ credentialType: 'AccessToken' }).length, 0)
  })

  it('judges the age of a sign-in by the ID token, where that tells it', async () => {
    const old = brokerTokensFor(ADA, {}, { auth_time: 1767225600 - 3600 })
    const { client } = setUp([byWindow(old), byWindow()])
    const request = { ...REQUEST, prompt: 'login', maxAge: 60 }
    await assert.rejects(client.acquireTokenInteractive(request), { name: 'IdTokenError' })
    assert.equal((await client.acquireTokenInteractive(request)).tokenSource, 'broker')
  })

  it('hands the telemetry on as it is, without the part that names the account', async () => {
    const telemetry = '{"a":1,"wam_telemetry":"x"}'
    const { client } = setUp([silently(brokerTokensFor(ADA, { telemetry }))])
    assert.equal((await client.acquireTokenInteractive(REQUEST)).msalruntimeTelemetry, '{"a":1}')
  })

  it('names the redirect URIs where one is missing, and shows no window', async () => {
    const missing = silently(brokerFailure(2, 'AADSTS50011: no such reply address'))
    const { client, broker } = setUp([missing])
    await assert.rejects(client.acquireTokenInteractive(REQUEST), { name: 'RedirectUriError' })
    broker.assertDone()
  })

  it('names the redirect URI that the application bundle of the machine has', async () => {
    const redirectUri = 'msauth.com.contoso.app://auth'
    const { client, broker } = setUp([silently(brokerTokensFor())], {}, { platform: 'mac', redirectUri })
    await client.acquireTokenInteractive(REQUEST)
    assert.equal(broker.calls[0]?.request.redirectUri, redirectUri)
  })

  const waiting = (_: unknown, signal: AbortSignal | undefined) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error))
    })

  it('can be given up while the window is shown', async () => {
    const { client, broker } = setUp([byWindow(waiting)])
    const abort = new AbortController()
    const signIn = client.acquireTokenInteractive({
      ...REQUEST,
      prompt: 'login',
      signal: abort.signal,
      onBeforeLaunchingUi: () => setImmediate(() => abort.abort(new Error('enough'))),
    })
    await assert.rejects(signIn, /enough/)
    broker.assertDone()
  })

  it('ends after its time', async () => {
    let setAsked: (() => void) | undefined
    const asked = new Promise<void>((resolve) => (setAsked = resolve))
    const ask = (request: unknown, signal: AbortSignal | undefined) => {
      setAsked?.()
      return waiting(request, signal)
    }
    const { client, clock } = setUp([silently(ask)])
    const signIn = client.acquireTokenInteractive({ ...REQUEST, timeout: 30 })
    void signIn.catch(() => undefined)
    await asked
    await clock.advance(30_000)
    await assert.rejects(signIn, { name: 'InteractionError', reason: 'timeout' })
  })

  it('shows no name in the log, unless names may be there', async () => {
    for (const enablePiiLog of [false, true]) {
      const script = [
        silently(brokerTokensFor()),
        ...[known(), forKnown(needsPerson), silently(brokerTokensFor(BOB)), byWindow()],
      ]
      const { client, log } = setUp(script, { enablePiiLog })
      await client.acquireTokenInteractive(REQUEST)
      await client.acquireTokenInteractive({ ...REQUEST, loginHint: ADA.username })
      assert.equal(log.join().includes(ADA.username), enablePiiLog)
      assert.doesNotMatch(log.join(), /broker-at|bob@/)
    }
  })
})
