import assert from 'node:assert/strict'
import type { BrokerPlatform } from '../../../src/msal/core/broker-runtime.ts'
import { PopAuthScheme, type Account, type PublicClientOptions } from '../../../src/msal/index.ts'
import {
  ADA,
  BOB,
  CLIENT_ID,
  createTestClient,
  discovery,
  GUEST,
  HOME,
  HOST,
  metadataOf,
  refresh,
  signIn,
  tokensFor,
} from '../../support/entra.ts'
import type { ScriptedExchange } from '../../support/scripted-fetch.ts'
import {
  ALL_BROKERS,
  brokerAccountOf,
  brokerFailure,
  brokerTokensFor,
  createScriptedBroker,
  type BrokerExchange,
  type BrokerTraits,
} from '../../support/scripted-broker.ts'

const scopes = ['User.Read']
const POP = new PopAuthScheme({ httpMethod: 'GET', url: 'https://api.example/p', nonce: 'n' })
const pop = { isPop: true, accessToken: '', authorizationHeader: 'pop a.b.c' }
const known: BrokerExchange = { method: 'readAccount', answer: brokerAccountOf(ADA) }
const unknown: BrokerExchange = { method: 'readAccount', answer: undefined }
const answer = (given: BrokerExchange['answer'] = brokerTokensFor(ADA, { accessToken: 'new' })): BrokerExchange => ({
  method: 'acquireTokenSilently',
  answer: given,
})
const first: BrokerExchange = { method: 'signInSilently', answer: brokerTokensFor() }

/** Ada, signed in by the broker. */
async function setUp(
  script: readonly BrokerExchange[],
  {
    network = [],
    traits = {},
    ...options
  }: Partial<PublicClientOptions> & {
    readonly network?: readonly ScriptedExchange[]
    readonly traits?: BrokerTraits
  } = {},
) {
  const broker = createScriptedBroker([first, ...script], traits)
  const made = createTestClient([discovery(), ...network], { ...ALL_BROKERS, ...options }, { broker: broker.host })
  const { account } = await made.client.acquireTokenInteractive({ scopes, parentWindowHandle: 1 })
  assert.ok(account)
  return { ...made, broker, account }
}

/** Ada with a refresh token, and an account whose origin is told or not. */
async function setUpWithRefreshToken(
  script: readonly BrokerExchange[],
  network: readonly ScriptedExchange[],
  accountSource?: string,
) {
  const broker = createScriptedBroker(script)
  const made = createTestClient([discovery(), signIn(), ...network], ALL_BROKERS, { broker: broker.host })
  const { account } = await made.client.acquireTokenByRefreshToken({ refreshToken: 'imported', scopes })
  assert.ok(account && account.accountSource === undefined)
  return { ...made, broker, account: { ...account, ...(accountSource && { accountSource }) } }
}
const renewed = refresh('rt-1', tokensFor(ADA, { access_token: 'by-refresh' }))

