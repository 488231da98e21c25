import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { RedisPersistence } from '../../src/node/redis-persistence.ts'
import { describePersistence } from '../msal/cache/persistence-contract.ts'

/** Needs `redis-server` on the path (Debian: the package redis-server); it is started on a socket of its own. */
describe('a real redis-server', () => {
  const directory = mkdtempSync(join(tmpdir(), 'redis-'))
  const socket = join(directory, 'redis.sock')
  const connect = () => createClient({ socket: { path: socket, tls: false } })
  const clients: ReturnType<typeof connect>[] = []
  let server: ChildProcess

  before(async () => {
    const options = ['--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no', '--dir', directory]
    server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] })
    const missing = new Promise<never>((_, reject) => {
      server.once('error', (cause) => reject(new Error('redis-server is missing: install it', { cause })))
    })
    await Promise.race([waitUntilReady(), missing])
    for (const client of [connect(), connect()]) {
      await client.connect()
      clients.push(client)
    }
  })

  after(async () => {
    for (const client of clients) client.destroy()
    if (server.pid !== undefined && server.exitCode === null) {
      server.kill()
      await once(server, 'exit')
    }
    rmSync(directory, { recursive: true, force: true })
  })

  async function waitUntilReady(): Promise<void> {
    if (!server.stdout) return
    for await (const chunk of server.stdout) if (String(chunk).includes('eady to accept connections')) break
    server.stdout.resume()
  }

  const open = (options: { readonly expiresIn?: number } = {}) => {
    const keyPrefix = `${randomUUID()}:`
    const [client, second] = clients
    assert.ok(client && second)
    return {
      client,
      keyPrefix,
      one: new RedisPersistence({ client, keyPrefix, ...options }),
      other: new RedisPersistence({ client: second, keyPrefix, ...options }),
    }
  }

  describePersistence('Redis', async () => open())

  it('drops a partition after its time, counted from its last change', async () => {
    const { client, one, keyPrefix } = open({ expiresIn: 60 })
    const version = await one.store('a', '1', undefined)
    await client.pExpire(`${keyPrefix}entry:a`, 1000)
    assert.ok(version && (await one.store('a', '2', version)))
    const left = await client.pTTL(`${keyPrefix}entry:a`)
    assert.ok(left > 50_000 && left <= 60_000, `${left} ms`)
  })

  it('keeps a partition where no time is set', async () => {
    const { client, one, keyPrefix } = open()
    await one.store('a', '1', undefined)
    assert.equal(await client.pTTL(`${keyPrefix}entry:a`), -1)
  })

  it('gives on the lock of a holder that died', async () => {
    const { client, one, keyPrefix } = open()
    await client.set(`${keyPrefix}lock:a`, 'a holder that died', { PX: 200 })
    assert.equal(await one.lock('a', () => Promise.resolve('ran')), 'ran')
    assert.equal(await client.exists(`${keyPrefix}lock:a`), 0)
  })

  it('does not remove a lock that was taken from it', async () => {
    const { client, one, keyPrefix } = open()
    await one.lock('a', () => client.set(`${keyPrefix}lock:a`, 'another'))
    assert.equal(await client.get(`${keyPrefix}lock:a`), 'another')
  })

  it('sets a limit to every lock', async () => {
    const { client, one, keyPrefix } = open()
    const left = await one.lock('a', () => client.pTTL(`${keyPrefix}lock:a`))
    assert.ok(left > 0 && left <= 30_000, `${left} ms`)
  })
})
