import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import * as http from 'node:http'
import * as net from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createServerCertificate } from '../simulator/certificate.ts'
import type { TestServer } from './servers.ts'
import { listenForTest, startProxy, startWebServer } from './servers.ts'

const MODULE = resolve('src/node/node-platform.ts')
/** Shorter than any connection is kept, longer than a busy machine takes. */
const AT_ONCE_MS = 3_000
const HTML_LOADER = resolve('test/support/html-as-text.cjs')

/** Runs a script that ends with the word "done", and returns its output and for how long it stayed after that word. */
async function runScript(script: string, values: Readonly<Record<string, unknown>> = {}, environment = {}) {
  const head = `import { createRequire } from 'node:module'
    const require = createRequire(import.meta.url)
    const { nodePlatform } = require(${JSON.stringify(MODULE)})
    const values = ${JSON.stringify(values)}\n`
  const parameters = ['--require', HTML_LOADER, '--import', 'tsx', '--input-type=module', '--eval']
  const child = spawn(process.execPath, [...parameters, `${head}${script}\nconsole.log('done')`], {
    env: { ...process.env, ...environment },
  })
  let output = ''
  let doneAt = 0
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (output.includes('done')) doneAt = Date.now()
  })
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child, 'close')
  assert.match(output, /done/)
  return { output, stayedMs: Date.now() - doneAt }
}

describe('a script that uses the platform', () => {
  const open: TestServer[] = []
  const keep = async <T extends TestServer>(starting: Promise<T>): Promise<T> => {
    const server = await starting
    open.push(server)
    return server
  }
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()))
  })

  /** A server that would keep its connections for a minute. */
  const answerLater: http.RequestListener = (_, response) => {
    response.setHeader('keep-alive', 'timeout=60').end('ok')
  }

  it('opens and loads nothing by importing it', async () => {
    const { output } = await runScript(`
      const loaded = Object.keys(require.cache).filter((file) => file.includes('undici'))
      console.log(JSON.stringify({ loaded, active: process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name)) }))`)
    assert.deepEqual(JSON.parse(output.split('\n')[0] ?? ''), { loaded: [], active: [] })
  })

  for (const way of ['straight', 'through a proxy'] as const) {
    it(`ends at once after an answer that came ${way}`, async () => {
      const identity = await createServerCertificate(['localhost'])
      const server = await keep(startWebServer(identity, answerLater))
      const proxy = await keep(startProxy({ target: server.port }))
      const options = {
        ca: identity.ca,
        timeoutMs: 20_000,
        ...(way === 'straight' ? {} : { proxy: `http://127.0.0.1:${proxy.port}` }),
      }
      const { stayedMs } = await runScript(
        `await (await nodePlatform.createFetch(values.options)(values.url)).text()`,
        { options, url: `https://localhost:${server.port}/` },
      )
      assert.ok(stayedMs < AT_ONCE_MS, `${stayedMs} ms`)
      assert.equal(server.requests.length, 1)
    })
  }

  for (const [peer, options, url] of [
    ['host that says nothing', {}, 'https://localhost:PORT/'],
    ['proxy that says nothing', { proxy: 'http://127.0.0.1:PORT' }, 'https://login.example.test/'],
  ] as const) {
    it(`ends at once after it gave up on a ${peer}`, async () => {
      const { port } = await keep(listenForTest(net.createServer(() => undefined)))
      const filled = JSON.parse(JSON.stringify({ options, url }).replaceAll('PORT', String(port))) as object
      const { stayedMs } = await runScript(
        `await nodePlatform.createFetch({ ...values.options, timeoutMs: 300 })(values.url).catch((error) => console.log(error.message))`,
        filled as Record<string, unknown>,
      )
      assert.ok(stayedMs < AT_ONCE_MS, `${stayedMs} ms`)
    })
  }

  it('ends at once after its sleeps were aborted', async () => {
    const { stayedMs } = await runScript(`
      const stop = new AbortController()
      const sleep = nodePlatform.clock.sleep(60_000, stop.signal)
      stop.abort()
      await sleep.catch(() => undefined)
      await nodePlatform.clock.sleep(60_000, stop.signal).catch(() => undefined)`)
    assert.ok(stayedMs < AT_ONCE_MS, `${stayedMs} ms`)
  })

  it('trusts the file that NODE_EXTRA_CA_CERTS names besides the given CA', async () => {
    const [given, extra] = [await createServerCertificate(['localhost']), await createServerCertificate(['localhost'])]
    const folder = await mkdtemp(join(tmpdir(), 'entra-auth-'))
    await writeFile(join(folder, 'extra.pem'), extra.ca)
    const servers = [await keep(startWebServer(given)), await keep(startWebServer(extra))]
    const { output } = await runScript(
      `const send = nodePlatform.createFetch({ ca: values.ca })
      for (const port of values.ports) console.log(await (await send('https://localhost:' + port)).text())`,
      { ca: given.ca, ports: servers.map(({ port }) => port) },
      { NODE_EXTRA_CA_CERTS: join(folder, 'extra.pem') },
    )
    await rm(folder, { recursive: true })
    assert.equal(output.trim(), 'ok\nok\ndone')
  })

  it('ends at once after a sign-in page was answered', async () => {
    const { stayedMs } = await runScript(`
      const listener = await nodePlatform.listenForRedirect({})
      const waiting = listener.receive({ state: 's', responseMode: 'form_post' })
      const body = new URLSearchParams({ state: 's', code: 'c' })
      await fetch(listener.redirectUri, { method: 'POST', body, keepalive: true })
      await waiting
      await listener.close()`)
    assert.ok(stayedMs < AT_ONCE_MS, `${stayedMs} ms`)
  })
})