describe('A silent request for an account of the broker', () => {
  it('asks the broker when the token is over, and keeps what it brings', async () => {
    const { client, broker, account, clock } = await setUp([known, answer()])
    await clock.advance(3400_000)
    const result = await client.acquireTokenSilent({ scopes, account })
    assert.deepEqual([result?.accessToken, result?.tokenSource], ['new', 'broker'])
    assert.deepEqual(result?.account, account)
    broker.assertDone()
    const [, read, asked] = broker.calls
    assert.equal(read?.request.localAccountId, ADA.uid)
    assert.equal(read.request.correlationId, asked?.request.correlationId)
    assert.equal(result?.correlationId, asked?.request.correlationId)
    assert.deepEqual(asked?.request.account, brokerAccountOf(ADA))
    assert.equal(asked.request.authority, `${HOST}/${HOME}`)
    assert.equal(asked.request.accessTokenToRenew, undefined)
    assert.equal(asked.request.additional['validateAuthority'], undefined)
  })

  for (const [what, options] of [
    ['a forced refresh', { forceRefresh: true }],
    ['a claims challenge', { claimsChallenge: '{"access_token":{"d":1}}' }],
  ] as const)
    it(`passes the cached token by for ${what}, and names it to the broker; the new one takes its place`, async () => {
      const { client, broker, account } = await setUp([known, answer()])
      assert.equal((await client.acquireTokenSilent({ scopes, account, ...options }))?.accessToken, 'new')
      const { claims, accessTokenToRenew } = broker.calls[2]!.request
      assert.equal(accessTokenToRenew, 'broker-at')
      assert.equal(claims, 'claimsChallenge' in options ? options.claimsChallenge : undefined)
      const plain = await client.acquireTokenSilent({ scopes, account })
      assert.deepEqual([plain?.accessToken, plain?.tokenSource], ['new', 'cache'])
      broker.assertDone()
    })

  it('keeps tokens of forwarded claims apart', async () => {
    const { client, account, broker } = await setUp([known, answer()])
    const forwardedClientClaims = '{"access_token":{"x":1}}'
    await client.acquireTokenSilent({ scopes, account, forwardedClientClaims })
    assert.equal(broker.calls[2]?.request.claims, forwardedClientClaims)
    const again = await client.acquireTokenSilent({ scopes, account, forwardedClientClaims })
    assert.deepEqual([again?.accessToken, again?.tokenSource], ['new', 'cache'])
    assert.equal((await client.acquireTokenSilent({ scopes, account }))?.accessToken, 'broker-at')
  })

  it('asks for another tenant under that one', async () => {
    const foreign = brokerTokensFor(ADA, { accessToken: 'guest' }, { iss: `${HOST}/${GUEST}/v2.0`, tid: GUEST })
    const { client, account, broker } = await setUp([known, answer(foreign)], { network: [discovery(GUEST)] })
    const authority = `${HOST}/${GUEST}`
    const result = await client.acquireTokenSilent({ scopes, account, authority })
    assert.equal(result?.accessToken, 'guest')
    assert.equal(broker.calls[2]?.request.authority, authority)
    assert.equal((await client.acquireTokenSilent({ scopes, account, authority }))?.tokenSource, 'cache')
    assert.equal((await client.acquireTokenSilent({ scopes, account }))?.accessToken, 'broker-at')
  })

  for (const status of [0, 2, 6, 13, 4711])
    it(`that the broker refuses (status ${status}) needs a person, and no refresh token is tried`, async () => {
      const { client, account, network } = await setUp([
        known,
        answer(brokerFailure(status)),
        known,
        answer(brokerFailure(status)),
      ])
      const request = { scopes, account, forceRefresh: true }
      assert.equal(await client.acquireTokenSilent(request), null)
      await assert.rejects(client.acquireTokenSilentWithError(request), { error: 'broker_error' })
      network.assertDone()
    })

  for (const [what, failure] of [
    ['has no network', brokerFailure(3)],
    ['finds the network out of order', brokerFailure(4)],
    ['finds the server out of order', brokerFailure(5)],
  ] as const)
    it(`needs no person because the broker ${what}`, async () => {
      const { client, account } = await setUp([known, answer(failure)])
      const request = client.acquireTokenSilent({ scopes, account, forceRefresh: true })
      await assert.rejects(request, { name: 'BrokerError' })
    })

  it('needs no person because the broker is gone', async () => {
    const { BrokerError } = await import('../../../src/msal/index.ts')
    const { client, account } = await setUp([{ method: 'readAccount', answer: new BrokerError('gone') }])
    await assert.rejects(client.acquireTokenSilent({ scopes, account, forceRefresh: true }), /gone/)
  })

  it('finds nothing where the broker has forgotten the account, or can not be had', async () => {
    const { client, account, broker } = await setUp([unknown])
    assert.equal(await client.acquireTokenSilent({ scopes, account, forceRefresh: true }), null)
    broker.assertDone()
    const { tokenCache } = { tokenCache: (await setUp([])).cache }
    const { host } = createScriptedBroker([], { start: { state: 'unavailable', reason: 'r' } })
    const without = createTestClient([discovery()], { ...ALL_BROKERS, tokenCache }, { broker: host })
    const [found] = await without.client.getAccounts()
    assert.equal((await without.client.acquireTokenSilent({ scopes, account: found }))?.tokenSource, 'cache')
    assert.equal(await without.client.acquireTokenSilent({ scopes, account: found, forceRefresh: true }), null)
  })

  it('refuses tokens of another account', async () => {
    const { client, account, cache } = await setUp([known, answer(brokerTokensFor(BOB))])
    const request = client.acquireTokenSilentWithError({ scopes, account, forceRefresh: true })
    await assert.rejects(request, /another account/)
    assert.equal(cache.find({ credentialType: 'Account' }).length, 1)
  })

  it('that the broker refuses is not asked for again under other names of the authority', async () => {
    const alias = `https://login.windows.net/${HOME}`
    const { client, account, cache, broker, network } = await setUp([known, answer(brokerFailure(2))], {
      network: [
        { url: `${alias}/v2.0/.well-known/openid-configuration`, answer: { json: metadataOf(alias) } },
        {
          method: 'POST',
          url: `${alias}/oauth2/v2.0/token`,
          answer: { status: 400, json: { error: 'invalid_grant' } },
        },
      ],
    })
    cache.add({
      client_id: CLIENT_ID,
      environment: 'login.windows.net',
      realm: HOME,
      response: { refresh_token: 'rt', client_info: brokerAccountOf(ADA).clientInfo },
    })
    assert.equal(await client.acquireTokenSilent({ scopes, account, forceRefresh: true }), null)
    broker.assertDone()
    network.assertDone()
  })

  it('is one call, however many ask at once', async () => {
    const { client, account, broker } = await setUp([known, answer()])
    const request = { scopes, account, forceRefresh: true }
    const results = await Promise.all([1, 2, 3].map(() => client.acquireTokenSilent(request)))
    assert.deepEqual(new Set(results.map((result) => result?.accessToken)), new Set(['new']))
    broker.assertDone()
  })

  it('does not bring an account back that is signed out meanwhile', async () => {
    let removal: Promise<void> | undefined
    const { client, account, cache, broker } = await setUp([
      known,
      answer(async () => {
        removal = client.removeAccount({ account })
        await removal
        return brokerTokensFor()
      }),
      { method: 'readAccount', answer: undefined },
    ])
    assert.equal(await client.acquireTokenSilent({ scopes, account, forceRefresh: true }), null)
    broker.assertDone()
    for (const credentialType of ['Account', 'AccessToken', 'IdToken'] as const)
      assert.deepEqual(cache.find({ credentialType }), [])
  })

  it('brings no account back that was signed out while the broker was starting', async () => {
    const { account, cache: tokenCache } = await setUp([])
    const { host } = createScriptedBroker([unknown, known, answer()])
    let starts = 0
    const start: typeof host.start = async (log) => {
      // The sign-out asks for the broker too.
      if (starts++ === 0) await client.removeAccount({ account })
      return host.start(log)
    }
    const broker = { ...host, start }
    const { client } = createTestClient([discovery()], { ...ALL_BROKERS, tokenCache }, { broker })
    assert.equal(await client.acquireTokenSilent({ scopes, account, forceRefresh: true }), null)
    for (const credentialType of ['Account', 'AccessToken', 'IdToken'] as const)
      assert.deepEqual(tokenCache.find({ credentialType }), [])
  })

  it('serves an account that another cache remembers', async () => {
    const { account } = await setUp([])
    const broker = createScriptedBroker([known, answer()])
    const { client } = createTestClient([discovery()], ALL_BROKERS, { broker: broker.host })
    assert.equal((await client.acquireTokenSilent({ scopes, account }))?.accessToken, 'new')
    assert.equal((await client.acquireTokenSilent({ scopes, account }))?.tokenSource, 'cache')
    assert.equal((await client.getAccounts())[0]?.accountSource, 'broker')
  })
})

