import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changesOf } from '../../src/msal/cache/cache-changes.ts'
import { createPartitionedStore } from '../../src/msal/cache/partitioned-token-store.ts'
import { CacheError, ConfigurationError } from '../../src/msal/core/errors.ts'
import { EncryptedFilePersistence } from '../../src/node/encrypted-file-persistence.ts'
import { createClock, createLogger, HOST, NOW, ownerOfPerson, signIn } from '../msal/cache/fakes.ts'
import { describePersistence } from '../msal/cache/persistence-contract.ts'

const key = randomBytes(32)

describe('EncryptedFilePersistence', () => {
  const directories: string[] = []
  const newDirectory = (): string => {
    const parent = mkdtempSync(join(tmpdir(), 'encrypted-file-'))
    directories.push(parent)
    return join(parent, 'made', 'here')
  }
  after(() => directories.forEach((directory) => rmSync(directory, { recursive: true, force: true })))

  const open = (directory: string) => new EncryptedFilePersistence({ directory, key })

  /** The only cache file. */
  const findFile = async (directory: string): Promise<string> => {
    const [name = '', ...others] = (await readdir(directory)).filter((found) => found.endsWith('.cache'))
    assert.deepEqual(others, [])
    return join(directory, name)
  }

  describePersistence('an encrypted folder', async () => {
    const directory = newDirectory()
    return { one: open(directory), other: open(directory) }
  })

  it('makes files that tell nothing and belong to their owner alone', async () => {
    const directory = newDirectory()
    await open(directory).store('ada@contoso.com', 'SECRET', undefined)
    const file = await findFile(directory)
    assert.match(file, /[/\\][0-9a-f]{64}\.cache$/)
    assert.doesNotMatch(await readFile(file, 'latin1'), /SECRET|ada|contoso/)
    assert.deepEqual(await readdir(directory), [file.slice(directory.length + 1)])
    if (process.platform === 'win32') return
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.equal((await stat(directory)).mode & 0o777, 0o700)
  })

  it('refuses options that are none, and touches nothing before it is used', async () => {
    for (const options of [
      { directory: '' },
      { directory: 'd', key: randomBytes(16) },
      { directory: 'd', key: 'text' },
    ])
      assert.throws(() => new EncryptedFilePersistence(options as { directory: string }), ConfigurationError)
    const directory = newDirectory()
    open(directory)
    await assert.rejects(stat(directory), /ENOENT/)
  })

  it('keeps its key where the caller overwrites it', async () => {
    const [directory, bytes] = [newDirectory(), randomBytes(32)]
    const persistence = new EncryptedFilePersistence({ directory, key: bytes })
    await persistence.store('a', 'text', undefined)
    bytes.fill(0)
    assert.equal((await persistence.load('a'))?.text, 'text')
  })

  it('says so where the key is another one, and leaves the file', async () => {
    const directory = newDirectory()
    await open(directory).store('a', 'text', undefined)
    const stranger = new EncryptedFilePersistence({ directory, key: randomBytes(32) })
    await assert.rejects(stranger.load('a'), CacheError)
    await assert.rejects(stranger.list(), CacheError)
    assert.equal((await open(directory).load('a'))?.text, 'text')
  })

  const damages: readonly (readonly [string, (file: Buffer) => Uint8Array])[] = [
    ['a bit in its text', (file) => file.with(-1, (file.at(-1) ?? 0) ^ 1)],
    ['a bit in its tag', (file) => file.with(30, (file.at(30) ?? 0) ^ 1)],
    ['a bit in its random bytes', (file) => file.with(14, (file.at(14) ?? 0) ^ 1)],
    ['its beginning', (file) => file.subarray(1)],
    ['its end', (file) => file.subarray(0, 30)],
    ['everything', () => Buffer.alloc(0)],
  ]
  for (const [name, damage] of damages) {
    it(`gives no text of a file that lost ${name}, and can be written over`, async () => {
      const directory = newDirectory()
      await open(directory).store('a', 'text', undefined)
      const file = await findFile(directory)
      await writeFile(file, damage(await readFile(file)))
      const found = await open(directory).load('a')
      assert.match(found?.text ?? '', /^unreadable /)
      assert.deepEqual(await open(directory).list(), [])
      assert.ok(await open(directory).store('a', 'new', found?.version))
      assert.equal((await open(directory).load('a'))?.text, 'new')
    })
  }

  it('gives no text of a file that was put in the place of another', async () => {
    const directory = newDirectory()
    await open(directory).store('a', 'text of a', undefined)
    const ofA = await findFile(directory)
    const taken = await readFile(ofA)
    await open(directory).store('b', 'text of b', undefined)
    const ofB = (await readdir(directory)).map((name) => join(directory, name)).find((path) => path !== ofA) ?? ''
    await writeFile(ofB, taken)
    assert.match((await open(directory).load('b'))?.text ?? '', /^unreadable /)
  })

  it('carries a store whose damaged account is set aside while the others stay', async () => {
    const directory = newDirectory()
    const logger = createLogger()
    const create = () => createPartitionedStore({ persistence: open(directory), clock: createClock(), logger })
    await create().apply(changesOf(signIn(1), NOW))
    const file = await findFile(directory)
    await writeFile(file, 'damaged')
    await create().apply(changesOf(signIn(2), NOW))
    const store = create()
    await store.load(ownerOfPerson(1))
    await store.load()
    assert.deepEqual(
      store.cache.accountsOf(HOST).map(({ username }) => username),
      ['u2@contoso.com'],
    )
    assert.equal(logger.warnings.length, 1)
    assert.equal((await readdir(directory)).length, 2)
  })
})
