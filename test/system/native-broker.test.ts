import assert from 'node:assert/strict'
import path from 'node:path'
import type { BrokerRequest, BrokerRuntime } from '../../src/msal/core/broker-runtime.ts'
import { startNativeBroker, type NativeBrokerOptions } from '../../src/node/native-broker.ts'
import { ADA, CLIENT_ID, HOST } from '../support/entra.ts'
import { createRuntimeFolder, type NativeRuntimeFolder } from '../support/native-runtime.ts'
import { brokerAccountOf } from '../support/scripted-broker.ts'
import {
  startStandInBroker,
  wireError,
  wireTokensFor,
  type StandInAnswer,
  type StandInBroker,
  type StandInRequest,
} from '../support/stand-in-broker.ts'
import { openSession, type Session } from './session.ts'

/** Tokens for all that is asked for: the runtime takes no less. */
const granted = ({ request }: StandInRequest): StandInAnswer => {
  const { requestedScopes } = request['authParameters'] as { readonly requestedScopes: readonly string[] }
  return wireTokensFor(ADA, { grantedScopes: requestedScopes.join(' ') })
}

const later = (milliseconds: number) => async (request: StandInRequest) => {
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  return granted(request)
}

/**
 * Microsoft's own runtime in the process that Windows, macOS and WSL have it in; on Linux it takes its tokens from a broker
 * on the bus, which a stand-in can be. Needs what `broker-conformance.test.ts` does.
 */
