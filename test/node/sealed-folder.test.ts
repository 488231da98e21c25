import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile, readlink, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { createSealedFolder, type SealedFolder } from '../../src/node/sealed-folder.ts'
import { createKeyStore } from '../../src/vscode/shared-store.ts'
import type { Secrets } from '../../src/vscode/secret-storage-persistence.ts'
import { describePersistence } from '../msal/cache/persistence-contract.ts'
import { createWorkbench, type Workbench } from '../support/workbench.ts'

const parent = mkdtempSync(join(tmpdir(), 'sealed-folder-'))
const windows: SealedFolder[] = []
let number = 0

/** A folder that no test has used. */
const newDirectory = (): string => join(parent, String(number++), 'made.sealed')

/** A window that uses a folder. */
function openWindow(directory: string, secrets: Secrets) {
  const problems: string[] = []
  const folder = createSealedFolder({
    directory,
    keyStore: createKeyStore(secrets),
    onProblem: (problem) => problems.push(problem),
  })
  windows.push(folder)
  return { ...folder, problems }
}

/** Paths of files below a folder, but not of locks. */
async function listFiles(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  for (let tries = 0; !(await condition()); tries++) {
    assert.ok(tries < 400, 'it did not come about')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

after(() => {
  for (const window of windows) window.dispose()
  rmSync(parent, { recursive: true, force: true })
})

describePersistence('a sealed folder', async () => {
  const [directory, workbench] = [newDirectory(), createWorkbench()]
  const one = openWindow(directory, workbench.openWindow()).open('tokens')
  await one.list()
  return { one, other: openWindow(directory, workbench.openWindow()).open('tokens') }
})

describe('a sealed folder', () => {
  let directory = ''
  let workbench: Workbench
  beforeEach(() => {
    directory = newDirectory()
    workbench = createWorkbench()
  })

  const openFirst = async () => {
    const window = openWindow(directory, workbench.openWindow())
    await window.open('any').list()
    return window
  }

  it('touches nothing before it is used, however it is prepared', async () => {
    const secrets = new Proxy(workbench.openWindow(), { get: (_target, name) => assert.fail(String(name)) })
    openWindow(directory, secrets)
      .open('tokens')
      .watch(() => assert.fail('nothing changed'))
    await assert.rejects(stat(directory), /ENOENT/)
  })

  it('names and keeps nobody in plain text, and belongs to its owner alone', async () => {
    const tokens = (await openFirst()).open('tokens', 'app')
    await tokens.store('ada@contoso.test', 'SECRET', undefined)
    const [file = '', ...others] = await listFiles(directory)
    assert.deepEqual(others, [])
    assert.match(file, /[/\\][0-9a-f]{16}[/\\][0-9a-f]{64}\.sealed$/)
    assert.doesNotMatch(await readFile(file, 'latin1'), /SECRET|ada|contoso|tokens|app/)
    assert.deepEqual([...workbench.stored().keys()], ['entra-auth.key'])
    if (process.platform === 'win32') return
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    for (const folder of [directory, join(file, '..')]) assert.equal((await stat(folder)).mode & 0o777, 0o700)
  })

  it('keeps namespaces apart, even where one begins like the other', async () => {
    const window = await openFirst()
    const [one, longer] = [window.open('tokens', 'a'), window.open('tokens', 'a', 'b')]
    await longer.store('x', 'text', undefined)
    assert.deepEqual([await one.list(), await one.load('x'), await longer.list()], [[], undefined, ['x']])
  })

  it('is read by every later window, and its key is written once', async () => {
    const version = await (await openFirst()).open('tokens').store('x', 'text', undefined)
    const key = workbench.stored().get('entra-auth.key')
    const later = openWindow(directory, workbench.openWindow()).open('tokens')
    assert.deepEqual(await later.list(), ['x'])
    assert.deepEqual(await later.load('x'), { text: 'text', version })
    assert.ok(version)
    await later.store('x', 'other', version)
    assert.equal(workbench.stored().get('entra-auth.key'), key)
  })

  it('has one key where several windows open at once', async () => {
    const secrets = workbench.openWindow()
    const all = Array.from({ length: 5 }, () => openWindow(directory, secrets).open('tokens'))
    await Promise.all(all.map((tokens, i) => tokens.store(String(i), 'text', undefined)))
    for (const tokens of all) assert.equal((await tokens.list()).length, 5)
  })

  it('#25 Sign-out does not stick: an old copy of secret storage that is written back brings nothing back', async () => {
    const one = await openFirst()
    const old = workbench.openWindow()
    const version = await one.open('tokens').store('ada', 'token', undefined)
    assert.ok(version)
    await one.open('tokens').store('ada', undefined, version)
    await old.store('of another extension', 'value')
    const later = openWindow(directory, workbench.openWindow()).open('tokens')
    assert.deepEqual([await later.list(), await later.load('ada')], [[], undefined])
    assert.deepEqual(await listFiles(directory), [])
  })

  it('#28 secrets.onDidChange does not fire in the writing window: all windows hear of changes but who made it', async () => {
    const [one, other] = [await openFirst(), openWindow(directory, workbench.openWindow())]
    const heard: string[] = []
    const [writer, sibling] = [one.open('tokens'), one.open('tokens')]
    const far = other.open('tokens')
    for (const [name, tokens] of Object.entries({ writer, sibling, far }))
      tokens.watch((partition) => heard.push(`${name} ${partition}`))
    one.open('sessions').watch((partition) => heard.push(`sessions ${partition}`))
    await far.list()
    const version = await writer.store('ada', 'token', undefined)
    assert.ok(heard.includes('sibling ada'))
    await until(() => heard.length === 2)
    assert.ok(heard.includes('far ada'))
    assert.ok(version)
    assert.equal((await far.load('ada'))?.version, version)
    await far.store('ada', undefined, version)
    await until(() => heard.length === 4)
    assert.deepEqual(new Set(heard.slice(2)), new Set(['writer ada', 'sibling ada']))
    assert.equal(await writer.load('ada'), undefined)
  })

  it('tells windows nothing that they know', async () => {
    const window = await openFirst()
    const tokens = window.open('tokens')
    tokens.watch(() => assert.fail('it was told of its own write'))
    let version = await tokens.store('ada', '0', undefined)
    for (let i = 1; i < 5; i++) version = await tokens.store('ada', String(i), version || undefined)
    await tokens.store('ada', undefined, version || undefined)
    await new Promise((resolve) => setTimeout(resolve, 50))
  })

  const damages: readonly (readonly [string, (file: Buffer) => Uint8Array])[] = [
    ['a bit of its text', (file) => file.with(-1, (file.at(-1) ?? 0) ^ 1)],
    ['a bit of its key id', (file) => file.with(5, (file.at(5) ?? 0) ^ 1)],
    ['its end', (file) => file.subarray(0, 30)],
    ['everything', () => Buffer.alloc(0)],
  ]
  for (const [name, damage] of damages)
    it(`#30 A corrupt cache makes every call fail: a file that lost ${name} is set aside and told once, the others stay`, async () => {
      const one = await openFirst()
      for (const partition of ['ada', 'grace']) await one.open('tokens').store(partition, partition, undefined)
      const [file = ''] = await listFiles(directory)
      await writeFile(file, damage(await readFile(file)))
      const later = openWindow(directory, workbench.openWindow())
      const tokens = later.open('tokens')
      const [left = '', ...others] = await tokens.list()
      assert.deepEqual(others, [])
      assert.equal((await tokens.load(left))?.text, left)
      const lost = left === 'ada' ? 'grace' : 'ada'
      assert.equal(await tokens.load(lost), undefined)
      assert.deepEqual(later.problems, ['damaged'])
      const version = await tokens.store(lost, 'new', undefined)
      assert.ok(version)
      assert.equal((await listFiles(directory)).length, 3)
      await tokens.store(lost, undefined, version)
      assert.equal((await listFiles(directory)).length, 1)
      assert.deepEqual(later.problems, ['damaged'])
    })

  it('#30 A corrupt cache makes every call fail: a file in the place of another is set aside, and can be written over', async () => {
    const one = await openFirst()
    const tokens = one.open('tokens')
    await tokens.store('ada', 'of ada', undefined)
    const [ofAda = ''] = await listFiles(directory)
    await tokens.store('grace', 'of grace', undefined)
    const ofGrace = (await listFiles(directory)).find((file) => file !== ofAda) ?? ''
    await writeFile(ofGrace, await readFile(ofAda))
    assert.ok(await tokens.store('grace', 'new', undefined))
    assert.equal((await tokens.load('grace'))?.text, 'new')
    assert.deepEqual(one.problems, ['damaged'])
  })

  it('takes over the locks of a window that died, at once', async () => {
    const tokens = (await openFirst()).open('tokens')
    await tokens.store('ada', 'token', undefined)
    const [file = ''] = await listFiles(directory)
    const stem = join(directory, file.slice(-71, -'.sealed'.length))
    const numbering = await readlink('/proc/self/ns/pid').catch(() => '')
    const dead = JSON.stringify({ token: 'dead', host: `${hostname()} ${numbering}`, pid: 2 ** 22 + 1 })
    for (const extension of ['.lock', '.write']) await writeFile(stem + extension, dead)
    const later = openWindow(directory, workbench.openWindow()).open('tokens')
    const begin = performance.now()
    await later.lock('ada', async () => {
      const found = await later.load('ada')
      assert.ok(await later.store('ada', 'renewed', found?.version))
    })
    assert.ok(performance.now() - begin < 5000)
    assert.equal((await listFiles(directory)).length, 1)
  })

  describe('where a window lacks the key', () => {
    /** A window whose copy of the secrets is older than the key. */
    const openOld = async () => {
      const secrets = workbench.openWindow()
      const first = await openFirst()
      return { first, old: openWindow(directory, secrets) }
    }

    it('shows nothing there, makes no key to read, and sets nothing aside', async () => {
      const { first, old } = await openOld()
      await first.open('tokens').store('ada', 'token', undefined)
      const key = workbench.stored().get('entra-auth.key')
      assert.deepEqual([await old.open('tokens').list(), await old.open('tokens').load('ada')], [[], undefined])
      assert.equal(workbench.stored().get('entra-auth.key'), key)
      assert.deepEqual([old.problems, (await first.open('tokens').load('ada'))?.text], [[], 'token'])
    })

    it('keeps what is written there under a key of its own, beside the other', async () => {
      const { first, old } = await openOld()
      await first.open('tokens').store('ada', 'of the first', undefined)
      await old.open('tokens').store('ada', 'of the old one', undefined)
      assert.equal((await first.open('tokens').load('ada'))?.text, 'of the first')
      const later = openWindow(directory, workbench.openWindow()).open('tokens')
      assert.equal((await later.load('ada'))?.text, 'of the old one')
    })

    it('shares the locks all the same', async () => {
      const { first, old } = await openOld()
      let inside = 0
      const run = async () => {
        assert.equal(++inside, 1)
        await new Promise((resolve) => setTimeout(resolve, 5))
        inside--
      }
      const both = [first.open('tokens'), old.open('tokens')]
      await Promise.all([...both, ...both].map((tokens) => tokens.lock('ada', run)))
    })

    it('#25 Sign-out does not stick: it holds there, too, and is heard', async () => {
      const { first, old } = await openOld()
      const version = await first.open('tokens').store('ada', 'of the first', undefined)
      const elsewhere = old.open('tokens')
      await elsewhere.store('ada', 'of the old one', undefined)
      const heard: string[] = []
      elsewhere.watch((partition) => heard.push(partition))
      await first.open('tokens').store('ada', undefined, version || undefined)
      assert.equal(await elsewhere.load('ada'), undefined)
      await until(() => heard.includes('ada'))
      assert.deepEqual(await listFiles(directory), [])
    })

    it('opens as soon as the key can be had there', async () => {
      const { first, old } = await openOld()
      const late = new Map<string, string>()
      const desktop = openWindow(directory, {
        get: async (key) => late.get(key),
        store: async (key, value) => void late.set(key, value),
        delete: async (key) => void late.delete(key),
      })
      const heard: string[] = []
      desktop.open('tokens').watch((partition) => heard.push(partition))
      assert.deepEqual(await desktop.open('tokens').list(), [])
      await old.open('tokens').store('ada', 'token', undefined)
      late.set('entra-auth.key', workbench.stored().get('entra-auth.key') ?? '')
      assert.equal((await desktop.open('tokens').load('ada'))?.text, 'token')
      await until(() => heard.includes('ada'))
      assert.deepEqual(await first.open('tokens').list(), [])
    })
  })

  it('#29 Without a keyring the sign-in is lost at each reload: it lasts until the window closes, sealed, and a notice says so', async () => {
    const window = openWindow(directory, {
      ...workbench.openWindow(),
      store: () => Promise.reject(new Error('locked')),
    })
    const tokens = window.open('tokens')
    assert.deepEqual(await tokens.list(), [])
    assert.deepEqual(window.problems, [])
    const version = await tokens.store('ada', 'SECRET', undefined)
    assert.ok(version)
    assert.deepEqual(await tokens.load('ada'), { text: 'SECRET', version })
    assert.deepEqual(window.problems, ['not-kept'])
    for (const file of await listFiles(directory)) assert.doesNotMatch(await readFile(file, 'latin1'), /SECRET/)
  })

  it('fails, and makes nothing, where the key store can not be read', async () => {
    const broken = { ...workbench.openWindow(), get: () => Promise.reject(new Error('locked')) }
    const tokens = openWindow(directory, broken).open('tokens')
    await assert.rejects(tokens.load('x'), /locked/)
    await assert.rejects(tokens.store('x', 'text', undefined), /locked/)
    await assert.rejects(stat(directory), /ENOENT/)
  })

  it('drops what is under a lost key after 90 days, and nothing younger', async () => {
    const one = await openFirst()
    for (const partition of ['old', 'young']) await one.open('tokens').store(partition, 'text', undefined)
    const [old = '', young = ''] = await listFiles(directory)
    const days = (count: number) => new Date(Date.now() - count * 86_400_000)
    await utimes(old, days(91), days(91))
    await utimes(young, days(89), days(89))
    const use = () => openWindow(directory, createWorkbench().openWindow()).open('tokens').store('x', 'text', undefined)
    await use()
    assert.equal((await listFiles(directory)).length, 3)
    await utimes(join(old, '..'), days(91), days(91))
    await use()
    assert.deepEqual(
      (await listFiles(directory)).filter((file) => file === old || file === young),
      [young],
    )
  })

  it('agrees in all windows after any writes and removals, whoever makes them', async () => {
    const step = fc.record({
      window: fc.integer({ min: 0, max: 2 }),
      partition: fc.constantFrom('ada', 'grace'),
      text: fc.option(fc.constantFrom('1', '2', '3'), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.boolean(), async (steps, atOnce) => {
        const [place, secrets] = [newDirectory(), workbench.openWindow()]
        const all = [0, 1, 2].map(() => openWindow(place, secrets).open('tokens'))
        const last = new Map<string, string | undefined>()
        const runs = steps.map(({ window, partition, text }) => async () => {
          const tokens = all[window]!
          for (;;) {
            const found = await tokens.load(partition)
            if ((await tokens.store(partition, text, found?.version)) !== false) break
          }
          last.set(partition, text)
        })
        if (atOnce) await Promise.all(runs.map((run) => run()))
        else for (const run of runs) await run()
        for (const partition of ['ada', 'grace']) {
          const texts = await Promise.all(all.map(async (tokens) => (await tokens.load(partition))?.text))
          for (const text of texts) assert.equal(text, atOnce ? texts[0] : last.get(partition))
          for (const tokens of all)
            assert.equal((await tokens.list()).includes(partition), texts[0] !== undefined, partition)
        }
      }),
      { numRuns: 25 },
    )
  })
})