describe('A silent request for an account of unknown origin', () => {
  it('asks the broker first, and notes that it serves the account', async () => {
    const { client, account, broker, cache } = await setUpWithRefreshToken([known, answer()], [])
    assert.equal((await client.acquireTokenSilent({ scopes, account, forceRefresh: true }))?.accessToken, 'new')
    broker.assertDone()
    assert.equal(cache.find({ credentialType: 'Account' })[0]?.account_source, 'broker')
  })

  for (const [what, script] of [
    ['does not know the account', [unknown]],
    ['refuses', [known, answer(brokerFailure(2))]],
    ['breaks', [known, answer(brokerFailure(0))]],
    ['answers nonsense', [known, answer(brokerTokensFor(ADA, { accessToken: '' }))]],
  ] as const)
    it(`is left to the refresh token where the broker ${what}`, async () => {
      const { client, account, broker, network } = await setUpWithRefreshToken(script, [renewed])
      const result = await client.acquireTokenSilent({ scopes, account, forceRefresh: true })
      assert.deepEqual([result?.accessToken, result?.tokenSource], ['by-refresh', 'identity_provider'])
      broker.assertDone()
      network.assertDone()
    })

  it('names the redirect URIs where one is missing', async () => {
    const missing = answer(brokerFailure(2, 'AADSTS50011'))
    const { client, account } = await setUpWithRefreshToken([known, missing], [])
    const request = client.acquireTokenSilent({ scopes, account, forceRefresh: true })
    await assert.rejects(request, { name: 'RedirectUriError' })
  })
})

