import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { BrokerAccount, BrokerAnswer, BrokerRequest, BrokerRuntime } from '../../src/msal/core/broker-runtime.ts'
import { BrokerError } from '../../src/msal/core/errors.ts'
import { readPortalVersion } from '../../src/node/company-portal.ts'
import { startNativeBroker, type NativeBrokerOptions } from '../../src/node/native-broker.ts'
import { createRuntimeFolder, type NativeRuntimeFolder } from '../support/native-runtime.ts'

const ADA: BrokerAccount = {
  homeAccountId: 'ada-oid.home',
  localAccountId: 'ada-oid',
  environment: 'login.microsoftonline.com',
  realm: 'home',
  username: 'ada@contoso.test',
  clientInfo: 'client info',
  displayName: 'ada',
  givenName: '',
  familyName: '',
}

const TELEMETRY = 'telemetry of a failure'

const request = (scope: string, more: Partial<BrokerRequest> = {}): BrokerRequest => ({
  clientId: 'app',
  authority: 'https://login.microsoftonline.com/organizations',
  scopes: [scope],
  additional: {},
  correlationId: 'correlation',
  ...more,
})

const interactive = (scope: string, more: Partial<BrokerRequest> = {}) => ({
  ...request(scope, more),
  parentWindowHandle: new Uint8Array([1, 2, 3, 4]),
  accountHint: 'ada@contoso.test',
})

/** What the runtime was told, as it says itself. */
const toldBy = ({ tokens }: BrokerAnswer) => JSON.parse(tokens?.telemetry ?? 'null') as Record<string, unknown>

const isRunning = (pid: unknown): boolean => {
  try {
    return process.kill(Number(pid), 0)
  } catch {
    return false
  }
}

