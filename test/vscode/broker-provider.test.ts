import assert from 'node:assert/strict'
import type { BrokerTokens } from '../../src/msal/core/broker-runtime.ts'
import { createAuthenticationProvider, type MethodWish } from '../../src/vscode/authentication-provider.ts'
import { clientOptions } from '../../src/vscode/client-options.ts'
import { createClientRegistry } from '../../src/vscode/client-registry.ts'
import { createFailureMemory } from '../../src/vscode/failure-memory.ts'
import { combinePolicy, permitClaims } from '../../src/vscode/policy.ts'
import { MenuAwareClient } from '../../src/vscode/public-client.ts'
import { createSecretStoragePersistence } from '../../src/vscode/secret-storage-persistence.ts'
import { createSessionRecords } from '../../src/vscode/session-records.ts'
import { listSignInMethods } from '../../src/vscode/sign-in-methods.ts'
import { ADA, CLIENT_ID, createTestPlatform, GUEST, HOME, metadataOf } from '../support/entra.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import {
  brokerAccountOf,
  brokerFailure,
  brokerTokensFor,
  createScriptedBroker,
  type BrokerExchange,
} from '../support/scripted-broker.ts'
import { createHost, createMemory, createSecrets, createWindow, settingsOf, settle } from './fakes.ts'

const SCOPES = ['User.Read']
/** Entra as the broker's people see it: nothing but its metadata is asked for. */
const network: typeof fetch = async (input) => {
  const { origin, pathname } = new URL(new Request(input).url)
  const [, tenant = ''] = pathname.split('/')
  return Response.json(metadataOf(`${origin}/${tenant}`))
}

/** The provider and the library's own clients at a broker that knows what it will be asked. */
function createHarness(
  script: readonly BrokerExchange[],
  { settings = {}, file = {} }: { settings?: object; file?: object } = {},
) {
  const clock = createFakeClock()
  const broker = createScriptedBroker(script)
  const window = createWindow()
  const logged: string[] = []
  const told: unknown[] = []
  const wishes: MethodWish[] = []
  const write = (message: string) => void logged.push(message)
  const log = { trace: write, debug: write, info: write, warn: write, error: write }
  const rules = {
    settings: settingsOf({ clientId: CLIENT_ID, authority: `https://login.microsoftonline.com/${HOME}`, ...settings }),
    file,
  }
  const readPolicy = async () => {
    const isAbsent = Object.keys(rules.file).length === 0
    const text = JSON.stringify(rules.file)
    return combinePolicy(isAbsent ? { kind: 'absent' } : { kind: 'text', path: '/p', text }, rules.settings)
  }
  const persistence = createSecretStoragePersistence(createSecrets(), () => undefined)
  const platform = createTestPlatform(clock, { broker: broker.host, createFetch: () => network })
  const memory = createMemory()
  const provider = createAuthenticationProvider({
    readSettings: () => rules.settings,
    readPolicy,
    clients: createClientRegistry((configuration) => {
      const cachePersistence = persistence('tokens', configuration.clientId)
      const options = { ...clientOptions(configuration), cachePersistence, httpCache: new Map(), logger: log }
      return new MenuAwareClient(options, platform, async (claims) => permitClaims(await readPolicy(), claims))
    }),
    records: createSessionRecords(persistence('sessions'), write as never),
    host: { ...createHost(window, clock), brokerMemory: memory },
    listMethods: async (wish) => {
      wishes.push(wish)
      const place = { extensionHost: 'node', uiKind: 'desktop', extensionKind: 'ui', hasStableUri: true } as const
      return listSignInMethods({ ...place, broker: wish.mayUseBroker ? 'ready' : 'none' }, wish)
    },
    isAtHand: () => true,
    notifications: {
      signInFailed: (error) => told.push(error),
      settingProblem: () => undefined,
      policyProblem: () => undefined,
      secretProblem: () => undefined,
    },
    failures: createFailureMemory(clock),
    log,
    fire: () => undefined,
    onSignedIn: () => undefined,
  })
  return { provider, broker, clock, window, logged, told, wishes, memory, rules }
}