describe('A silent request for an account of another grant', () => {
  for (const source of ['authorization_code', 'password', 'urn:ietf:params:oauth:grant-type:device_code'])
    it(`never asks the broker: ${source}`, async () => {
      const { client, account, broker } = await setUpWithRefreshToken([], [renewed], source)
      const result = await client.acquireTokenSilent({ scopes, account, forceRefresh: true })
      assert.equal(result?.accessToken, 'by-refresh')
      assert.equal(broker.starts.length, 0)
    })
})

describe('A silent request for a bound token', () => {
  it('asks the broker every time, and leaves the plain token alone', async () => {
    const bound = answer(brokerTokensFor(ADA, pop))
    const { client, account, broker } = await setUp([known, bound, known, bound])
    for (let i = 0; i < 2; i++) {
      const result = await client.acquireTokenSilent({ scopes, account, authScheme: POP })
      assert.deepEqual([result?.accessToken, result?.tokenType], ['a.b.c', 'pop'])
    }
    const plain = await client.acquireTokenSilent({ scopes, account })
    assert.deepEqual([plain?.accessToken, plain?.tokenType], ['broker-at', 'Bearer'])
    broker.assertDone()
  })

  for (const [what, options] of [
    ['asked for', {}],
    ['asked for by a claims challenge', { claimsChallenge: '{"access_token":{"d":1}}' }],
  ] as const)
    it(`is one call's alone: ${what} twice at once and once more, it is another each time`, async () => {
      const headers = ['pop a.a.a', 'pop b.b.b', 'pop c.c.c']
      const { client, account, broker } = await setUp(
        headers.flatMap((authorizationHeader) => [
          known,
          answer(brokerTokensFor(ADA, { ...pop, authorizationHeader })),
        ]),
      )
      const ask = async () => (await client.acquireTokenSilent({ scopes, account, authScheme: POP, ...options }))!
      const tokens = [...(await Promise.all([ask(), ask()])), await ask()].map(({ accessToken }) => accessToken)
      assert.deepEqual(tokens.sort(), ['a.a.a', 'b.b.b', 'c.c.c'])
      for (const { request } of broker.calls) assert.equal(request.accessTokenToRenew, undefined)
      assert.equal((await client.acquireTokenSilent({ scopes, account }))?.accessToken, 'broker-at')
      broker.assertDone()
    })

  it('that the broker refuses is refused, whatever refresh tokens lie under another name of the host', async () => {
    const { client, account, cache, broker } = await setUp([known, answer(brokerFailure(2))])
    cache.add({
      client_id: CLIENT_ID,
      scope: scopes,
      token_endpoint: 'https://login.windows.net/common/oauth2/v2.0/token',
      response: { refresh_token: 'other', client_info: brokerAccountOf(ADA).clientInfo },
    })
    assert.equal(await client.acquireTokenSilent({ scopes, account, authScheme: POP }), null)
    broker.assertDone()
  })

  it('is not mixed up with one for another request', async () => {
    const other = new PopAuthScheme({ httpMethod: 'PUT', url: 'https://api.example/q', nonce: 'n' })
    const { client, account, broker } = await setUp([
      ...[known, answer(brokerTokensFor(ADA, pop))],
      ...[known, answer(brokerTokensFor(ADA, { ...pop, authorizationHeader: 'pop d.e.f' }))],
    ])
    const results = await Promise.all(
      [POP, other].map((authScheme) => client.acquireTokenSilent({ scopes: [...scopes], account, authScheme })),
    )
    assert.deepEqual(new Set(results.map((result) => result?.accessToken)), new Set(['a.b.c', 'd.e.f']))
    broker.assertDone()
  })

  const refused: readonly [what: string, platform: BrokerPlatform, account: Partial<Account>][] = [
    ['on Linux', 'linux', {}],
    ['on WSL', 'wsl', {}],
    ['for an account of another grant', 'windows', { accountSource: 'authorization_code' }],
  ]
  for (const [what, platform, changes] of refused)
    it(`is refused ${what}`, async () => {
      const { client, account, broker } = await setUp([], { traits: { platform } })
      const request = client.acquireTokenSilent({ scopes, account: { ...account, ...changes }, authScheme: POP })
      await assert.rejects(request, { name: 'ConfigurationError', argument: 'authScheme' })
      broker.assertDone()
    })

  it('is refused where no broker is enabled, before any request', async () => {
    const { account } = await setUp([])
    const { client, network } = createTestClient([])
    const request = client.acquireTokenSilent({ scopes, account, authScheme: POP })
    await assert.rejects(request, { name: 'ConfigurationError', argument: 'authScheme' })
    assert.equal(network.requests.length, 0)
  })
})

