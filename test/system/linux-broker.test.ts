import assert from 'node:assert/strict'
import path from 'node:path'
import type { BrokerRequest } from '../../src/msal/core/broker-runtime.ts'
import { PublicClientApplication } from '../../src/msal/index.ts'
import { createBrokerHost } from '../../src/node/broker-host.ts'
import { startLinuxBroker } from '../../src/node/linux-broker.ts'
import { nodePlatform } from '../../src/node/node-platform.ts'
import { ADA, CLIENT_ID, discovery, HOME, HOST } from '../support/entra.ts'
import { createScriptedFetch } from '../support/scripted-fetch.ts'
import { BROKER, startStandInBroker, wireTokensFor, type StandInBroker } from '../support/stand-in-broker.ts'
import { openSession, type Session, type SessionOptions } from './session.ts'

const REQUEST: BrokerRequest = {
  clientId: CLIENT_ID,
  authority: `${HOST}/organizations`,
  scopes: ['User.Read'],
  additional: {},
  correlationId: '77777777-7777-7777-7777-777777777777',
}
const activated = path.resolve(import.meta.dirname, 'activated-broker.ts')
const activate = (milliseconds: number): string =>
  `${process.execPath} --import ${path.resolve('node_modules/tsx/dist/loader.mjs')} ${activated} ${milliseconds}`

describe('The broker of Linux on a real session bus', function () {
  this.timeout(60_000)

  let session: Session
  let broker: StandInBroker | undefined

  afterEach(async () => {
    await broker?.leave()
    broker = undefined
    await session.close()
  })

  const open = async ({ hasBroker = true, ...options }: SessionOptions & { readonly hasBroker?: boolean } = {}) => {
    session = await openSession(options)
    broker = hasBroker ? await startStandInBroker(session.environment['DBUS_SESSION_BUS_ADDRESS'] ?? '') : undefined
    return broker
  }
  const start = (times: { readonly start?: number } = {}) =>
    startLinuxBroker({ environment: session.environment, times })
  const begin = async () => {
    const started = await start()
    assert.equal(started.state, 'ready')
    return started.runtime
  }

  it('signs a person in, silently later and out again', async () => {
    const standIn = await open()
    const network = createScriptedFetch([discovery()])
    const host = createBrokerHost({
      platform: 'linux',
      readRelease: () => '',
      startLinux: () => start(),
      startNative: () => assert.fail('not of Linux'),
    })
    const client = new PublicClientApplication(
      { clientId: CLIENT_ID, authority: `${HOST}/${HOME}`, fetch: network.fetch, enableBrokerOnLinux: true },
      { ...nodePlatform, broker: host },
    )
    const scopes = ['User.Read']
    const { account, tokenSource } = await client.acquireTokenInteractive({ scopes, parentWindowHandle: 1 })
    assert.deepEqual([account?.username, account?.accountSource, tokenSource], [ADA.username, 'broker', 'broker'])
    standIn?.answer('acquireTokenSilently', wireTokensFor(ADA, { accessToken: 'renewed' }))
    const renewed = await client.acquireTokenSilent({ scopes, account, forceRefresh: true })
    assert.deepEqual([renewed?.accessToken, renewed?.tokenSource], ['renewed', 'broker'])
    await client.removeAccount({ account: account! })
    assert.deepEqual(await client.getAccounts(), [])
    network.assertDone()
  })

  it('is not there where nobody has its name', async () => {
    await open({ hasBroker: false })
    assert.deepEqual(await start(), {
      state: 'unavailable',
      reason: 'Ping failed: org.freedesktop.DBus.Error.ServiceUnknown',
    })
  })

  it('is started by the bus, and waited for', async () => {
    await open({ hasBroker: false, services: { [BROKER.destination]: activate(1000) } })
    const runtime = await begin()
    assert.equal((await runtime.signInSilently(REQUEST)).tokens?.accessToken, 'linux-at')
  })

  it('is not waited for beyond a deadline, and nothing stands still meanwhile', async () => {
    await open({ hasBroker: false, services: { [BROKER.destination]: activate(20_000) } })
    let ticks = 0
    const timer = setInterval(() => ticks++, 20)
    const began = performance.now()
    const started = await start({ start: 1000 })
    clearInterval(timer)
    assert.equal(started.state, 'unavailable')
    assert.ok(performance.now() - began < 3000)
    assert.ok(ticks > 20, `${ticks} ticks`)
  })

  it('gives 300 kB whole', async () => {
    const standIn = await open()
    const accessToken = 'a'.repeat(300_000)
    standIn?.answer('acquireTokenSilently', wireTokensFor(ADA, { accessToken }))
    assert.equal((await (await begin()).signInSilently(REQUEST)).tokens?.accessToken, accessToken)
  })

  it('is given up at once while its window is open, and told so', async () => {
    const standIn = await open()
    assert.ok(standIn)
    const runtime = await begin()
    const abort = new AbortController()
    let end: (() => void) | undefined
    const told = new Promise<void>((resolve) => {
      standIn.answer('cancelInteractiveFlow', () => {
        resolve()
        return {}
      })
    })
    standIn.answer('acquireTokenInteractively', () => {
      setTimeout(() => abort.abort(new Error('enough')), 50)
      return new Promise((resolve) => (end = () => resolve({})))
    })
    const request = { ...REQUEST, parentWindowHandle: new Uint8Array(), accountHint: '' }
    await assert.rejects(runtime.signInInteractively(request, abort.signal), /enough/)
    await told
    end?.()
  })

  it('that dies in the middle of a request is an error at once', async () => {
    const standIn = await open()
    standIn?.answer('acquireTokenSilently', () => {
      void standIn.leave()
      return new Promise(() => undefined)
    })
    await assert.rejects((await begin()).signInSilently(REQUEST), { name: 'BrokerError', message: /NoReply/ })
  })
})