const ended = async (pid: unknown): Promise<void> => {
  for (let i = 0; isRunning(pid); i++) {
    assert.ok(i < 200, 'the process still runs')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe('the native broker', () => {
  let folder: NativeRuntimeFolder
  before(async () => {
    folder = await createRuntimeFolder()
  })
  afterEach(() => folder.scriptStart({}))
  after(() => folder.remove())

  const start = (options: Partial<NativeBrokerOptions> = {}) =>
    startNativeBroker({ platform: 'windows', script: folder.script, readVersion: async () => '5.2603.1', ...options })
  const ready = async (options: Partial<NativeBrokerOptions> = {}): Promise<BrokerRuntime> => {
    const started = await start(options)
    assert.equal(started.state, 'ready')
    return started.state === 'ready' ? started.runtime : assert.fail()
  }

  describe('its start', () => {
    it('names the package where it is not installed', async () => {
      const bare = await createRuntimeFolder('none')
      const started = await start({ script: bare.script })
      await bare.remove()
      assert.deepEqual(started, { state: 'missing', hint: 'install the package @azure/msal-node-runtime' })
    })

    const problems: readonly [string, object][] = [
      [
        'there is no broker',
        { errorCode: 0, errorStatus: 6, errorContext: 'Broker cannot be initialized', errorTag: 507897694 },
      ],
      [
        'its libraries are missing',
        { errorCode: 0, errorStatus: 0, errorContext: 'Binaries could not be loaded', errorTag: 0 },
      ],
    ]
    for (const [what, problem] of problems)
      it(`says why there is none where ${what}, and is tried again in another process`, async () => {
        await folder.scriptStart({ problem })
        const started = await start()
        assert.equal(started.state, 'unavailable')
        assert.match(
          started.state === 'unavailable' ? started.reason : '',
          /^(Broker cannot|Binaries could).*tag \d+\)$/,
        )
        await folder.scriptStart({})
        assert.equal((await start()).state, 'ready')
      })

    it('is given up after its time, though the process is blocked', async () => {
      await folder.scriptStart({ blockMs: 60_000 })
      const started = await start({ times: { start: 300 } })
      assert.deepEqual(started, { state: 'unavailable', reason: 'The native broker was not ready within 0.3 s' })
    })

    it('fails where the process crashes', async () => {
      await folder.scriptStart({ crash: true })
      const started = await start()
      assert.deepEqual(started, { state: 'unavailable', reason: 'The process of the native broker ended (code 139)' })
    })

    const portals: readonly [string | undefined, string | undefined][] = [
      [undefined, 'Company Portal is not installed'],
      ['5.2602.9', 'Company Portal is older than 5.2603'],
      ['4.9999.0', 'Company Portal is older than 5.2603'],
      ['', 'Company Portal is older than 5.2603'],
      ['no version', 'Company Portal is older than 5.2603'],
      ['5.2603.0', undefined],
      ['6.1', undefined],
    ]
    for (const [version, reason] of portals)
      it(`${reason ? 'is not even tried' : 'goes on'} on a Mac with Company Portal ${version ?? 'missing'}`, async () => {
        await folder.scriptStart({ crash: true })
        const readVersion = async () => version
        const ended = 'The process of the native broker ended (code 139)'
        const started = await start({ platform: 'mac', readVersion })
        assert.deepEqual(started, { state: 'unavailable', reason: reason ?? ended })
        const elsewhere = await start({ platform: 'windows', readVersion })
        assert.deepEqual(elsewhere, { state: 'unavailable', reason: ended })
      })

    it('finds no Company Portal where there is none', async function () {
      if (process.platform === 'darwin') this.skip()
      assert.equal(await readPortalVersion(), undefined)
    })

    it('fails where the system starts no process', async () => {
      // More than any system takes.
      const environment = { ...process.env, HUGE: 'x'.repeat(16 * 1024 * 1024) }
      const reason = 'The process of the native broker could not be started'
      assert.deepEqual(await start({ environment }), { state: 'unavailable', reason })
    })

    it('fails where there is no script', async () => {
      const started = await start({ script: path.join(path.dirname(folder.script), 'none.js') })
      assert.equal(started.state, 'unavailable')
    })
  })

  describe('its calls', () => {
    it('say all that was asked, and bring all that was given', async () => {
      const runtime = await ready()
      const more = {
        redirectUri: 'ms-appx-web://Microsoft.AAD.BrokerPlugin/app',
        claims: '{"access_token":{}}',
        accessTokenToRenew: 'old token',
        pop: { method: 'GET', host: 'api.test:8443', path: '/me', nonce: 'n' },
        additional: { msal_client_sku: 'x', login_hint: 'ada' },
      }
      const { tokens } = await runtime.signInSilently({ ...request('a', more), scopes: ['a', 'b'] })
      const { telemetry, ...rest } = tokens ?? assert.fail()
      assert.deepEqual(rest, {
        accessToken: 'token of a',
        idToken: 'id token',
        authorizationHeader: 'pop bound',
        isPop: true,
        grantedScopes: ['a', 'b'],
        expiresOn: 4102444800,
        account: ADA,
      })
      const { pid: _pid, argv: _argv, execArgv: _execArgv, env: _env, ...told } = JSON.parse(telemetry)
      assert.deepEqual(told, {
        clientId: 'app',
        authority: 'https://login.microsoftonline.com/organizations',
        scopes: 'a b',
        ...more,
        pop: ['GET', 'api.test:8443', '/me', 'n'],
        correlationId: 'correlation',
      })
    })

    it('leave out what was not asked', async () => {
      const { additional, redirectUri, claims, accessTokenToRenew, pop } = toldBy(
        await (await ready()).signInSilently(request('a')),
      )
      assert.deepEqual([additional, redirectUri, claims, accessTokenToRenew, pop], [{}, ...Array<undefined>(4)])
    })

    for (const [platform, handle] of [
      ['windows', '0102030400000000'],
      ['wsl', '0102030400000000'],
      ['mac', '0000000000000000'],
    ] as const)
      it(`give the dialog the window ${handle} on ${platform}, and the user name`, async () => {
        const told = toldBy(await (await ready({ platform })).signInInteractively(interactive('a')))
        assert.deepEqual([told['window'], told['hint']], [handle, 'ada@contoso.test'])
      })

    it('read an account, which then gets tokens, also in a later process', async () => {
      const runtime = await ready({ times: { idle: 50 } })
      const question = { clientId: 'app', localAccountId: 'ada-oid', correlationId: 'correlation' }
      assert.deepEqual(await runtime.readAccount(question), ADA)
      const first = toldBy(await runtime.acquireTokenSilently({ ...request('a'), account: ADA }))
      assert.equal(first['of'], 'ada@contoso.test')
      await ended(first['pid'])
      const second = toldBy(await runtime.acquireTokenSilently({ ...request('a'), account: ADA }))
      assert.notEqual(second['pid'], first['pid'])
    })

    it('know nobody whom the broker does not know', async () => {
      const runtime = await ready()
      const unknown = { ...ADA, localAccountId: 'eve-oid' }
      const failure = { status: 16, errorCode: 7, tag: 42, context: 'not found', telemetry: TELEMETRY }
      assert.equal(
        await runtime.readAccount({ clientId: 'app', localAccountId: 'eve-oid', correlationId: 'correlation' }),
        undefined,
      )
      assert.deepEqual(await runtime.acquireTokenSilently({ ...request('a'), account: unknown }), { failure })
    })

    it('sign an account out, or say why not', async () => {
      const runtime = await ready()
      const options = { account: ADA, correlationId: 'correlation' }
      assert.equal(await runtime.signOutSilently({ ...options, clientId: 'app' }), undefined)
      const failure = await runtime.signOutSilently({ ...options, clientId: 'refused' })
      assert.deepEqual(failure, { status: 3, errorCode: 7, tag: 42, context: 'refused', telemetry: TELEMETRY })
    })

    for (const status of [2, 16, 21, 99])
      it(`pass on a refusal with status ${status}, known or not`, async () => {
        const answer = await (await ready()).signInSilently(request(`refuse:${status}`))
        const context = 'AADSTS50011 in the words of a server'
        assert.deepEqual(answer, { failure: { status, errorCode: 7, tag: 42, context, telemetry: TELEMETRY } })
      })

    it('take a refusal without numbers for one of no known kind', async () => {
      const answer = await (await ready()).signInSilently(request('odd'))
      assert.deepEqual(answer, { failure: { status: 0, errorCode: 0, tag: 0, context: '', telemetry: TELEMETRY } })
    })

    it('pass on what the runtime refuses before it asks the broker', async () => {
      const answer = await (await ready()).signInSilently(request('a', { additional: { prompt: 'login' } }))
      assert.equal(answer.failure?.context, 'Disallowed additional query parameter')
    })

    it('name the kind of any other exception, and nothing of its text', async () => {
      const asking = (await ready()).signInSilently(request('throw', { claims: '{"secret":1}' }))
      await assert.rejects(asking, {
        name: 'BrokerError',
        errorDescription: 'The native broker did not take the request (TypeError)',
      })
    })

    it('run side by side, each with its own answer', async () => {
      const runtime = await ready()
      const order: string[] = []
      const scopes = ['later:400', 'later:200', 'a', 'refuse:5', 'hang']
      const stop = new AbortController()
      const answers = scopes.map((scope) =>
        runtime.signInSilently(request(scope), stop.signal).then(
          (answer) => {
            order.push(scope)
            return answer.tokens?.grantedScopes[0] ?? answer.failure?.status
          },
          (error: unknown) => error,
        ),
      )
      const slow = runtime.signInInteractively(interactive('later:50'))
      assert.deepEqual(await Promise.all([...answers.slice(0, 4), slow.then(({ tokens }) => tokens?.accessToken)]), [
        ...['later:400', 'later:200', 'a', 5],
        'token of later',
      ])
      assert.deepEqual(order, ['a', 'refuse:5', 'later:200', 'later:400'])
      stop.abort(new Error('enough'))
      assert.match(String(await answers[4]), /enough/)
    })
  })

  describe('its log', () => {
    for (const allowsPii of [false, true])
      it(`is passed on, ${allowsPii ? 'with' : 'without'} lines that name people, and without tokens`, async () => {
        const lines: string[] = []
        const log = {
          allowsPii,
          debug: (line: string) => void lines.push(line),
          error: (line: string) => void lines.push(`error: ${line}`),
        }
        const runtime = await ready({ log })
        await runtime.signInSilently(request('a'))
        assert.deepEqual(lines, [
          `pii ${allowsPii}`,
          'a line',
          ...(allowsPii ? ['a line of ada@contoso.test'] : []),
          'a line with [secret] in it',
          'error: the last line',
        ])
      })
  })

  describe('a call that is given up', () => {
    const reason = new Error('the person has had enough')

    for (const scope of ['hang', 'block'])
      it(`ends at once, and its process with it (${scope})`, async () => {
        const runtime = await ready()
        const { pid } = toldBy(await runtime.signInSilently(request('a')))
        const stop = new AbortController()
        const asking = runtime.signInSilently(request(scope), stop.signal)
        asking.catch(() => undefined)
        await new Promise((resolve) => setTimeout(resolve, 50))
        const before = performance.now()
        stop.abort(reason)
        await assert.rejects(asking, reason)
        assert.ok(performance.now() - before < 100)
        await ended(pid)
        assert.equal((await runtime.signInSilently(request('a'))).tokens?.accessToken, 'token of a')
        assert.equal(
          existsSync(path.join(folder.runtime, 'cancelled')),
          false,
          'the runtime itself is never asked to stop',
        )
      })

    it('is not even begun where it was given up before', async () => {
      const runtime = await ready()
      for (const asking of [
        runtime.signInSilently(request('a'), AbortSignal.abort(reason)),
        runtime.signInInteractively(interactive('a'), AbortSignal.abort(reason)),
      ])
        await assert.rejects(asking, reason)
    })

    it('leaves the others alone', async () => {
      const runtime = await ready()
      const stop = new AbortController()
      const others = [
        runtime.signInSilently(request('later:300')),
        runtime.signInInteractively(interactive('later:300')),
      ]
      const asking = [
        runtime.signInSilently(request('hang'), stop.signal),
        runtime.signInInteractively(interactive('block'), stop.signal),
      ]
      for (const each of asking) each.catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, 50))
      stop.abort(reason)
      for (const each of asking) await assert.rejects(each, reason)
      // It has another process: the first one takes no further call.
      const { pid } = toldBy(await runtime.signInSilently(request('a')))
      const [silent, window] = await Promise.all(others.map(async (other) => toldBy(await other)))
      assert.equal(new Set([pid, silent?.['pid'], window?.['pid']]).size, 3)
      await ended(silent?.['pid'])
    })

    it('is given up by itself after its time', async () => {
      // The last call starts a process, within its time.
      const runtime = await ready({ times: { silent: 3000, interactive: 300 } })
      const overdue = (seconds: number) => ({
        name: 'BrokerError',
        errorDescription: `The native broker did not answer within ${seconds} s`,
      })
      await assert.rejects(runtime.signInSilently(request('hang')), overdue(3))
      await assert.rejects(runtime.signInInteractively(interactive('block')), overdue(0.3))
      await runtime.signInSilently(request('a'))
    })
  })

  describe('its process', () => {
    for (const [scope, how] of [
      ['crash', 'SIGSEGV'],
      ['exit', 'code 134'],
    ] as const)
      it(`is replaced after it ended by ${how}, which all its calls are told`, async () => {
        const runtime = await ready()
        const waiting = runtime.signInSilently(request('hang'))
        waiting.catch(() => undefined)
        const errorDescription = `The process of the native broker ended (${how})`
        await assert.rejects(runtime.signInSilently(request(scope)), { name: 'BrokerError', errorDescription })
        await assert.rejects(waiting, BrokerError)
        await assert.rejects(runtime.signInInteractively(interactive(scope)), { errorDescription })
        assert.equal((await runtime.signInSilently(request('a'))).tokens?.accessToken, 'token of a')
      })

    it('tells a call where the broker does not start any more', async () => {
      const runtime = await ready({ times: { idle: 1 } })
      const { pid } = toldBy(await runtime.signInSilently(request('a')))
      await ended(pid)
      await folder.scriptStart({ problem: { errorContext: 'gone', errorStatus: 6, errorTag: 1, errorCode: 0 } })
      await assert.rejects(runtime.signInSilently(request('a')), {
        name: 'BrokerError',
        errorDescription: 'gone (status 6, tag 1)',
      })
      await folder.scriptStart({})
      await runtime.signInSilently(request('a'))
    })

    it('gets no secret by its arguments or its environment, and nothing that is meant for this one', async () => {
      const runtime = await ready({
        environment: { ...process.env, NODE_OPTIONS: '--no-warnings', VSCODE_INSPECTOR_OPTIONS: '{}', OTHER: 'kept' },
      })
      const secrets = { claims: '{"id_token":{"canary":1}}', accessTokenToRenew: 'canary token' }
      const { argv, execArgv, env } = toldBy(await runtime.signInSilently(request('a', secrets)))
      assert.doesNotMatch(JSON.stringify([argv, execArgv, env]), /canary/)
      assert.deepEqual(execArgv, [])
      const { NODE_OPTIONS, VSCODE_INSPECTOR_OPTIONS, OTHER } = env as NodeJS.ProcessEnv
      assert.deepEqual([NODE_OPTIONS, VSCODE_INSPECTOR_OPTIONS, OTHER], [undefined, undefined, 'kept'])
    })

    it('is told to be Node where this one is Electron, and only there', async () => {
      const { versions } = process
      const told = async () => toldBy(await (await ready()).signInSilently(request('a')))['env'] as NodeJS.ProcessEnv
      assert.equal((await told())['ELECTRON_RUN_AS_NODE'], undefined)
      Object.defineProperty(process, 'versions', { value: { ...versions, electron: '37.0.0' }, configurable: true })
      try {
        assert.equal((await told())['ELECTRON_RUN_AS_NODE'], '1')
      } finally {
        Object.defineProperty(process, 'versions', { value: versions, configurable: true })
      }
    })

    /** Runs a program that uses the broker, and returns what it printed and how long it stayed after its last word. */
    const runProgram = async (code: string) => {
      const module = path.resolve('src/node/native-broker.ts')
      const program = `import { createRequire } from 'node:module'
        const { startNativeBroker } = createRequire(import.meta.url)(${JSON.stringify(module)})
        const { runtime } = await startNativeBroker({ platform: 'windows', script: ${JSON.stringify(folder.script)} })
        const request = (scope) => ({ ...${JSON.stringify(request('a', { claims: '{"canary":1}' }))}, scopes: [scope] })
        ${code}
        console.log('done')`
      const parameters = ['--import', 'tsx', '--input-type=module', '--eval', program]
      const child = spawn(process.execPath, parameters)
      let output = ''
      let doneAt = 0
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (data: Buffer) => {
          output += data.toString()
          if (output.includes('done')) doneAt = Date.now()
        })
      await once(child, 'close')
      return { output, stayedMs: Date.now() - doneAt }
    }

    it('keeps to itself what native code prints', async () => {
      const { output } = await runProgram(`const { tokens } = await runtime.signInSilently(request('a'))
        console.log(tokens.accessToken.length)
        await runtime.signInSilently(request('crash')).catch((error) => console.log(error.name))`)
      assert.equal(output, '10\nBrokerError\ndone\n')
    })

    it('does not keep the program from its end, and ends with it', async () => {
      const { output, stayedMs } = await runProgram(`const { tokens } = await runtime.signInSilently(request('a'))
        console.log(JSON.parse(tokens.telemetry).pid)`)
      assert.match(output, /^\d+\ndone\n$/)
      assert.ok(stayedMs < 3000, `${stayedMs} ms`)
      await ended(Number.parseInt(output, 10))
    })

    it('ends with the program, whatever it waits for', async () => {
      const { output } = await runProgram(`const { tokens } = await runtime.signInSilently(request('a'))
        void runtime.signInSilently(request('later:60000'))
        await runtime.signInSilently(request('a'))
        console.log(JSON.parse(tokens.telemetry).pid)
        setImmediate(() => process.exit())`)
      await ended(Number.parseInt(output, 10))
    })
  })
})