describe('A sign-out', () => {
  const signOut = (given: BrokerExchange['answer']): BrokerExchange => ({ method: 'signOutSilently', answer: given })

  it('signs out at the broker too', async () => {
    const { client, account, broker } = await setUp([known, signOut(undefined)])
    await client.removeAccount({ account })
    broker.assertDone()
    const [, read, out] = broker.calls
    assert.equal(read?.request.localAccountId, ADA.uid)
    assert.deepEqual(out?.request.account, brokerAccountOf(ADA))
    assert.equal(out.request.clientId, CLIENT_ID)
    assert.deepEqual(await client.getAccounts(), [])
  })

  for (const [what, script] of [
    ['refuses', [known, signOut(brokerFailure(0, ADA.username).failure)]],
    ['does not know the account', [unknown]],
    ['is gone', [{ method: 'readAccount', answer: new Error(ADA.username) }]],
  ] as const)
    it(`forgets the account here where the broker ${what}, and only notes it`, async () => {
      const { client, account, broker, log } = await setUp(script)
      await client.removeAccount({ account })
      broker.assertDone()
      assert.deepEqual(await client.getAccounts(), [])
      assert.ok(!log.join().includes(ADA.username))
    })

  it('forgets the account at once, however long the broker takes', async () => {
    let setAsked: (() => void) | undefined
    const asked = new Promise<void>((resolve) => (setAsked = resolve))
    let answerNow: ((answer: undefined) => void) | undefined
    const slow = (): unknown => {
      setAsked?.()
      return new Promise((resolve) => (answerNow = resolve))
    }
    const { client, account, cache } = await setUp([{ method: 'readAccount', answer: slow }])
    const removal = client.removeAccount({ account })
    await asked
    assert.deepEqual(await client.getAccounts(), [])
    assert.deepEqual(cache.find({ credentialType: 'AccessToken' }), [])
    answerNow?.(undefined)
    await removal
  })

  it('ends after 10 seconds where the broker does not answer', async () => {
    let setAsked: (() => void) | undefined
    const asked = new Promise<void>((resolve) => (setAsked = resolve))
    const hang = (_: unknown, signal: AbortSignal | undefined): unknown => {
      setAsked?.()
      return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)))
    }
    const { client, account, broker, clock } = await setUp([known, signOut(hang)])
    const removal = client.removeAccount({ account })
    await asked
    await clock.advance(10_000)
    await removal
    broker.assertDone()
  })

  it('forgets the account where the package of the broker is missing', async () => {
    const { cache: tokenCache } = await setUp([])
    const { host } = createScriptedBroker([], { start: { state: 'missing', hint: 'install this' } })
    const { client } = createTestClient([], { ...ALL_BROKERS, tokenCache }, { broker: host })
    const [account] = await client.getAccounts()
    assert.ok(account)
    await client.removeAccount({ account })
    assert.deepEqual(await client.getAccounts(), [])
  })
})

