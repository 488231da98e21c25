import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { listenForTest } from '../node/servers.ts'
import { createServer } from 'node:net'
import { prepareFolder, readSamples, startSample } from '../samples/samples.ts'
import { openStage, type Stage } from '../samples/stage.ts'

/** Needs `redis-server` on the path (Debian: the package redis-server). */
describe("The README's sample for Redis", function () {
  this.timeout(60_000)

  let stage: Stage
  let redis: ChildProcess
  let port: number

  before(async () => {
    const free = await listenForTest(createServer())
    port = free.port
    await free.close()
    const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    redis = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] })
    const missing = once(redis, 'error').then(([cause]) => {
      throw new Error('redis-server is missing: install it', { cause })
    })
    await Promise.race([missing, untilReady(redis)])
    stage = await openStage()
  })
  after(async () => {
    await stage.close()
    redis.kill()
    await once(redis, 'exit')
  })

  it('finds in a second process what the first one was given', async () => {
    const sample = readSamples().find(({ title }) => title === 'A cache in Redis, for more than one machine')
    assert.ok(sample)
    const surroundings = stage.surround('confidential', { environment: { REDIS_URL: `redis://127.0.0.1:${port}` } })
    const run = (name: string) => startSample(sample, prepareFolder(name), surroundings).finished()
    assert.equal(await run('redis-first'), 'A token, from: identity_provider\n')
    assert.equal(await run('redis-second'), 'A token, from: cache\n')
  })
})

/** Resolves when the server says that it takes connections. */
async function untilReady({ stdout }: ChildProcess): Promise<void> {
  for await (const chunk of stdout ?? []) if (String(chunk).includes('Ready to accept connections')) return
}
