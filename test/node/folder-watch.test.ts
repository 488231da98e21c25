import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { watchFolder } from '../../src/node/folder-watch.ts'

describe('watching a folder', () => {
  let directory = ''
  let end = () => undefined as void
  let heard: (string | undefined)[] = []
  const hear = (name?: string) => void heard.push(name)
  const until = async (condition: () => boolean) => {
    for (let tries = 0; !condition(); tries++) {
      assert.ok(tries < 400, `only this was heard: ${heard.join()}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  beforeEach(async () => {
    heard = []
    directory = await mkdtemp(join(tmpdir(), 'folder-watch-'))
  })
  afterEach(async () => {
    end()
    await rm(directory, { recursive: true, force: true })
  })

  it('tells at once of what came and went', async () => {
    end = await watchFolder(directory, hear)
    await writeFile(join(directory, 'a'), '')
    await until(() => heard.includes('a'))
    heard = []
    await rm(join(directory, 'a'))
    await until(() => heard.includes('a'))
  })

  it('tells later where the system tells nothing, once for each change', async () => {
    end = await watchFolder(directory, hear, { lookMs: 10 })
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.deepEqual(heard, [])
    // The system tells of a folder's time under the folder's own name.
    await utimes(directory, new Date(0), new Date(0))
    await until(() => heard.includes(undefined))
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(heard.filter((name) => name === undefined).length, 1)
  })

  it('looks on where the folder is not there yet', async () => {
    const later = join(directory, 'later')
    end = await watchFolder(later, hear, { lookMs: 10 })
    await mkdir(later)
    await until(() => heard.includes(undefined))
  })

  it('tells nothing after its end', async () => {
    end = await watchFolder(directory, hear, { lookMs: 10 })
    end()
    await writeFile(join(directory, 'a'), '')
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.deepEqual(heard, [])
  })
})