describe('A user name and a password', () => {
  const credentials = { username: ADA.username, password: 'p4ssw0rd', scopes }

  for (const platform of ['windows', 'mac'] as const)
    it(`go to the broker of ${platform}`, async () => {
      const broker = createScriptedBroker([first], { platform })
      const options = { ...ALL_BROKERS, clientCapabilities: ['CP1'] }
      const { client, network } = createTestClient([discovery()], options, { broker: broker.host })
      const result = await client.acquireTokenByUsernamePassword(credentials)
      assert.deepEqual([result.tokenSource, result.account?.accountSource], ['broker', 'broker'])
      const { additional, scopes: asked, claims } = broker.calls[0]!.request
      assert.equal(additional['MSALRuntime_Username'], ADA.username)
      assert.equal(additional['MSALRuntime_Password'], 'p4ssw0rd')
      assert.deepEqual(asked, scopes)
      assert.match(claims ?? '', /xms_cc/)
      network.assertDone()
    })

  for (const platform of ['linux', 'wsl'] as const)
    it(`do not go to the broker of ${platform}`, async () => {
      const broker = createScriptedBroker([], { platform })
      const realm = { url: `${HOST}/common/userrealm/ada%40contoso.com?api-version=1.0`, answer: { status: 404 } }
      const token = { method: 'POST', url: `${HOST}/${HOME}/oauth2/v2.0/token`, answer: { json: tokensFor(ADA) } }
      const { client } = createTestClient([discovery(), realm, token], ALL_BROKERS, { broker: broker.host })
      assert.equal((await client.acquireTokenByUsernamePassword(credentials)).tokenSource, 'identity_provider')
      assert.equal(broker.starts.length, 0)
    })

  it('that the broker refuses go nowhere else, and do not show', async () => {
    const broker = createScriptedBroker([{ method: 'signInSilently', answer: brokerFailure(2, 'AADSTS50126') }])
    const { client, network, log } = createTestClient([discovery()], ALL_BROKERS, { broker: broker.host })
    await assert.rejects(client.acquireTokenByUsernamePassword(credentials), (error: Error) => {
      assert.match(error.message, /AADSTS50126/)
      assert.doesNotMatch(error.message + log.join(), /p4ssw0rd|ada@/)
      return true
    })
    network.assertDone()
  })

  it('bring a bound token where one is asked for', async () => {
    const broker = createScriptedBroker([{ method: 'signInSilently', answer: brokerTokensFor(ADA, pop) }])
    const { client } = createTestClient([discovery()], ALL_BROKERS, { broker: broker.host })
    const result = await client.acquireTokenByUsernamePassword({ ...credentials, authScheme: POP })
    assert.equal(result.tokenType, 'pop')
  })

  it('can be given up', async () => {
    const broker = createScriptedBroker([first])
    const { client } = createTestClient([discovery()], ALL_BROKERS, { broker: broker.host })
    const signal = AbortSignal.abort(new Error('enough'))
    await assert.rejects(client.acquireTokenByUsernamePassword({ ...credentials, signal }), /enough/)
    assert.equal(broker.calls.length, 0)
  })
})
