import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { BrokerRuntime, InteractiveBrokerRequest } from '../../src/msal/core/broker-runtime.ts'
import { startLinuxBroker, type LinuxBrokerOptions } from '../../src/node/linux-broker.ts'
import { ADA, BOB, CLIENT_ID, GUEST, HOME, HOST } from '../support/entra.ts'
import { BROKER_REQUEST, brokerAccountOf } from '../support/scripted-broker.ts'
import {
  startStandInBroker,
  startStandInBus,
  wireAccountOf,
  wireError,
  wireTokensFor,
  type StandInAnswer,
  type StandInBroker,
  type StandInBus,
} from '../support/stand-in-broker.ts'

const BY_WINDOW: InteractiveBrokerRequest = { ...BROKER_REQUEST, parentWindowHandle: new Uint8Array(), accountHint: '' }
/** Ada, as the broker's accounts name her. */
const KNOWN = { displayName: 'Ada Lovelace', givenName: 'Ada', familyName: 'Lovelace' }
const ACCOUNT = brokerAccountOf(ADA, KNOWN)
const never = () => new Promise<never>(() => undefined)

describe('The broker of Linux', () => {
  let bus: StandInBus
  let broker: StandInBroker
  let runtime: BrokerRuntime

  const start = (options: Partial<LinuxBrokerOptions> = {}) =>
    startLinuxBroker({ environment: { DBUS_SESSION_BUS_ADDRESS: bus.address }, ...options })

  beforeEach(async () => {
    bus = await startStandInBus()
    broker = await startStandInBroker(bus.address)
    const started = await start({ times: { silent: 5000, cancel: 200 } })
    assert.equal(started.state, 'ready')
    runtime = started.runtime
  })
  afterEach(async () => {
    await broker.leave()
    await bus.close()
  })

  const asked = () => broker.requests.map(({ method }) => method)
  const last = () => broker.parameters().at(-1) ?? {}

  describe('starts', () => {
    it('by a sign of life, and asks nothing else', () => assert.deepEqual(asked(), []))

    it('not where nobody has the name on the bus', async () => {
      await broker.leave()
      const started = await start()
      assert.equal(started.state, 'unavailable')
      assert.match(started.reason, /^Ping failed: org\.freedesktop\.DBus\.Error\.(ServiceUnknown|NameHasNoOwner)$/)
    })

    for (const [what, environment, reason] of [
      ['there is no bus', {}, /no session bus/],
      ['the address is of another kind', { DBUS_SESSION_BUS_ADDRESS: 'unixexec:path=/bin/true' }, /no session bus/],
      ['nobody listens', { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' }, /does not answer/],
      ['nobody listens at the usual place', { XDG_RUNTIME_DIR: '/nowhere' }, /does not answer/],
    ] as const)
      it(`not where ${what}`, async () => {
        const started = await start({ environment })
        assert.equal(started.state, 'unavailable')
        assert.match(started.reason, reason)
      })

    it('at the next address where the first one leads nowhere, and from one that is escaped', async () => {
      const escaped = bus.address.replace('/bus-', '%2fbus%2D')
      assert.notEqual(escaped, bus.address)
      const environment = { DBUS_SESSION_BUS_ADDRESS: `tcp:host=x;unix:path=/nowhere;${escaped}` }
      assert.equal((await start({ environment })).state, 'ready')
    })

    for (const [what, respond] of [
      ['says nothing', undefined],
      ['refuses us', 'REJECTED ANONYMOUS\r\n'],
      ['talks nonsense', `OK 00\r\n${'nonsense'.repeat(8)}`],
    ] as const)
      it(`not on a bus that ${what}: it gives up by itself, and this program goes on meanwhile`, async () => {
        const folder = mkdtempSync(path.join(tmpdir(), 'bus-'))
        const server = createServer((socket) => {
          socket.on('error', () => undefined)
          if (respond) socket.on('data', () => socket.write(respond))
        }).listen(path.join(folder, 'bus'))
        let ticks = 0
        const timer = setInterval(() => ticks++, 10)
        try {
          const environment = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder}/bus` }
          const began = performance.now()
          const times = { start: respond ? 10_000 : 300 }
          assert.equal((await start({ environment, times })).state, 'unavailable')
          assert.ok(performance.now() - began < 3000)
          if (!respond) assert.ok(ticks > 10, `${ticks} ticks`)
        } finally {
          clearInterval(timer)
          server.close()
          rmSync(folder, { recursive: true })
        }
      })

    it('at the next try, once it is there', async () => {
      await broker.leave()
      assert.equal((await start()).state, 'unavailable')
      broker = await startStandInBroker(bus.address)
      assert.equal((await start()).state, 'ready')
    })
  })

  describe('asked without a person', () => {
    it('for whoever is signed in gets the one account that it holds, and every other member', async () => {
      await runtime.signInSilently(BROKER_REQUEST)
      assert.deepEqual(broker.requests, [
        {
          method: 'getAccounts',
          protocolVersion: '0.0',
          correlationId: BROKER_REQUEST.correlationId,
          request: { clientId: CLIENT_ID, redirectUri: CLIENT_ID },
        },
        {
          method: 'acquireTokenSilently',
          protocolVersion: '0.0',
          correlationId: BROKER_REQUEST.correlationId,
          request: {
            authParameters: {
              accessTokenToRenew: '',
              account: {
                alternativeAccountId: '',
                clientInfo: ACCOUNT.clientInfo,
                environment: 'login.microsoftonline.com',
                familyName: 'Lovelace',
                givenName: 'Ada',
                homeAccountId: ACCOUNT.homeAccountId,
                homeEnvironment: '',
                localAccountId: ADA.uid,
                middleName: '',
                name: 'Ada Lovelace',
                passwordChangeUrl: '',
                passwordExpiry: 0,
                realm: HOME,
                username: ADA.username,
              },
              additionalQueryParametersForAuthorization: BROKER_REQUEST.additional,
              authority: BROKER_REQUEST.authority,
              authorizationType: 1,
              clientId: CLIENT_ID,
              decodedClaims: '',
              enrollmentId: '',
              isTestMode: false,
              password: '',
              popParams: null,
              redirectUri: BROKER_REQUEST.redirectUri,
              requestedScopes: ['User.Read'],
              username: ADA.username,
              uxContextHandle: -1,
            },
          },
        },
      ])
    })

    it('is told the claims, the token that does not serve, and no scope that it adds by itself', async () => {
      const scopes = ['openid', 'User.Read', 'profile', 'offline_access', 'email']
      await runtime.signInSilently({ ...BROKER_REQUEST, scopes, claims: '{"a":1}', accessTokenToRenew: 'old' })
      const { decodedClaims, accessTokenToRenew, requestedScopes } = last()
      assert.deepEqual([decodedClaims, accessTokenToRenew, requestedScopes], ['{"a":1}', 'old', ['User.Read', 'email']])
    })

    const holdings: readonly [what: string, accounts: unknown, username: string | null][] = [
      ['no account', { accounts: [] }, null],
      ['two accounts', { accounts: [wireAccountOf(ADA), wireAccountOf(BOB)] }, null],
      ['one account and one without any id', { accounts: [{ username: 'x' }, wireAccountOf(BOB)] }, BOB.username],
      ['nonsense', 'no JSON', null],
      ['null', 'null', null],
      ['an error', { error: { context: 'no' } }, null],
    ]
    for (const [what, accounts, username] of holdings)
      it(`decides by itself unless it holds exactly one account: ${what}`, async () => {
        broker.answer('getAccounts', accounts as StandInAnswer)
        await runtime.signInSilently(BROKER_REQUEST)
        const { account, isSignIn } = last() as { account: { username: string } | null; isSignIn?: true }
        assert.equal(account?.username ?? null, username)
        assert.equal(isSignIn, username === null ? true : undefined)
      })

    const tenants: readonly [asked: string, sent: string][] = [
      ['organizations', HOME],
      ['common', HOME],
      ['Common', HOME],
      [GUEST, GUEST],
      ['contoso.com', 'contoso.com'],
    ]
    for (const [tenant, sent] of tenants)
      it(`for a known account is asked in a tenant of its own: ${tenant}`, async () => {
        await runtime.acquireTokenSilently({ ...BROKER_REQUEST, authority: `${HOST}/${tenant}`, account: ACCOUNT })
        assert.deepEqual(asked(), ['acquireTokenSilently'])
        assert.equal(last()['authority'], `${HOST}/${sent}`)
        assert.equal(last()['username'], ADA.username)
      })

    it('finds an account by its id in its tenant', async () => {
      const of = (localAccountId: string) =>
        runtime.readAccount({ clientId: CLIENT_ID, localAccountId, correlationId: BROKER_REQUEST.correlationId })
      assert.deepEqual(await of(ADA.uid.toUpperCase()), ACCOUNT)
      assert.equal(await of(BOB.uid), undefined)
      assert.equal(await of(''), undefined)
      broker.answer('getAccounts', { accounts: [{ homeAccountId: `${BOB.uid}.x`, username: 'b' }] })
      assert.equal((await of(BOB.uid))?.username, 'b')
    })

    it('takes a sign-out without a word on the bus, as it does from its own runtime', async () => {
      const options = { clientId: CLIENT_ID, account: ACCOUNT, correlationId: BROKER_REQUEST.correlationId }
      assert.equal(await runtime.signOutSilently(options), undefined)
      assert.deepEqual(asked(), [])
    })
  })

  describe('asked with a person', () => {
    const interactive = async (request: Partial<InteractiveBrokerRequest>) => {
      await runtime.signInInteractively({ ...BY_WINDOW, ...request })
      return broker.requests.at(-1)!
    }

    it('shows its window to the one account that it holds', async () => {
      const { method, request } = await interactive({})
      assert.equal(method, 'acquireTokenInteractively')
      assert.equal(request['parentWindowHandle'], 1)
      assert.deepEqual(last()['parentWindow'], { handle: 1 })
      assert.equal(last()['authorizationType'], 6)
      assert.equal(last()['authority'], `${HOST}/${HOME}`)
      assert.equal((last()['account'] as { username: string }).username, ADA.username)
      assert.ok(!('isSignIn' in last()))
      assert.deepEqual(last()['additionalQueryParametersForAuthorization'], BROKER_REQUEST.additional)
    })

    it('is told the window that owns its dialog', async () => {
      const { request } = await interactive({ parentWindowHandle: Uint8Array.of(0x0d, 5, 0, 0) })
      assert.equal(request['parentWindowHandle'], 0x50d)
    })

    const proposals: readonly [
      what: string,
      request: Partial<InteractiveBrokerRequest>,
      people: readonly (typeof ADA | typeof BOB)[],
      proposed: string | null,
      username: string,
    ][] = [
      ['the one that the hint means', { accountHint: 'BOB@contoso.com' }, [ADA, BOB], BOB.username, BOB.username],
      ['none of two', {}, [ADA, BOB], null, ''],
      ['none where there is none', {}, [], null, ''],
      ['none for a hint that means nobody', { accountHint: 'eve@contoso.com' }, [ADA], null, 'eve@contoso.com'],
      ['none where the person is to choose', { choosesAccount: true }, [ADA], null, ''],
      [
        'none for a hint in either of two worlds',
        { accountHint: 'eve@contoso.com', authority: `${HOST}/common` },
        [ADA],
        null,
        '',
      ],
    ]
    for (const [what, request, people, proposed, username] of proposals)
      it(`proposes an account: ${what}`, async () => {
        broker.answer('getAccounts', { accounts: people.map(wireAccountOf) })
        await interactive(request)
        const account = last()['account'] as { username: string } | null
        assert.equal(account?.username ?? null, proposed)
        assert.equal(last()['username'], username)
        assert.equal(last()['isSignIn'], proposed === null ? true : undefined)
        const { hsu } = last()['additionalQueryParametersForAuthorization'] as { hsu?: string }
        assert.equal(hsu, proposed === null ? undefined : '1')
      })

    const failed = { dbusName: 'org.freedesktop.DBus.Error.Failed' }
    const needsAccount: StandInAnswer = ({ request }) =>
      (request['authParameters'] as { account: unknown }).account === null ? failed : wireTokensFor(ADA)

    it('is asked once more with its one account, where it can not do without', async () => {
      broker.answer('acquireTokenInteractively', needsAccount)
      const answer = await runtime.signInInteractively({ ...BY_WINDOW, choosesAccount: true })
      assert.equal(answer.tokens?.accessToken, 'linux-at')
      assert.deepEqual(
        broker.parameters().map(({ account }) => (account as { username: string } | null)?.username),
        [undefined, ADA.username],
      )
    })

    it('is not asked for its one account where the hint means another person', async () => {
      broker.answer('acquireTokenInteractively', needsAccount)
      const request = { ...BY_WINDOW, accountHint: BOB.username }
      await assert.rejects(runtime.signInInteractively(request), { name: 'BrokerError', message: /Error\.Failed/ })
      assert.equal(broker.parameters().length, 1)
    })

    it('is not asked once more where nothing would be different', async () => {
      broker.answer('acquireTokenInteractively', failed)
      await assert.rejects(runtime.signInInteractively(BY_WINDOW), { name: 'BrokerError', message: /Error\.Failed/ })
      broker.answer('getAccounts', { accounts: [] })
      await assert.rejects(runtime.signInInteractively(BY_WINDOW), { name: 'BrokerError' })
      broker.answer('getAccounts', { accounts: [wireAccountOf(ADA)] })
      broker.answer('acquireTokenInteractively', wireError(7))
      await runtime.signInInteractively({ ...BY_WINDOW, choosesAccount: true })
      assert.equal(broker.parameters().length, 3)
    })

    it('takes as long as a person takes', async () => {
      const started = await start({ times: { silent: 50 } })
      assert.equal(started.state, 'ready')
      broker.answer('acquireTokenInteractively', async () => {
        await new Promise((resolve) => setTimeout(resolve, 200))
        return wireTokensFor(ADA)
      })
      assert.ok((await started.runtime.signInInteractively(BY_WINDOW)).tokens)
    })

    it('is given up at once, and told so with the error that it needs', async () => {
      const abort = new AbortController()
      const reason = new Error('enough')
      let began = 0
      let cancelled: ((text: unknown) => void) | undefined
      const heard = new Promise((resolve) => (cancelled = resolve))
      broker.answer('cancelInteractiveFlow', ({ request }) => {
        cancelled?.(request)
        return {}
      })
      broker.answer('acquireTokenInteractively', () => {
        began = performance.now()
        abort.abort(reason)
        return never()
      })
      await assert.rejects(runtime.signInInteractively(BY_WINDOW, abort.signal), reason)
      assert.ok(performance.now() - began < 100)
      const { error } = (await heard) as { error: Record<string, unknown> }
      assert.equal(error['status'], 7)
      assert.deepEqual(Object.keys(error).sort(), ['context', 'diagnostics', 'errorCode', 'status', 'subStatus', 'tag'])
    })

    it('given up before its window is asked for is not told anything', async () => {
      const signal = AbortSignal.abort(new Error('enough'))
      await assert.rejects(runtime.signInInteractively(BY_WINDOW, signal), /enough/)
      const abort = new AbortController()
      broker.answer('getAccounts', () => {
        abort.abort(new Error('enough'))
        return never()
      })
      await assert.rejects(runtime.signInInteractively(BY_WINDOW, abort.signal), /enough/)
      assert.deepEqual(asked(), ['getAccounts'])
    })
  })

  describe('answers', () => {
    const answered = (answer: StandInAnswer) => {
      broker.answer('acquireTokenSilently', answer)
      return runtime.acquireTokenSilently({ ...BROKER_REQUEST, account: ACCOUNT })
    }

    it('with tokens, and their account', async () => {
      const wire = wireTokensFor(ADA, { expiresOn: 1767229200000 }, { name: 'Ada L.' })
      const { tokens } = await answered(wire)
      assert.deepEqual(tokens, {
        accessToken: 'linux-at',
        idToken: wire.brokerTokenResponse.idToken,
        authorizationHeader: '',
        isPop: false,
        grantedScopes: ['User.Read', 'profile'],
        expiresOn: 1767229200,
        account: { ...ACCOUNT, displayName: 'Ada L.' },
        telemetry: '',
      })
    })

    const shapes: readonly [what: string, extra: object, expected: object][] = [
      [
        'scopes in an array',
        { grantedScopes: ['User.Read', 1, 'Mail.Read'] },
        { grantedScopes: ['User.Read', 'Mail.Read'] },
      ],
      ['no scopes', { grantedScopes: null }, { grantedScopes: [] }],
      ['seconds', { expiresOn: 1767229200 }, { expiresOn: 1767229200 }],
      ['milliseconds in a text', { expiresOn: '1767229200000' }, { expiresOn: 1767229200 }],
      ['no expiry', { expiresOn: undefined }, { expiresOn: 0 }],
      ['no access token', { accessToken: undefined }, { accessToken: '' }],
      ['a bound token', { accessTokenType: 1 }, { isPop: true, accessToken: '', authorizationHeader: 'pop linux-at' }],
      ['no error', { error: null }, { accessToken: 'linux-at' }],
    ]
    for (const [what, extra, expected] of shapes)
      it(`are read with ${what}`, async () => {
        const { tokens } = await answered(wireTokensFor(ADA, extra))
        assert.ok(tokens)
        assert.deepEqual(
          Object.fromEntries(Object.keys(expected).map((name) => [name, Reflect.get(tokens, name)])),
          expected,
        )
      })

    it('of a guest tenant are for the account that the broker lists, and finds again', async () => {
      const { tokens } = await answered(wireTokensFor(ADA, {}, { oid: 'oid-of-the-guest', tid: GUEST }))
      const { localAccountId = '', realm } = tokens?.account ?? {}
      assert.equal(realm, GUEST)
      const question = { clientId: CLIENT_ID, localAccountId, correlationId: BROKER_REQUEST.correlationId }
      assert.deepEqual(await runtime.readAccount(question), ACCOUNT)
    })

    it('that do not repeat the account are for the one that was asked for', async () => {
      const nobody = { account: undefined, clientInfo: undefined, idToken: undefined }
      assert.deepEqual((await answered(wireTokensFor(ADA, nobody))).tokens?.account, ACCOUNT)
      broker.answer('getAccounts', { accounts: [] })
      assert.equal((await runtime.signInSilently(BROKER_REQUEST)).tokens?.account, undefined)
    })

    it('that name the account alone, or the home alone, name its person all the same', async () => {
      const named = await answered(wireTokensFor(BOB, { clientInfo: undefined, idToken: undefined }))
      assert.deepEqual(named.tokens?.account, brokerAccountOf(BOB, KNOWN))
      const home = await answered(wireTokensFor(BOB, { account: undefined, idToken: 'no.token' }))
      assert.equal(home.tokens?.account?.homeAccountId, `${BOB.uid}.${BOB.utid}`)
    })

    const failures: readonly [what: string, answer: StandInAnswer, expected: object][] = [
      ['a refusal', wireError(2), { status: 2, errorCode: 0, tag: 4711, context: 'it failed' }],
      ['numbers in texts', wireError('2', { tag: '12', errorCode: '50076' }), { status: 2, tag: 12, errorCode: 50076 }],
      ['a refusal at the top', { error: { context: 'no', status: 7 } }, { status: 7, tag: 0, context: 'no' }],
      ['nothing but words', { error: { context: 'no' } }, { status: 0, errorCode: 0, tag: 0, context: 'no' }],
      ['no words', wireError(3, { context: 5 }), { status: 3, context: 'The broker gave no reason' }],
      [
        'a refusal beside a token',
        wireTokensFor(ADA, { error: { context: 'no', status: 13 } }),
        { status: 13, context: 'no' },
      ],
      [
        'a raw code where nothing else tells the place',
        wireError(0, { tag: 0, diagnostics: { raw_error_code: '0x80' } }),
        { context: 'it failed|0x80' },
      ],
      ['a raw code beside a tag', wireError(0, { diagnostics: { raw_error_code: '0x80' } }), { context: 'it failed' }],
      ...(['', 'null', '{}', '[]', 'no JSON', '{"brokerTokenResponse":null}'] as const).map(
        (text): [string, StandInAnswer, object] => [`"${text}"`, text, { status: 0, context: /unusable/ }],
      ),
      ...(
        [
          [12, 0],
          [13, 13],
          [14, 14],
          [15, 17],
          [16, 18],
          [17, 20],
          [18, 15],
          [19, 16],
          [20, 19],
          [21, 21],
          [22, 0],
          [23, 0],
          [-1, 0],
          [undefined, 0],
        ] as const
      ).map(([wire, status]): [string, StandInAnswer, object] => [`status ${wire}`, wireError(wire), { status }]),
    ]
    for (const [what, answer, expected] of failures)
      it(`refuse with ${what}`, async () => {
        const { failure } = await answered(answer)
        for (const [name, value] of Object.entries(expected)) {
          const found: unknown = failure && Reflect.get(failure, name)
          if (value instanceof RegExp) assert.match(String(found), value)
          else assert.equal(found, value)
        }
      })

    it('of 300 kB arrive whole', async () => {
      const accessToken = 'a'.repeat(300_000)
      assert.equal((await answered(wireTokensFor(ADA, { accessToken }))).tokens?.accessToken, accessToken)
    })

    it('that do not come in time are an error, and so is an error of the bus; neither repeats what the bus said', async () => {
      const started = await start({ times: { silent: 100 } })
      assert.equal(started.state, 'ready')
      broker.answer('acquireTokenSilently', never)
      await assert.rejects(started.runtime.signInSilently(BROKER_REQUEST), {
        name: 'BrokerError',
        message: /within 100 ms/,
      })
      await assert.rejects(answered({ dbusName: 'org.freedesktop.DBus.Error.NoReply' }), (error: Error) => {
        assert.equal(error.name, 'BrokerError')
        assert.match(error.message, /NoReply/)
        assert.doesNotMatch(error.message, /stand-in/)
        return true
      })
    })

    it('that never come because the broker left the bus are an error', async () => {
      broker.answer('acquireTokenSilently', () => {
        void bus.close()
        return never()
      })
      await assert.rejects(runtime.signInSilently(BROKER_REQUEST), { name: 'BrokerError', message: /Disconnected/ })
    })

    it('are not waited for once they are given up', async () => {
      const abort = new AbortController()
      broker.answer('acquireTokenSilently', () => {
        abort.abort(new Error('enough'))
        return never()
      })
      await assert.rejects(runtime.signInSilently(BROKER_REQUEST, abort.signal), /enough/)
    })

    it('come to many who ask at once, each to its own', async () => {
      broker.answer('acquireTokenSilently', async ({ request }) => {
        const { requestedScopes } = request['authParameters'] as { requestedScopes: string[] }
        await new Promise((resolve) => setTimeout(resolve, 50 - Number(requestedScopes[0])))
        return wireTokensFor(ADA, { accessToken: `for ${requestedScopes[0]}` })
      })
      const scopes = Array.from({ length: 20 }, (_, index) => String(index))
      const answers = await Promise.all(
        scopes.map((scope) => runtime.acquireTokenSilently({ ...BROKER_REQUEST, scopes: [scope], account: ACCOUNT })),
      )
      assert.deepEqual(
        answers.map(({ tokens }) => tokens?.accessToken),
        scopes.map((scope) => `for ${scope}`),
      )
    })
  })
})
