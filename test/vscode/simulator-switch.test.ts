import assert from 'node:assert/strict'
import type { NotificationButton } from '../../src/vscode/notifications.ts'
import { createOverridableSource, type SettingOverrides } from '../../src/vscode/settings.ts'
import { parseSimulatorDescription, type SimulatorDescription } from '../../src/vscode/simulator-description.ts'
import { createSimulatorSwitch } from '../../src/vscode/simulator-switch.ts'
import { speakSimulator } from '../../src/vscode/simulator-texts.ts'
import { settle } from './fakes.ts'

const ADA = { username: 'ada@contoso.test', password: 'made-up', note: 'needs nothing more' }
const DESCRIPTION = { http: 'http://127.0.0.2:81', clients: { public: { clientId: 'app' } }, users: [ADA, {}] }
const OVERRIDES = { clientId: 'app', authority: 'http://127.0.0.2:81/organizations', tenant: '' }

function createHarness({
  line = JSON.stringify(DESCRIPTION),
  lastHost = undefined as string | undefined,
  fails = false,
} = {}) {
  const seen = {
    ...{ started: 0, stopped: 0, signedIn: 0, logsShown: 0 },
    ...{ signedOut: [] as string[], told: [] as string[], logged: [] as string[], copied: [] as string[] },
    buttons: [] as NotificationButton[],
  }
  const now = {
    host: lastHost,
    override: undefined as SettingOverrides | undefined,
    mark: undefined as SimulatorDescription | undefined,
  }
  const write = (message: string) => void seen.logged.push(message)
  let exit = () => undefined as void
  const simulator = createSimulatorSwitch({
    start: async () => {
      seen.started++
      if (fails) throw new Error('npm could not be started')
      const ended = new Promise<void>((resolve) => (exit = resolve))
      return {
        description: line,
        ended,
        stop: () => {
          seen.stopped++
          exit()
        },
      }
    },
    override: (values) => (now.override = values),
    signOut: async (host) => void seen.signedOut.push(host),
    lastHost: { get: () => now.host, set: (host) => (now.host = host) },
    mark: (running) => (now.mark = running),
    tell(text, buttons) {
      seen.told.push(text)
      seen.buttons = [...buttons]
    },
    copyText: (text) => void seen.copied.push(text),
    signIn: () => (seen.signedIn += 1),
    showLog: () => (seen.logsShown += 1),
    log: { trace: write, debug: write, info: write, warn: write, error: write },
  })
  return { simulator, seen, now, crash: () => exit() }
}

describe('#40 Sign-in can not be mocked in tests: the simulator', () => {
  it("takes Entra's place in the window, which is marked, and says who may sign in", async () => {
    const { simulator, seen, now } = createHarness()
    await simulator.toggle()
    assert.deepEqual(now.override, OVERRIDES)
    assert.equal(now.mark?.origin, 'http://127.0.0.2:81')
    assert.match(seen.told[0]!, /not real: sign in as ada@contoso\.test with the password made-up/)
    assert.deepEqual(seen.logged, [])
  })

  it('has the password copied and the sign-in begun by buttons, for a notification without any is cut off', async () => {
    const { simulator, seen } = createHarness()
    await simulator.toggle()
    assert.deepEqual(
      seen.buttons.map(({ label }) => label),
      ['Copy Password', 'Sign In'],
    )
    for (const { run } of seen.buttons) run()
    assert.deepEqual([seen.copied, seen.signedIn], [['made-up'], 1])
  })

  it('ends by the same command: its people are signed out, the mark and the settings go', async () => {
    const { simulator, seen, now } = createHarness()
    await simulator.toggle()
    await simulator.toggle()
    await settle()
    assert.deepEqual(
      [seen.stopped, seen.signedOut, now],
      [1, ['127.0.0.2:81'], { host: undefined, override: undefined, mark: undefined }],
    )
    await simulator.toggle()
    assert.equal(seen.started, 2)
  })

  it('leaves nothing behind where it ends by itself', async () => {
    const { simulator, seen, now, crash } = createHarness()
    await simulator.toggle()
    crash()
    await settle()
    assert.deepEqual([seen.signedOut, now.override, now.mark], [['127.0.0.2:81'], undefined, undefined])
  })

  it('signs out the people of one that a window which was closed has left', async () => {
    const { simulator, seen, now } = createHarness({ lastHost: '127.0.0.2:80' })
    await simulator.toggle()
    assert.deepEqual([seen.signedOut, now.host], [['127.0.0.2:80'], '127.0.0.2:81'])
  })

  it('starts once, however often it is asked for meanwhile', async () => {
    const { simulator, seen } = createHarness()
    await Promise.all([simulator.toggle(), simulator.toggle()])
    assert.equal(seen.started, 1)
  })

  for (const [what, options] of [
    ['it does not start', { fails: true }],
    ['its description is none', { line: 'ready' }],
  ] as const)
    it(`says what it needs where ${what}`, async () => {
      const { simulator, seen, now } = createHarness(options)
      await simulator.toggle()
      await settle()
      assert.match(seen.told[0]!, /did not start\. It needs npm/)
      assert.match(seen.logged[0]!, /did not start/)
      seen.buttons.find(({ label }) => label === 'Show Log')?.run()
      assert.equal(seen.logsShown, 1)
      assert.deepEqual([now.override, now.mark], [undefined, undefined])
    })
})

describe("a simulator's description", () => {
  it('is said to a screen reader in plain words, with the people and their passwords', () => {
    const bob = { username: 'bob@contoso.test', password: 'other', note: '' }
    assert.equal(
      speakSimulator({ origin: 'http://127.0.0.2:81', clientId: 'app', first: ADA, users: [ADA, bob] }),
      'Entra simulator – not real. A simulator at http://127.0.0.2:81 takes the place of Entra in this window. ' +
        'Click to stop it. ada@contoso.test with the password made-up, needs nothing more. ' +
        'bob@contoso.test with the password other',
    )
  })

  it('is read as far as it makes sense', () => {
    const { users, ...rest } = parseSimulatorDescription(JSON.stringify(DESCRIPTION))
    assert.deepEqual([users, rest], [[ADA], { origin: 'http://127.0.0.2:81', clientId: 'app', first: ADA }])
  })

  for (const [missing, value] of [
    ['http', {}],
    ['http', { ...DESCRIPTION, http: 'no URL' }],
    ['clientId', { ...DESCRIPTION, clients: {} }],
    ['users', { ...DESCRIPTION, users: [] }],
  ] as const)
    it(`is refused without ${missing}: ${JSON.stringify(value).slice(0, 30)}`, () =>
      assert.throws(() => parseSimulatorDescription(JSON.stringify(value)), new RegExp(missing)))
})

describe('settings that a simulator overrides', () => {
  it('are the own ones again afterwards', () => {
    const source = createOverridableSource({ get: (setting) => `own ${setting}` })
    source.override({ clientId: 'app', tenant: undefined })
    assert.deepEqual(
      [source.get('clientId'), source.get('tenant'), source.get('cloud')],
      ['app', undefined, 'own cloud'],
    )
    source.override(undefined)
    assert.equal(source.get('clientId'), 'own clientId')
  })
})
