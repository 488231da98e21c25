import assert from 'node:assert/strict'
import type { BrokerPlatform, BrokerStart } from '../../../src/msal/core/broker-runtime.ts'
import { PublicClientApplication, type PublicClientOptions } from '../../../src/msal/index.ts'
import {
  CLIENT_ID,
  createTestClient,
  createTestLogger,
  createTestPlatform,
  createTestService,
  discovery,
  GUEST,
  HOME,
  HOST,
  metadataOf,
} from '../../support/entra.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { ALL_BROKERS, brokerTokensFor, createScriptedBroker } from '../../support/scripted-broker.ts'

const WINDOW = { scopes: ['User.Read'], parentWindowHandle: 1 } as const
const noBrowser = { ...WINDOW, openBrowser: () => false }

describe('A broker', () => {
  const enabled: readonly [BrokerPlatform, keyof typeof ALL_BROKERS, boolean][] = (
    ['windows', 'mac', 'linux', 'wsl'] as const
  ).flatMap((platform) =>
    (Object.keys(ALL_BROKERS) as (keyof typeof ALL_BROKERS)[]).map(
      (option): [BrokerPlatform, keyof typeof ALL_BROKERS, boolean] => [
        platform,
        option,
        option.toLowerCase().endsWith(platform) || (platform === 'wsl' && option === 'enableBrokerOnLinux'),
      ],
    ),
  )
  for (const [platform, option, isUsed] of enabled)
    it(`of ${platform} is ${isUsed ? '' : 'not '}enabled by ${option}`, async () => {
      const broker = createScriptedBroker(isUsed ? [{ method: 'signInSilently', answer: brokerTokensFor() }] : [], {
        platform,
      })
      const { client, network } = createTestClient([discovery()], { [option]: true }, { broker: broker.host })
      const signIn = client.acquireTokenInteractive(noBrowser)
      if (isUsed) assert.equal((await signIn).tokenSource, 'broker')
      else await assert.rejects(signIn, { name: 'InteractionError' })
      assert.equal(broker.starts.length, isUsed ? 1 : 0)
      broker.assertDone()
      network.assertDone()
    })

  for (const value of [undefined, false])
    it(`is not used unless asked for (${value})`, async () => {
      const broker = createScriptedBroker([])
      const { client } = createTestClient([discovery()], { enableBrokerOnWindows: value }, { broker: broker.host })
      await assert.rejects(client.acquireTokenInteractive(noBrowser), { name: 'InteractionError' })
      assert.equal(broker.starts.length, 0)
    })

  it('is neither looked for nor started by a constructor', () => {
    const broker = {
      get platform(): undefined {
        throw new Error('the machine was looked at')
      },
      start: () => Promise.reject(new Error('it was started')),
    }
    const platform = createTestPlatform(createFakeClock(), { broker })
    assert.ok(new PublicClientApplication({ clientId: CLIENT_ID, ...ALL_BROKERS }, platform))
  })

  const authorities: readonly [authority: string, platform: BrokerPlatform, isUsed: boolean][] = [
    ['https://fs.contoso.com/adfs', 'windows', false],
    ['https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_x', 'windows', false],
    [`${HOST}/contoso.onmicrosoft.com/B2C_1_x`, 'windows', false],
    ['https://contoso.ciamlogin.com/contoso.onmicrosoft.com', 'linux', false],
    ['https://contoso.ciamlogin.com/contoso.onmicrosoft.com', 'windows', false],
    [`${HOST}/consumers`, 'linux', false],
    [`${HOST}/Consumers`, 'linux', false],
    [`${HOST}/9188040d-6c67-4c5b-b112-36a304b66dad`, 'linux', false],
    [`${HOST}/consumers`, 'wsl', false],
    [`${HOST}/consumers`, 'windows', true],
    [`${HOST}/consumers`, 'mac', true],
    [`${HOST}/common`, 'linux', true],
    [`${HOST}/organizations`, 'linux', true],
    ['https://login.microsoftonline.us/organizations', 'linux', true],
  ]
  for (const [authority, platform, isUsed] of authorities)
    it(`of ${platform} is ${isUsed ? 'asked' : 'passed by'} for ${authority}`, async () => {
      const broker = createScriptedBroker(
        isUsed ? [{ method: 'signInSilently', answer: new Error('it was asked') }] : [],
        { platform },
      )
      const isAdfs = authority.endsWith('adfs')
      const url = `${authority}${isAdfs ? '' : '/v2.0'}/.well-known/openid-configuration`
      const metadata = { ...metadataOf(authority), issuer: isAdfs ? authority : `${authority}/v2.0` }
      const { client } = createTestClient(
        [{ url, answer: { json: metadata } }],
        { ...ALL_BROKERS, authority },
        { broker: broker.host },
      )
      const signIn = client.acquireTokenInteractive(noBrowser)
      await assert.rejects(signIn, isUsed ? /it was asked/ : { name: 'InteractionError' })
      assert.equal(broker.starts.length, isUsed ? 1 : 0)
      broker.assertDone()
    })

  it('is passed by for plain OpenID', async () => {
    const broker = createScriptedBroker([])
    const issuer = 'https://id.example'
    const { client } = createTestClient(
      [
        {
          url: `${issuer}/.well-known/openid-configuration`,
          answer: { json: { ...metadataOf(issuer), issuer } },
        },
      ],
      { ...ALL_BROKERS, authority: undefined, oidcAuthority: issuer },
      { broker: broker.host },
    )
    await assert.rejects(client.acquireTokenInteractive(noBrowser), { name: 'InteractionError' })
    assert.equal(broker.starts.length, 0)
  })

  for (const options of [{ instanceDiscovery: false }, { validateAuthority: false }])
    it(`is told not to check an authority of the developer's own: ${JSON.stringify(options)}`, async () => {
      const authority = 'https://login.contoso.local/contoso'
      const broker = createScriptedBroker([
        { method: 'signInSilently', answer: new Error('asked') },
        { method: 'signInSilently', answer: new Error('asked') },
      ])
      const metadata = {
        url: `${authority}/v2.0/.well-known/openid-configuration`,
        answer: { json: metadataOf(authority) },
      }
      const own = createTestClient([metadata], { ...ALL_BROKERS, ...options, authority }, { broker: broker.host })
      await assert.rejects(own.client.acquireTokenInteractive(WINDOW), /asked/)
      const known = createTestClient([discovery()], ALL_BROKERS, { broker: broker.host })
      await assert.rejects(known.client.acquireTokenInteractive(WINDOW), /asked/)
      const [first, second] = broker.calls.map(({ request }) => request)
      assert.equal(first?.authority, authority)
      assert.equal(first.additional['validateAuthority'], 'no')
      assert.equal(second?.authority, `${HOST}/${HOME}`)
      assert.equal(second.additional['validateAuthority'], undefined)
    })

  it('that is enabled and whose package is missing is an error that says what to install', async () => {
    const start: BrokerStart = { state: 'missing', hint: 'install this' }
    for (const [platform, argument] of [
      ['windows', 'enableBrokerOnWindows'],
      ['mac', 'enableBrokerOnMac'],
      ['wsl', 'enableBrokerOnWsl'],
    ] as const) {
      const broker = createScriptedBroker([], { platform, start })
      const { client } = createTestClient([], ALL_BROKERS, { broker: broker.host })
      const expected = { name: 'ConfigurationError', argument, message: /install this/ }
      await assert.rejects(client.acquireTokenInteractive(noBrowser), expected)
      if (platform !== 'wsl') await assert.rejects(client.isPopSupported(), expected)
    }
  })

  it('that can not be started is done without, and tried again by the next call; the log says so once', async () => {
    const broker = createScriptedBroker([], { start: { state: 'unavailable', reason: 'no bus' } })
    const { client, log } = createTestClient([discovery()], ALL_BROKERS, { broker: broker.host })
    for (let attempt = 1; attempt <= 2; attempt++) {
      await assert.rejects(client.acquireTokenInteractive(noBrowser), { name: 'InteractionError' })
      assert.equal(broker.starts.length, attempt)
    }
    assert.equal(log.filter((line) => line.includes('no bus')).length, 1)
  })

  it('that started and then fails is an error, and no browser is opened', async () => {
    const broker = createScriptedBroker([{ method: 'signInSilently', answer: { failure: FAILURE } }])
    const { client } = createTestClient([discovery()], ALL_BROKERS, { broker: broker.host })
    const openBrowser = () => assert.fail('a browser was opened')
    await assert.rejects(client.acquireTokenInteractive({ ...WINDOW, openBrowser }), { error: 'broker_error' })
  })
  const FAILURE = { status: 0, errorCode: 0, tag: 0, context: 'broken' }

  it('whose start takes its time can be given up', async () => {
    const { client } = createTestClient([], ALL_BROKERS, {
      broker: { platform: 'windows', start: () => new Promise(() => undefined) },
    })
    const abort = new AbortController()
    const signIn = client.acquireTokenInteractive({ ...WINDOW, signal: abort.signal })
    abort.abort(new Error('enough'))
    await assert.rejects(signIn, /enough/)
  })

  it('logs to the client, with names only where they may be there', async () => {
    for (const enablePiiLog of [false, true]) {
      const broker = createScriptedBroker([])
      const { client, log } = createTestClient([], { ...ALL_BROKERS, enablePiiLog }, { broker: broker.host })
      await client.isPopSupported()
      await client.isPopSupported()
      const [first, second] = broker.starts
      assert.ok(first && first === second)
      assert.equal(first.allowsPii, enablePiiLog)
      first.debug('a line')
      first.error('the end')
      assert.deepEqual(log, ['a line', 'the end'])
    }
  })

  it('logs once to a logger that several clients share', async () => {
    const { host, starts } = createScriptedBroker([])
    const logger = createTestLogger()
    for (const enablePiiLog of [false, false, true])
      await createTestClient([], { ...ALL_BROKERS, logger, enablePiiLog }, { broker: host }).client.isPopSupported()
    const [first, second, personal] = starts
    assert.ok(first === second && personal !== first)
    assert.equal(personal?.allowsPii, true)
  })

  it('never serves a confidential client', async () => {
    const broker = createScriptedBroker([])
    const { client } = createTestService([], ALL_BROKERS as object, { broker: broker.host })
    assert.equal(await client.isPopSupported(), false)
    assert.equal(broker.starts.length, 0)
  })

  it('never serves a code, a refresh token or a device', async () => {
    const broker = createScriptedBroker([])
    const refusal = { status: 400, json: { error: 'invalid_grant' } }
    const token = { method: 'POST', url: `${HOST}/${HOME}/oauth2/v2.0/token`, answer: refusal }
    const device = { ...token, url: `${HOST}/${HOME}/oauth2/v2.0/devicecode` }
    const { client, network } = createTestClient([discovery(), token, token, device], ALL_BROKERS, {
      broker: broker.host,
    })
    const scopes = ['User.Read']
    for (const run of [
      () => client.acquireTokenByAuthorizationCode({ code: 'c', scopes }),
      () => client.acquireTokenByRefreshToken({ refreshToken: 'r', scopes }),
      () => client.initiateDeviceFlow({ scopes }),
    ])
      await assert.rejects(run, { error: 'invalid_grant' })
    network.assertDone()
    assert.equal(broker.starts.length, 0)
  })
})

