import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { withFileLock } from '../../src/node/file-lock.ts'

const [, , task, lock = '', counter = ''] = process.argv

async function count(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await withFileLock(lock, async () => {
      const value = Number(await readFile(counter, 'utf8'))
      await new Promise((resolve) => setImmediate(resolve))
      await writeFile(counter, String(value + 1))
    })
  }
}

const die = (): Promise<void> =>
  withFileLock(lock, async () => {
    await appendFile(counter, 'held')
    process.kill(process.pid, 'SIGKILL')
  })

// A process of its own, which counts up under a lock, or dies while it holds it.
void (task === 'count' ? count() : die())
