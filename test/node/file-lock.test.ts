import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CacheError } from '../../src/msal/core/errors.ts'
import { withFileLock } from '../../src/node/file-lock.ts'

const HOLDER = fileURLToPath(new URL('lock-holder.ts', import.meta.url))

describe('withFileLock', () => {
  let directory = ''
  let lock = ''
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'file-lock-'))
    lock = join(directory, 'lock')
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  const inAnotherProcess = async (task: string, counter: string): Promise<void> => {
    const child = spawn(process.execPath, ['--import', 'tsx', HOLDER, task, lock, counter], { stdio: 'inherit' })
    await once(child, 'exit')
  }

  /** A lock as its holder would have left it, `age` milliseconds ago. */
  const leaveLock = async (text: string, age = 0): Promise<void> => {
    await writeFile(lock, text)
    const then = new Date(Date.now() - age)
    await utimes(lock, then, then)
  }

  it('lets one run after the other, and leaves nothing behind', async () => {
    let inside = 0
    await Promise.all(
      Array.from({ length: 8 }, () =>
        withFileLock(lock, async () => {
          assert.equal(++inside, 1)
          await new Promise((resolve) => setImmediate(resolve))
          inside--
        }),
      ),
    )
    assert.deepEqual(await readdir(directory), [])
  })

  it('gives what the run gives, and unlocks after an error', async () => {
    await assert.rejects(
      withFileLock(lock, () => Promise.reject(new Error('inside'))),
      /inside/,
    )
    assert.equal(await withFileLock(lock, () => Promise.resolve(7)), 7)
  })

  it('excludes other processes', async () => {
    const counter = join(directory, 'counter')
    await writeFile(counter, '0')
    await Promise.all(Array.from({ length: 4 }, () => inAnotherProcess('count', counter)))
    assert.equal(await readFile(counter, 'utf8'), '80')
  }).timeout(60_000)

  it('takes over the lock of a process that was killed, at once', async () => {
    const counter = join(directory, 'counter')
    await inAnotherProcess('die', counter)
    assert.equal(await readFile(counter, 'utf8'), 'held')
    assert.ok((await readdir(directory)).includes('lock'))
    await Promise.all([1, 2, 3].map(() => withFileLock(lock, () => Promise.resolve(), { timeoutMs: 10_000 })))
    assert.deepEqual(await readdir(directory), ['counter'])
  }).timeout(60_000)

  const living = JSON.stringify({ token: 'abc', host: 'another machine', pid: process.pid })

  it('waits for a holder on another machine as long as it gives signs of life', async () => {
    await leaveLock(living)
    await assert.rejects(
      withFileLock(lock, () => assert.fail('it ran'), { timeoutMs: 100 }),
      CacheError,
    )
    assert.equal(await readFile(lock, 'utf8'), living)
  })

  it('takes over a lock whose holder has given no sign of life for a while', async () => {
    for (const text of [living, '', '{"token":"../../elsewhere","host":"h","pid":1}']) {
      await leaveLock(text, 60_000)
      assert.equal(await withFileLock(lock, () => Promise.resolve('ran'), { timeoutMs: 5000 }), 'ran')
      assert.deepEqual(await readdir(directory), [])
    }
  })

  const ours = async (): Promise<string> => {
    let text = ''
    await withFileLock(lock, async () => void (text = await readFile(lock, 'utf8')))
    return text
  }

  it('#26 Signed out after sleep: the lock of a process that slept with the machine is not taken from it', async () => {
    await leaveLock(await ours(), 60_000)
    await assert.rejects(
      withFileLock(lock, () => assert.fail('it ran'), { staleMs: 1000, timeoutMs: 200 }),
      CacheError,
    )
    // It has woken, and goes on to show signs of life.
    const signs = setInterval(() => void utimes(lock, new Date(0), new Date()), 30)
    try {
      await assert.rejects(
        withFileLock(lock, () => assert.fail('it ran'), { staleMs: 200, timeoutMs: 400 }),
        CacheError,
      )
    } finally {
      clearInterval(signs)
    }
  })

  it('takes over the lock of a process that runs but shows no sign of life', async () => {
    await leaveLock(await ours(), 60_000)
    assert.equal(await withFileLock(lock, () => Promise.resolve('ran'), { staleMs: 100, timeoutMs: 5000 }), 'ran')
    assert.deepEqual(await readdir(directory), [])
  })

  it('leaves a lock alone that has just been made and has no text yet', async () => {
    await leaveLock('')
    await assert.rejects(
      withFileLock(lock, () => assert.fail('it ran'), { timeoutMs: 100 }),
      CacheError,
    )
  })

  it('gives signs of life while it runs', async () => {
    await withFileLock(
      lock,
      async () => {
        const old = new Date(0)
        await utimes(lock, old, old)
        for (;;) if ((await readAge()) < 10_000) return
      },
      { staleMs: 60 },
    )
  })

  const readAge = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    const { mtimeMs } = await import('node:fs/promises').then(({ stat }) => stat(lock))
    return Date.now() - mtimeMs
  }

  it('does not remove a lock that was taken from it', async () => {
    await withFileLock(lock, () => writeFile(lock, living))
    assert.equal(await readFile(lock, 'utf8'), living)
  })

  it('overcomes a takeover that was broken off', async () => {
    await leaveLock(living, 60_000)
    const claim = `${lock}.abc`
    await writeFile(claim, '')
    const then = new Date(Date.now() - 60_000)
    await utimes(claim, then, then)
    assert.equal(await withFileLock(lock, () => Promise.resolve('ran'), { timeoutMs: 5000 }), 'ran')
  })

  it('stops waiting when it is told to', async () => {
    await leaveLock(living)
    const reason = new Error('cancelled')
    const controller = new AbortController()
    const waiting = withFileLock(lock, () => assert.fail('it ran'), { signal: controller.signal })
    controller.abort(reason)
    await assert.rejects(waiting, (error: Error) => error === reason || error.cause === reason)
  })

  it('passes on that the folder is missing', async () => {
    await assert.rejects(
      withFileLock(join(directory, 'no', 'lock'), () => assert.fail('it ran')),
      /ENOENT/,
    )
  })
})