describe('Proof of possession', () => {
  const supported: readonly [options: Partial<PublicClientOptions>, platform: BrokerPlatform, isSupported: boolean][] =
    [
      [ALL_BROKERS, 'windows', true],
      [ALL_BROKERS, 'mac', true],
      [ALL_BROKERS, 'linux', false],
      [ALL_BROKERS, 'wsl', false],
      [{}, 'windows', false],
      [{ enableBrokerOnMac: true }, 'windows', false],
      [{ ...ALL_BROKERS, authority: 'https://fs.contoso.com/adfs' }, 'windows', false],
      [{ ...ALL_BROKERS, authority: `${HOST}/${GUEST}` }, 'mac', true],
    ]
  for (const [options, platform, isSupported] of supported)
    it(`is ${isSupported ? '' : 'not '}supported on ${platform} with ${JSON.stringify(options)}`, async () => {
      const broker = createScriptedBroker([], { platform })
      const { client } = createTestClient([], options, { broker: broker.host })
      assert.equal(await client.isPopSupported(), isSupported)
    })

  it('is not supported where the broker can not be started, or the machine has none', async () => {
    const { host } = createScriptedBroker([], { start: { state: 'unavailable', reason: 'r' } })
    assert.equal(await createTestClient([], ALL_BROKERS, { broker: host }).client.isPopSupported(), false)
    assert.equal(await createTestClient([], ALL_BROKERS).client.isPopSupported(), false)
    const none = { platform: undefined, start: () => assert.fail('started') }
    assert.equal(await createTestClient([], ALL_BROKERS, { broker: none }).client.isPopSupported(), false)
  })
})