/** Waits for what takes threads of its own, as hashing does. */
const until = async (is: () => boolean): Promise<void> => {
  for (let i = 0; !is(); i++) {
    assert.ok(i < 1000, 'it never came')
    await settle()
  }
}

const signsIn = (more: Partial<BrokerTokens> = {}): BrokerExchange => ({
  method: 'signInInteractively',
  answer: brokerTokensFor(ADA, more),
})
const reads: BrokerExchange = { method: 'readAccount', answer: brokerAccountOf(ADA) }
/** In the hour after the first sign-in has passed. */
const renews: BrokerExchange = {
  method: 'acquireTokenSilently',
  answer: brokerTokensFor(ADA, { accessToken: 'renewed', expiresOn: 1767225600 + 7200 }),
}

describe('sessions by the broker of the operating system', () => {
  it('are given to whoever signs in there, as any other', async () => {
    const { provider, broker, wishes, logged } = createHarness([signsIn()])
    const session = await provider.createSession(SCOPES, {})
    assert.equal(session.accessToken, 'broker-at')
    assert.deepEqual(session.account, { id: `${ADA.uid}.${ADA.utid}`, label: ADA.username })
    assert.deepEqual(wishes, [
      { clientId: CLIENT_ID, signInMethod: 'auto', redirectUri: undefined, mayUseBroker: true },
    ])
    const { request } = broker.calls[0]!
    assert.deepEqual(
      [request.choosesAccount, request.parentWindowHandle, request.scopes],
      [true, new Uint8Array(), SCOPES],
    )
    const [again] = await provider.getSessions(SCOPES, {})
    assert.deepEqual([again?.id, again?.accessToken], [session.id, 'broker-at'], 'from the cache')
    broker.assertDone()
    assert.doesNotMatch(logged.join('\n'), /broker-at|ada@|eyJ/)
  })

  it('are renewed there silently, and never by a refresh token', async () => {
    const { provider, broker, clock } = createHarness([signsIn(), reads, renews])
    const { id } = await provider.createSession(SCOPES, {})
    await clock.advance(3600_000)
    const [renewed] = await provider.getSessions(SCOPES, {})
    assert.deepEqual([renewed?.id, renewed?.accessToken], [id, 'renewed'])
    broker.assertDone()
  })

  it('#11 The broker spins forever: without an answer to a silent request there is none after 10 seconds', async () => {
    const hangs: BrokerExchange = { method: 'acquireTokenSilently', answer: () => new Promise(() => undefined) }
    const { provider, broker, clock, logged } = createHarness([signsIn(), reads, hangs])
    await provider.createSession(SCOPES, {})
    await clock.advance(3600_000)
    let sessions: unknown
    void provider.getSessions(SCOPES, {}).then((found) => (sessions = found))
    await until(() => broker.calls.length === 3)
    await clock.advance(9_999)
    await settle()
    assert.equal(sessions, undefined)
    await clock.advance(1)
    await until(() => sessions !== undefined)
    assert.deepEqual(sessions, [])
    assert.match(logged.at(-1)!, /did not answer within 10 s/)
  })

  it('#11 The broker spins forever: for a minute nobody waits for it as long again, and what is cached is given', async () => {
    const hangs: BrokerExchange = { method: 'acquireTokenSilently', answer: () => new Promise(() => undefined) }
    const { provider, broker, clock } = createHarness([signsIn(), reads, hangs])
    await provider.createSession(SCOPES, {})
    await clock.advance(1800_000)
    const account = { id: `${ADA.uid}.${ADA.utid}`, label: ADA.username }
    const waiting = async (scopes: readonly string[], milliseconds: number) => {
      let sessions: readonly { readonly accessToken: string }[] | undefined
      const before = clock.sleeps.length
      void provider.getSessions(scopes, { account }).then((found) => (sessions = found))
      await until(() => clock.sleeps.length > before)
      await clock.advance(milliseconds - 1)
      await settle()
      assert.equal(sessions, undefined)
      await clock.advance(1)
      await until(() => sessions !== undefined)
      assert.deepEqual(sessions, [])
    }
    await waiting(['Mail.Read'], 10_000)
    await until(() => broker.calls.length === 3)
    await waiting(['Mail.Read'], 500)
    assert.equal((await provider.getSessions(SCOPES, { account }))[0]?.accessToken, 'broker-at')
    await clock.advance(60_000)
    await waiting(['Mail.Read'], 10_000)
    assert.equal(broker.calls.length, 3, 'one request of it is under way at a time')
  })

  it('end at the broker, too, when the person signs out', async () => {
    const { provider, broker } = createHarness([signsIn(), reads, { method: 'signOutSilently', answer: undefined }])
    const { id } = await provider.createSession(SCOPES, {})
    await provider.removeSession(id)
    broker.assertDone()
    assert.equal(broker.calls[1]?.request.localAccountId, ADA.uid)
    assert.deepEqual(await provider.getSessions(SCOPES, {}), [])
  })

  it('end here even where the broker refuses', async () => {
    const refuses: BrokerExchange = { method: 'signOutSilently', answer: brokerFailure(0).failure }
    const { provider, broker } = createHarness([signsIn(), reads, refuses])
    const { id } = await provider.createSession(SCOPES, {})
    await provider.removeSession(id)
    broker.assertDone()
    assert.deepEqual(await provider.getSessions(undefined, {}), [])
  })

  it('#11 #25 The broker spins forever: whoever signs out is signed out at once, and waits no longer than 10 seconds', async () => {
    const hang = (_: unknown, signal: AbortSignal | undefined) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)))
    const hangs: BrokerExchange = { method: 'readAccount', answer: hang }
    const { provider, broker, clock, logged } = createHarness([signsIn(), hangs])
    const { id } = await provider.createSession(SCOPES, {})
    let isDone = false
    void provider.removeSession(id).then(() => (isDone = true))
    await until(() => broker.calls.length === 2)
    assert.deepEqual(await provider.getSessions(SCOPES, {}), [])
    assert.deepEqual(await provider.getSessions(undefined, {}), [])
    await clock.advance(9_999)
    await settle()
    assert.equal(isDone, false)
    await clock.advance(1)
    await until(() => isDone)
    assert.match(logged.at(-1)!, /The broker did not sign the account out/)
  })

  it('end here alone where the policy does not allow their tenant any more', async () => {
    const { provider, broker, rules } = createHarness([signsIn()])
    const { id } = await provider.createSession(SCOPES, {})
    const starts = broker.starts.length
    rules.file = { allowedTenants: [GUEST] }
    await provider.removeSession(id)
    assert.equal(broker.starts.length, starts)
    rules.file = {}
    assert.deepEqual(await provider.getSessions(undefined, {}), [])
  })

  it('#14 Broker returned a device-bound token sent as Bearer: it is handed out to nobody, and the person is told why', async () => {
    const cnf = `e30.${Buffer.from('{"cnf":{"kid":"a"}}').toString('base64url')}.c2ln`
    for (const bound of [{ accessToken: cnf }, { isPop: true, authorizationHeader: 'pop bound-at' }]) {
      const { provider, window, told, logged } = createHarness([signsIn(bound)])
      const creating = provider.createSession(SCOPES, {})
      creating.catch(() => undefined)
      await until(() => window.picks.length > 0)
      window.picks[0]?.choose()
      await assert.rejects(creating, /bound to this device/)
      assert.equal((told[0] as Error).name, 'BoundTokenError')
      assert.deepEqual(await provider.getSessions(undefined, {}), [])
      assert.doesNotMatch(logged.join('\n'), /bound-at|cnf|e30/)
    }
  })

  it('go on in the browser, by a client that asks no broker, where it failed', async () => {
    const { provider, broker, window, memory } = createHarness([
      { method: 'signInInteractively', answer: brokerFailure(0) },
    ])
    const creating = provider.createSession(SCOPES, {})
    creating.catch(() => undefined)
    await until(() => window.picks.length > 0)
    window.picks[0]?.choose('Browser')
    await until(() => window.opened.length > 0)
    assert.match(window.opened[0] ?? '', /^https:\/\/login\.microsoftonline\.com\/.*\/authorize\?/)
    broker.assertDone()
    assert.equal(memory.isAvoided(CLIENT_ID), true)
    window.cancel()
    await assert.rejects(creating, { name: 'Canceled' })
  })

  it('are given by no tenant that the policy does not allow', async () => {
    const fromElsewhere = { ...signsIn(), answer: brokerTokensFor(ADA, {}, { tid: GUEST }) }
    const { provider, told } = createHarness([fromElsewhere], { file: { allowedTenants: [HOME] } })
    await assert.rejects(provider.createSession(SCOPES, {}), /is not allowed by/)
    assert.equal((told[0] as Error).name, 'PolicyError')
    assert.deepEqual(await provider.getSessions(undefined, {}), [])
  })

  const forbidden: readonly [string, { settings?: object; file?: object }][] = [
    ['under a policy that does not allow it', { file: { allowedMethods: ['deviceCode', 'browser'] } }],
    ['#12 for a tenant that is excluded', { settings: { brokerExcludedTenants: [HOME] } }],
  ]
  for (const [when, limits] of forbidden)
    it(`never come by the broker ${when}, neither silently nor otherwise`, async () => {
      const harness = createHarness([signsIn()])
      const { provider, broker, clock, window, rules, wishes } = harness
      await provider.createSession(SCOPES, {})
      const starts = broker.starts.length
      rules.file = limits.file ?? {}
      rules.settings = { ...rules.settings, ...limits.settings }
      await clock.advance(3600_000)
      assert.deepEqual(await provider.getSessions(SCOPES, {}), [])
      const { id, label } = { id: `${ADA.uid}.${ADA.utid}`, label: ADA.username }
      provider.createSession(SCOPES, { account: { id, label } }).catch(() => undefined)
      await until(() => window.reports.at(-1)?.includes('go on in the browser') === true)
      assert.equal(wishes.at(-1)?.mayUseBroker, false)
      const [session] = await provider.getSessions(undefined, {})
      await provider.removeSession(session!.id)
      assert.equal(broker.starts.length, starts)
      window.cancel()
    })

  it('#12 WAM for the account of an excluded tenant: another way, where the tenant is left open', async () => {
    const { provider, wishes, window } = createHarness([], {
      settings: {
        authority: 'https://login.microsoftonline.com/organizations',
        brokerExcludedTenants: ['contoso.com'],
      },
    })
    provider.createSession(SCOPES, { account: { id: 'ada', label: ADA.username } }).catch(() => undefined)
    await until(() => wishes.length > 0)
    assert.equal(wishes[0]?.mayUseBroker, false)
    window.cancel()
  })

  it('#12 WAM for the account of an excluded tenant: nor silently, though it signed in there before', async () => {
    const harness = createHarness([signsIn()], {
      settings: { authority: 'https://login.microsoftonline.com/organizations' },
    })
    const { provider, broker, clock, rules } = harness
    const { id } = await provider.createSession(SCOPES, {})
    const starts = broker.starts.length
    const [, domain] = ADA.username.split('@')
    rules.settings = { ...rules.settings, brokerExcludedTenants: [domain!] }
    await clock.advance(3600_000)
    assert.deepEqual(await provider.getSessions(SCOPES, {}), [])
    await provider.removeSession(id)
    assert.equal(broker.starts.length, starts)
  })
})
