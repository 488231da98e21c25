import assert from 'node:assert/strict'
import type { BrokerAccount, BrokerRequest, BrokerRuntime } from '../../src/msal/core/broker-runtime.ts'
import { isJsonObject, type JsonObject } from '../../src/msal/core/json.ts'
import { startLinuxBroker } from '../../src/node/linux-broker.ts'
import { ADA, BOB, GUEST, HOST, type Person } from '../support/entra.ts'
import { BROKER_REQUEST } from '../support/scripted-broker.ts'
import {
  startStandInBroker,
  wireAccountOf,
  wireError,
  wireTokensFor,
  type StandInAnswer,
  type StandInBroker,
  type StandInRequest,
} from '../support/stand-in-broker.ts'
import { startRealRuntime, type RealCall, type RealResult, type RealRuntime } from './real-runtime.ts'
import { openSession, type Session } from './session.ts'

const NO_WINDOW = new Uint8Array()

/**
 * Where ours is another on purpose: what the runtime tells Microsoft of itself and of the steps of a sign-in, and the words
 * of a cancellation.
 */
const OURS_ALONE: ReadonlySet<string> = new Set(['x-client-xtra-sku', 'onboardingBlob', 'context'])

/** Needs `dbus-daemon`, `gnome-keyring-daemon` and the libraries of Microsoft's runtime (Debian: libwebkit2gtk-4.1-0). */
describe("Microsoft's runtime and ours at the same broker of Linux", function () {
  this.timeout(60_000)

  let session: Session
  let broker: StandInBroker
  let real: RealRuntime
  let ours: BrokerRuntime

  before(async () => {
    session = await openSession({ hasKeyring: true })
    broker = await startStandInBroker(session.environment['DBUS_SESSION_BUS_ADDRESS'] ?? '')
    real = await startRealRuntime(session)
    const start = await startLinuxBroker({ environment: session.environment })
    assert.equal(start.state, 'ready')
    ours = start.runtime
  })
  after(async () => {
    await real.stop()
    await broker.leave()
    await session.close()
  })

  const hold = (...people: readonly Person[]) => {
    broker.answer('getAccounts', { accounts: people.map(wireAccountOf) })
    broker.answer('acquireTokenSilently', wireTokensFor(ADA))
    broker.answer('acquireTokenInteractively', wireTokensFor(ADA))
  }
  /** What comes over the bus while something runs. */
  const listen = async (run: () => Promise<unknown>): Promise<readonly StandInRequest[]> => {
    const before = broker.requests.length
    await run()
    return broker.requests.slice(before)
  }
  /** The account that the runtime has, under the names of ours. */
  const signInForReal = async (): Promise<BrokerAccount> => {
    const { account } = await real.call({ method: 'signInSilently', request: BROKER_REQUEST })
    assert.ok(account)
    return account
  }

  /** Scopes of its own keep a request out of the runtime's cache. */
  let count = 0
  const fresh = (changes: Partial<BrokerRequest> = {}): BrokerRequest => ({
    ...BROKER_REQUEST,
    ...changes,
    scopes: changes.scopes ?? [`https://api.example/scope-${++count}`],
  })

  const silent: readonly [what: string, people: readonly Person[], changes: Partial<BrokerRequest>][] = [
    ['for the one account', [ADA], {}],
    ['for none', [], {}],
    ['for one of two', [ADA, BOB], {}],
    ['under /common', [ADA], { authority: `${HOST}/common` }],
    ['in another cloud', [ADA], { authority: 'https://login.microsoftonline.us/contoso.onmicrosoft.us' }],
    ['with claims', [ADA], { claims: '{"access_token":{"xms_cc":{"values":["CP1"]}}}' }],
    [
      'with scopes that the broker adds',
      [ADA],
      { scopes: ['openid', 'User.Read', 'offline_access', 'profile', 'email'] },
    ],
    [
      'with further parameters',
      [ADA],
      { additional: { ...BROKER_REQUEST.additional, max_age: '60', validateAuthority: 'no' } },
    ],
    ['for personal accounts beside', [ADA], { additional: { msal_request_type: 'consumer_passthrough' } }],
    ['with a token to renew', [ADA], { accessTokenToRenew: 'old' }],
    ['without a redirect URI', [ADA], { redirectUri: undefined }],
  ]
  for (const [what, people, changes] of silent)
    it(`ask the same without a person ${what}`, async () => {
      hold(...people)
      const request = fresh(changes)
      const theirs = await listen(() => real.call({ method: 'signInSilently', request }))
      assert.deepEqual(
        theirs.map(({ method }) => method),
        ['getAccounts', 'acquireTokenSilently'],
      )
      assert.deepEqual(comparable(await listen(() => ours.signInSilently(request))), comparable(theirs))
    })

  for (const authority of [`${HOST}/common`, `${HOST}/organizations`, `${HOST}/${GUEST}`])
    it(`ask the same for a known account at ${authority}`, async () => {
      hold(ADA)
      const account = await signInForReal()
      const request = fresh({ authority, accessTokenToRenew: 'old', claims: '{"id_token":{}}' })
      const theirs = await listen(() => real.call({ method: 'acquireTokenSilently', request }))
      assert.equal(theirs.length, 1)
      const own = await listen(() => ours.acquireTokenSilently({ ...request, account }))
      assert.deepEqual(comparable(own), comparable(theirs))
    })

  const interactive: readonly [
    what: string,
    request: Partial<BrokerRequest>,
    accountHint: string,
    choosesAccount: boolean,
  ][] = [
    ['who is to choose', {}, '', true],
    ['who is to choose, under /common', { authority: `${HOST}/common` }, '', true],
    ['whom a hint names', {}, 'eve@contoso.com', false],
    ['whom a hint names, under /common', { authority: `${HOST}/common` }, 'eve@contoso.com', false],
    ['with further parameters', { additional: { msal_gui_thread: 'true', max_age: '0' } }, 'eve@contoso.com', false],
  ]
  for (const [what, changes, accountHint, choosesAccount] of interactive)
    it(`ask a person the same ${what}`, async () => {
      hold(ADA)
      const request = { ...fresh(changes), accountHint }
      const theirs = await listen(() => real.call({ method: 'signInInteractively', request }))
      assert.deepEqual(
        theirs.map(({ method }) => method),
        ['acquireTokenInteractively'],
      )
      const own = await listen(() =>
        ours.signInInteractively({ ...request, choosesAccount, parentWindowHandle: NO_WINDOW }),
      )
      // Ours looks first whom the broker holds, for one that holds somebody may not do without.
      assert.equal(own[0]?.method, 'getAccounts')
      assert.deepEqual(comparable(own.slice(1)), comparable(theirs))
    })

  it('name the same window', async () => {
    hold(ADA)
    const request = { ...fresh(), accountHint: '' }
    const call = { method: 'signInInteractively', request, window: '0d05000000000000' } as const
    const theirs = await listen(() => real.call(call))
    assert.equal(theirs[0]?.request['parentWindowHandle'], 0x50d)
    const parentWindowHandle = Uint8Array.of(0x0d, 5, 0, 0, 0, 0, 0, 0)
    const own = await listen(() => ours.signInInteractively({ ...request, choosesAccount: true, parentWindowHandle }))
    assert.deepEqual(comparable(own.slice(1)), comparable(theirs))
  })

  it('ask a person the same of an account that is known', async () => {
    hold(ADA)
    const account = await signInForReal()
    const request = fresh()
    const theirs = await listen(() => real.call({ method: 'acquireTokenInteractively', request }))
    broker.answer('getAccounts', { accounts: [{ ...wireAccountOf(ADA), ...namesOf(account) }] })
    const own = await listen(() =>
      ours.signInInteractively({ ...request, accountHint: ADA.username, parentWindowHandle: NO_WINDOW }),
    )
    assert.deepEqual(comparable(own.slice(1)), comparable(theirs))
  })

  it('give a window up the same, ours while it is open', async () => {
    hold(ADA)
    let close: (() => void) | undefined
    broker.answer('acquireTokenInteractively', async () => {
      await new Promise<void>((resolve) => (close = resolve))
      return wireError(7)
    })
    const heard = async (run: () => Promise<unknown>) => {
      const told = new Promise<StandInRequest>((resolve) => {
        broker.answer('cancelInteractiveFlow', (request) => {
          resolve(request)
          return {}
        })
      })
      await run()
      return told
    }
    const abort = new AbortController()
    const request = fresh()
    const own = await heard(async () => {
      const signIn = ours.signInInteractively(
        { ...request, accountHint: '', parentWindowHandle: NO_WINDOW },
        abort.signal,
      )
      setTimeout(() => abort.abort(new Error('enough')), 200)
      await assert.rejects(signIn, /enough/)
    })
    close?.()
    const theirs = await heard(async () => {
      // The runtime sends it when the broker has answered, and stands still until then.
      setTimeout(() => close?.(), 1000)
      await real.call({ method: 'signInInteractively', request, cancelsAfterMs: 200 })
    })
    assert.deepEqual(comparable([{ ...own, correlationId: '' }]), comparable([{ ...theirs, correlationId: '' }]))
  })

  it('both sign out without a word on the bus', async () => {
    hold(ADA)
    const account = await signInForReal()
    assert.deepEqual(await listen(() => real.call({ method: 'signOutSilently', request: BROKER_REQUEST })), [])
    assert.deepEqual(await listen(() => ours.signOutSilently({ ...BROKER_REQUEST, account })), [])
  })

  /** What both make of one answer. */
  const judge = async (answer: StandInAnswer) => {
    hold(ADA)
    broker.answer('acquireTokenSilently', answer)
    const request = fresh({ scopes: ['User.Read'], accessTokenToRenew: 'old' })
    const call: RealCall = { method: 'signInSilently', request }
    return { theirs: await real.call(call), own: await ours.signInSilently(request) }
  }

  for (let status = 0; status <= 24; status++)
    // It wants more than an error for the one, and asks for ever after the other where a person is asked.
    if (status !== 12)
      it(`understand status ${status} the same`, async () => {
        const { theirs, own } = await judge(wireError(status, { errorCode: 50076, context: 'AADSTS50076: more' }))
        assert.deepEqual(own.failure, toFailure(theirs))
      })

  const refusals: readonly [what: string, answer: StandInAnswer][] = [
    ['at the top', { error: { context: 'no', status: 2, errorCode: 3, tag: 4, subStatus: 0, diagnostics: null } }],
    ['with numbers in texts', wireError('2', { tag: '12', errorCode: '50076' })],
    ['beside a token', wireTokensFor(ADA, wireError(13).brokerTokenResponse)],
  ]
  for (const [what, answer] of refusals)
    it(`understand a refusal ${what} the same`, async () => {
      const { theirs, own } = await judge(answer)
      assert.ok(own.failure)
      assert.deepEqual(own.failure, toFailure(theirs))
    })

  it('understand a refusal that tells no place the same, but for the place that the runtime then names itself', async () => {
    const { theirs, own } = await judge(wireError(0, { tag: 0, diagnostics: { raw_error_code: '0x80' } }))
    assert.deepEqual({ ...own.failure, tag: theirs.failure?.errorTag }, toFailure(theirs))
  })

  it('understand tokens the same', async () => {
    const { theirs, own } = await judge(wireTokensFor(ADA, {}, { name: 'Ada Lovelace' }))
    assert.equal(own.tokens?.accessToken, theirs.accessToken)
    assert.equal(own.tokens?.expiresOn, theirs.expiresOn)
    // The runtime leaves out of its account what the tokens themselves do not tell.
    const { givenName, familyName } = theirs.account!
    assert.deepEqual({ ...own.tokens?.account, givenName, familyName }, theirs.account)
    assert.deepEqual(new Set(own.tokens?.grantedScopes), new Set(theirs.grantedScopes?.split(' ')))
  })
})

const namesOf = ({ displayName: name, givenName, familyName }: BrokerAccount) => ({ name, givenName, familyName })

const toFailure = ({ failure }: RealResult) =>
  failure && {
    status: failure.errorStatus,
    errorCode: failure.errorCode,
    tag: failure.errorTag,
    context: failure.errorContext,
  }

/** Requests without what is ours alone. */
const comparable = (requests: readonly StandInRequest[]): unknown => prune(requests)

function prune(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(prune)
  if (!isJsonObject(value)) return value
  const members = Object.entries(value).filter(([name]) => !OURS_ALONE.has(name))
  return Object.fromEntries(members.map(([name, member]) => [name, prune(member)])) satisfies JsonObject
}