describe("Microsoft's runtime in a process of its own", function () {
  this.timeout(60_000)

  let folder: NativeRuntimeFolder
  let session: Session
  let broker: StandInBroker
  const lines: string[] = []

  before(async () => {
    folder = await createRuntimeFolder('real')
    session = await openSession({ hasKeyring: true })
    broker = await startStandInBroker(session.environment['DBUS_SESSION_BUS_ADDRESS'] ?? '')
  })
  beforeEach(() => {
    broker.answer('acquireTokenSilently', granted)
    broker.answer('acquireTokenInteractively', granted)
  })
  after(async () => {
    await broker.leave()
    await session.close()
    await folder.remove()
  })

  const write = (line: string) => void lines.push(line)
  const log = { allowsPii: false, debug: write, error: write }
  const start = (where: Session, options: Partial<NativeBrokerOptions> = {}) =>
    startNativeBroker({
      platform: 'linux',
      script: folder.script,
      environment: { ...process.env, ...where.environment, DISPLAY: '' },
      log,
      ...options,
    })
  const ready = async (options: Partial<NativeBrokerOptions> = {}): Promise<BrokerRuntime> => {
    const started = await start(session, options)
    return started.state === 'ready' ? started.runtime : assert.fail(JSON.stringify(started))
  }

  /** Scopes of its own keep a request out of the runtime's cache. */
  let count = 0
  const fresh = (changes: Partial<BrokerRequest> = {}): BrokerRequest => ({
    clientId: CLIENT_ID,
    authority: `${HOST}/organizations`,
    scopes: [`https://api.example/scope-${++count}`],
    redirectUri: 'https://login.microsoftonline.com/common/oauth2/nativeclient',
    additional: { msal_client_sku: 'EntraAuth' },
    correlationId: crypto.randomUUID(),
    ...changes,
  })
  const window = { parentWindowHandle: new Uint8Array(), accountHint: '' }
  const known = { localAccountId: ADA.uid, clientId: CLIENT_ID, correlationId: crypto.randomUUID() }

  it('signs in without a person, and brings the tokens and whose they are', async () => {
    const request = fresh()
    const { tokens } = await (await ready()).signInSilently(request)
    assert.equal(tokens?.accessToken, 'linux-at')
    assert.deepEqual([tokens.isPop, tokens.authorizationHeader], [false, ''])
    const { homeAccountId, localAccountId, username, clientInfo } = brokerAccountOf(ADA)
    const { account } = tokens
    assert.deepEqual(
      [account?.homeAccountId, account?.localAccountId, account?.username, account?.clientInfo],
      [homeAccountId, localAccountId, username, clientInfo],
    )
    assert.ok(Math.abs(tokens.expiresOn - Date.now() / 1000 - 3600) < 60, 'in seconds')
    assert.equal(typeof JSON.parse(tokens.telemetry), 'object')
    const asked = broker.parameters().at(-1)
    assert.deepEqual([asked?.['clientId'], asked?.['requestedScopes']], [CLIENT_ID, request.scopes])
  })

  it('signs a person in', async () => {
    const { tokens } = await (await ready()).signInInteractively({ ...fresh(), ...window })
    assert.equal(tokens?.accessToken, 'linux-at')
    assert.equal(broker.requests.at(-1)?.method, 'acquireTokenInteractively')
  })

  it('knows the account in a later process, and gets tokens for it', async () => {
    await (await ready()).signInSilently(fresh())
    const runtime = await ready()
    const account = await runtime.readAccount(known)
    assert.equal(account?.username, ADA.username)
    const { tokens } = await runtime.acquireTokenSilently({ ...fresh(), account })
    assert.equal(tokens?.accessToken, 'linux-at')
    assert.equal(await runtime.signOutSilently({ ...known, account }), undefined)
  })

  it('knows nobody whom it never saw', async () => {
    const runtime = await ready()
    assert.equal(await runtime.readAccount({ ...known, localAccountId: 'nobody' }), undefined)
    const account = { ...brokerAccountOf(ADA), localAccountId: 'nobody' }
    const { failure } = await runtime.acquireTokenSilently({ ...fresh(), account })
    assert.equal(failure?.status, 16)
  })

  it("passes the broker's refusal on, and its own", async () => {
    broker.answer('acquireTokenSilently', wireError(2, { context: 'AADSTS50076: more proof' }))
    const runtime = await ready()
    const refused = await runtime.signInSilently(fresh())
    assert.deepEqual([refused.failure?.status, refused.failure?.context], [2, 'AADSTS50076: more proof'])
    const disallowed = await runtime.signInSilently(fresh({ additional: { prompt: 'login' } }))
    assert.deepEqual([disallowed.failure?.status, disallowed.tokens], [6, undefined])
  })

  it('answers several at a time', async () => {
    broker.answer('acquireTokenSilently', later(200))
    const runtime = await ready()
    const requests = Array.from({ length: 5 }, () => fresh())
    const answers = await Promise.all(requests.map((request) => runtime.signInSilently(request)))
    assert.deepEqual(
      answers.map(({ tokens }) => tokens?.accessToken),
      Array<string>(5).fill('linux-at'),
    )
  })

  it('is given up at once, though the runtime itself would wait for the broker, and blocks nothing meanwhile', async () => {
    broker.answer('acquireTokenInteractively', later(20_000))
    const runtime = await ready()
    const stop = new AbortController()
    const signingIn = runtime.signInInteractively({ ...fresh(), ...window }, stop.signal)
    signingIn.catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const before = performance.now()
    stop.abort(new Error('enough'))
    await assert.rejects(signingIn, /enough/)
    assert.ok(performance.now() - before < 200)
    assert.equal((await runtime.signInSilently(fresh())).tokens?.accessToken, 'linux-at')
  })

  it('ends by its deadline where the runtime would ask the broker again for ever', async () => {
    broker.answer('acquireTokenInteractively', wireError(23))
    const runtime = await ready({ times: { interactive: 2000 } })
    await assert.rejects(runtime.signInInteractively({ ...fresh(), ...window }), /did not answer within 2 s/)
    broker.answer('acquireTokenInteractively', granted)
    await new Promise((resolve) => setTimeout(resolve, 500))
    const asked = broker.requests.length
    await new Promise((resolve) => setTimeout(resolve, 500))
    assert.equal(broker.requests.length, asked, 'nobody asks any more')
  })

  it('survives that an answer of the broker takes the runtime down', async () => {
    broker.answer('acquireTokenSilently', {
      brokerTokenResponse: { error: { errorCode: 0, status: 2, tag: 1, subStatus: 0 } },
    })
    const runtime = await ready()
    await assert.rejects(runtime.signInSilently(fresh()), /The process of the native broker ended/)
    broker.answer('acquireTokenSilently', granted)
    assert.equal((await runtime.signInSilently(fresh())).tokens?.accessToken, 'linux-at')
  })

  it('says that there is no broker where there is no bus, or nobody on it, and is tried again', async () => {
    const empty = await openSession()
    try {
      for (const environment of [empty.environment, { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' }]) {
        const started = await start({ ...empty, environment })
        assert.equal(started.state, 'unavailable')
        assert.match(started.reason, /Broker cannot be initialized.*507897694/)
      }
      const late = await startStandInBroker(empty.environment['DBUS_SESSION_BUS_ADDRESS'] ?? '')
      assert.equal((await start(empty)).state, 'ready')
      await late.leave()
    } finally {
      await empty.close()
    }
  })

  it('waits for a broker that the bus has to start first, without holding up this process', async () => {
    const script = path.resolve('test/system/activated-broker.ts')
    const command = `${process.execPath} --import tsx ${script} 1500`
    const slow = await openSession({ services: { 'com.microsoft.identity.broker1': command } })
    let longest = 0
    let last = performance.now()
    const pulse = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 10)
    try {
      assert.equal((await start(slow)).state, 'ready')
      assert.ok(longest < 500, `${longest} ms`)
    } finally {
      clearInterval(pulse)
      await slow.close()
    }
  })

  it('logs no token and no name', () => {
    assert.ok(lines.length > 100)
    assert.doesNotMatch(lines.join('\n'), /linux-at|eyJ|ada@/i)
  })
})
