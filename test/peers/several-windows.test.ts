import assert from 'node:assert/strict'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSealedFolder } from '../../src/node/sealed-folder.ts'
import type { Secrets } from '../../src/vscode/secret-storage-persistence.ts'
import { createKeyStore } from '../../src/vscode/shared-store.ts'
import { startSimulator, type Simulator } from '../simulator/server.ts'
import { createWorkbench, type Workbench } from '../support/workbench.ts'
import { createProvider, visitAs } from './extension-window.ts'

const SCOPES = ['User.Read']
const HOUR = 3_600_000

/** Calls of the file system while `run` runs, by name. */
async function countFileCalls(run: () => Promise<unknown>): Promise<readonly string[]> {
  const calls: string[] = []
  const members = promises as unknown as Record<string, unknown>
  const originals = Object.entries(members).filter(([, member]) => typeof member === 'function')
  for (const [name, original] of originals)
    members[name] = (...values: unknown[]) => {
      calls.push(name)
      return (original as (...values: unknown[]) => unknown)(...values)
    }
  syncBuiltinESMExports()
  try {
    await run()
  } finally {
    Object.assign(promises, Object.fromEntries(originals))
    syncBuiltinESMExports()
  }
  return calls
}

const until = async (condition: () => boolean): Promise<void> => {
  for (let tries = 0; !condition(); tries++) {
    assert.ok(tries < 400, 'it did not come about')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Refresh tokens rotate, and one that is used twice signs its person out everywhere. */
describe('Several windows of the extension before the simulator', () => {
  let simulator: Simulator
  let workbench: Workbench
  let directory = ''
  let ahead = 0
  const closers: (() => void)[] = []

  before(async () => (simulator = await startSimulator()))
  after(() => simulator.stop())
  beforeEach(() => {
    simulator.controls.reset()
    simulator.controls.set({ revokeOnReuse: true })
    workbench = createWorkbench()
    directory = mkdtempSync(join(tmpdir(), 'several-windows-'))
    ahead = 0
  })
  afterEach(() => {
    for (const close of closers.splice(0)) close()
    rmSync(directory, { recursive: true, force: true })
  })

  const personOf = (name: string) => simulator.users.find(({ username }) => username.startsWith(`${name}@`))!

  /** A window with an extension host of its own and the copy of the secrets that it got when it opened. */
  const openWindow = (secrets: Secrets = workbench.openWindow(), fetch?: typeof globalThis.fetch) => {
    const problems: string[] = []
    const folder = createSealedFolder({
      directory: join(directory, 'sign-ins'),
      keyStore: createKeyStore(secrets),
      onProblem: (problem) => problems.push(problem),
    })
    closers.push(folder.dispose)
    const settings = { clientId: simulator.clients.public.clientId, authority: `${simulator.http}/organizations` }
    const options = { persistence: folder.open, ahead: () => ahead, ...(fetch && { fetch }) }
    const { provider, events } = createProvider(settings, visitAs(personOf('ada')), options)
    const ask = async (scopes = SCOPES) => (await provider.getSessions(scopes, {}))[0]?.accessToken
    return { provider, events, problems, ask, secrets }
  }

  /** A window where Ada is signed in, a second one that opens after it, and more. */
  const openSignedIn = async (more = 0) => {
    const first = openWindow()
    await first.provider.createSession(SCOPES, {})
    const windows = [first, openWindow(), ...Array.from({ length: more }, () => openWindow())] as const
    for (const { provider } of windows) assert.equal((await provider.getSessions(undefined, {})).length, 1)
    return windows
  }

  /** Lets all access tokens run out. */
  const passTime = () => {
    ahead += 2 * HOUR
    simulator.controls.advanceClock({ seconds: 2 * 3600 })
    simulator.controls.resetCounts()
  }

  const grants = () => simulator.controls.requests().filter(({ path }) => path.endsWith('/token')).length

  it('#27 N windows refresh at once and rotation signs all out: one asks, the others take its token', async () => {
    const windows = await openSignedIn(2)
    for (let round = 0; round < 3; round++) {
      passTime()
      const tokens = await Promise.all(windows.map(({ ask }) => ask()))
      assert.ok(tokens[0])
      assert.deepEqual(new Set(tokens).size, 1)
      assert.equal(grants(), 1)
    }
  })

  it('#27 N windows refresh at once and rotation signs all out: for different APIs each uses the token that the last one got', async () => {
    const windows = await openSignedIn(1)
    passTime()
    const scopes = ['User.Read', 'Mail.Read', 'Files.Read']
    const tokens = await Promise.all(windows.map(({ ask }, index) => ask([scopes[index]!])))
    assert.equal(new Set(tokens).size, 3)
    assert.equal(grants(), 3)
    passTime()
    assert.ok(await windows[0].ask())
  })

  it('#26 Signed out after sleep: windows that wake without a network stay signed in, and ask once when it is back', async () => {
    let isOnline = true
    const network: typeof fetch = (input, init) =>
      isOnline ? fetch(input, init) : Promise.reject(new TypeError('fetch failed'))
    const first = openWindow(undefined, network)
    await first.provider.createSession(SCOPES, {})
    const windows = [first, openWindow(undefined, network)]
    passTime()
    isOnline = false
    assert.deepEqual(await Promise.all(windows.map(({ ask }) => ask())), [undefined, undefined])
    for (const { provider } of windows) assert.equal((await provider.getSessions(undefined, {})).length, 1)
    isOnline = true
    const [one, other] = await Promise.all(windows.map(({ ask }) => ask()))
    assert.ok(one)
    assert.equal(one, other)
    assert.equal(grants(), 1)
  })

  it('#25 Sign-out does not stick: one window signs out, the others are told, and stay out after a reload', async () => {
    const [first, second] = await openSignedIn()
    assert.ok(await second.ask())
    second.events.splice(0)
    const [session] = await first.provider.getSessions(SCOPES, {})
    await first.provider.removeSession(session!.id)
    await until(() => second.events.length > 0)
    assert.ok(second.events[0]!.removed.some(({ id }) => id === session!.id))
    const reloaded = [openWindow(), openWindow()]
    for (const { provider, ask } of [second, ...reloaded]) {
      assert.deepEqual(await provider.getSessions(undefined, {}), [])
      assert.equal(await ask(), undefined)
    }
  })

  it('#25 Sign-out does not stick: an old window that writes its copy of the secrets brings nobody back', async () => {
    const [first, old] = await openSignedIn()
    const [session] = await first.provider.getSessions(SCOPES, {})
    await first.provider.removeSession(session!.id)
    await old.secrets.store('of another extension', 'value')
    for (const { provider, ask } of [openWindow(), old]) {
      assert.equal(await ask(), undefined)
      assert.deepEqual(await provider.getSessions(undefined, {}), [])
    }
    assert.equal([...workbench.stored().values()].join().includes('refresh'), false)
  })

  it('#25 Sign-out does not stick: it holds while another window gets a new token', async () => {
    const [first] = await openSignedIn()
    const [session] = await first.provider.getSessions(SCOPES, {})
    let isRemoved = false
    const second = openWindow(undefined, async (input, init) => {
      const answer = await fetch(input, init)
      if (init?.method !== 'POST') return answer
      isRemoved = true
      await first.provider.removeSession(session!.id)
      return answer
    })
    assert.equal(await second.ask(['Mail.Read']), undefined)
    assert.ok(isRemoved)
    for (const { provider, ask } of [first, second, openWindow()]) {
      assert.equal(await ask(), undefined)
      assert.deepEqual(await provider.getSessions(undefined, {}), [])
    }
  })

  it('know at once of each tenant what was done for another, in the same window and in others', async () => {
    const [first, second] = await openSignedIn()
    const guest = [...SCOPES, `VSCODE_TENANT:${simulator.tenants.guest}`]
    assert.ok((await first.ask(guest)) && (await second.ask(guest)))
    const [session] = await second.provider.getSessions(guest, {})
    await second.provider.removeSession(session!.id)
    assert.deepEqual([await second.ask(), await second.ask(guest)], [undefined, undefined])
    await until(() => first.events.some(({ removed }) => removed.length > 0))
    assert.deepEqual([await first.ask(), await first.ask(guest)], [undefined, undefined])
    await second.provider.createSession(SCOPES, {})
    assert.ok(await second.ask(guest))
  })

  it('tell of a sign-in, whose token all of them have without a request', async () => {
    const [first, second] = [openWindow(), openWindow()]
    await first.provider.getSessions(undefined, {})
    const third = openWindow()
    for (const { provider } of [second, third]) assert.deepEqual(await provider.getSessions(undefined, {}), [])
    const session = await first.provider.createSession(SCOPES, {})
    await until(() => third.events.length > 0)
    assert.ok(third.events[0]!.added.some(({ id }) => id === session.id))
    simulator.controls.resetCounts()
    assert.equal(await third.ask(), session.accessToken)
    assert.equal(simulator.controls.requests().length, 0)
  })

  describe('one of which lacks the key of the others', () => {
    /** Both sign in by themselves: the second one's copy of the secrets is older than the key. */
    const openApart = async () => {
      const secrets = workbench.openWindow()
      const first = openWindow()
      await first.provider.createSession(SCOPES, {})
      const second = openWindow(secrets)
      assert.deepEqual(await second.provider.getSessions(undefined, {}), [])
      await second.provider.createSession(SCOPES, {})
      return [first, second] as const
    }

    it('renew their tokens by themselves, and neither signs the other out', async () => {
      const windows = await openApart()
      for (let round = 0; round < 2; round++) {
        passTime()
        const [one, other] = await Promise.all(windows.map(({ ask }) => ask()))
        assert.ok(one && other && one !== other)
        assert.equal(grants(), 2)
      }
    })

    it('#25 Sign-out does not stick: are both out when one signs out, also after a reload', async () => {
      const [first, second] = await openApart()
      const [session] = await first.provider.getSessions(SCOPES, {})
      await first.provider.removeSession(session!.id)
      await until(() => second.events.some(({ removed }) => removed.length > 0))
      for (const { provider, ask } of [first, second, openWindow(), openWindow(first.secrets)]) {
        assert.equal(await ask(), undefined)
        assert.deepEqual(await provider.getSessions(undefined, {}), [])
      }
    })
  })

  it('a cached token costs none of them a call of the file system', async () => {
    const windows = await openSignedIn()
    for (const { ask } of windows) await ask()
    await new Promise((resolve) => setTimeout(resolve, 50))
    for (const { ask } of windows) assert.deepEqual(await countFileCalls(() => ask()), [])
    passTime()
    const calls = await countFileCalls(() => windows[0].ask())
    assert.ok(calls.length > 0 && calls.length <= 24, calls.join(' '))
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.deepEqual(await countFileCalls(() => windows[0].ask()), [])
  })
})
