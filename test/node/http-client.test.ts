import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import * as net from 'node:net'
import { createDirectFetch, createFetch } from '../../src/node/http-client.ts'
import { ConfigurationError, NetworkError } from '../../src/msal/core/errors.ts'
import type { ServerCertificate } from '../simulator/certificate.ts'
import { createServerCertificate } from '../simulator/certificate.ts'
import type { TestServer } from './servers.ts'
import { listenForTest, startProxy, startWebServer } from './servers.ts'

const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']
const SECRET = 'do-not-show'

describe('transport', () => {
  let identity: ServerCertificate
  const open: TestServer[] = []
  const environment = Object.fromEntries(PROXY_VARIABLES.map((name) => [name, process.env[name]]))

  const keep = async <T extends TestServer>(starting: Promise<T>): Promise<T> => {
    const server = await starting
    open.push(server)
    return server
  }

  before(async () => (identity = await createServerCertificate(['localhost', '127.0.0.1', 'login.example.test'])))

  beforeEach(() => {
    for (const name of PROXY_VARIABLES) Reflect.deleteProperty(process.env, name)
  })

  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()))
    for (const [name, value] of Object.entries(environment)) if (value !== undefined) process.env[name] = value
  })

  describe('trust', () => {
    it('reaches a server of a private CA whose certificate was given', async () => {
      const server = await keep(startWebServer(identity))
      const response = await createFetch({ ca: identity.ca })(`https://localhost:${server.port}/`)
      assert.equal(await response.text(), 'ok')
    })

    it('refuses that server without the CA, names host and reason, and does not try again', async () => {
      let connections = 0
      const server = await keep(startWebServer(identity))
      const gate = await keep(
        listenForTest(
          net.createServer((socket) => {
            connections++
            socket.pipe(net.connect(server.port, '127.0.0.1').on('error', () => undefined)).pipe(socket)
          }),
        ),
      )
      await assert.rejects(createFetch()(`https://localhost:${gate.port}/?code=${SECRET}`), (error: unknown) => {
        assert.ok(error instanceof NetworkError)
        assert.match(
          error.message,
          new RegExp(`^localhost:${gate.port}: TLS failed \\(UNABLE_TO_VERIFY_LEAF_SIGNATURE\\)`),
        )
        return true
      })
      assert.equal(connections, 1)
      assert.equal(server.requests.length, 0)
    })

    it('refuses a certificate that is for another name', async () => {
      const server = await keep(startWebServer(await createServerCertificate(['other.example.test'])))
      await assert.rejects(createFetch({ ca: identity.ca })(`https://localhost:${server.port}/`), /TLS failed/)
    })

    for (const [problem, ca] of [
      ['holds no certificate', 'no certificate'],
      ['holds a broken one', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
    ] as const) {
      it(`refuses a "ca" that ${problem}`, () => {
        assert.throws(
          () => createFetch({ ca }),
          (error: unknown) => error instanceof ConfigurationError && error.argument === 'ca',
        )
      })
    }
  })

  describe('proxy', () => {
    it('tunnels to https through the given proxy with the credentials of its URL, and shows them to no one else', async () => {
      const server = await keep(startWebServer(identity))
      const proxy = await keep(startProxy({ credentials: `ada:p@ss ${SECRET}`, target: server.port }))
      const send = createFetch({ proxy: `http://ada:p%40ss%20${SECRET}@127.0.0.1:${proxy.port}`, ca: identity.ca })
      assert.equal(await (await send('https://login.example.test/x')).text(), 'ok')
      assert.deepEqual(proxy.asked, ['CONNECT login.example.test:443'])
      assert.equal(server.requests[0]?.headers['proxy-authorization'], undefined)
    })

    it('names the proxy that refuses, without its credentials', async () => {
      const server = await keep(startWebServer(identity))
      const proxy = await keep(startProxy({ credentials: 'ada:right', target: server.port }))
      const send = createFetch({ proxy: `http://ada:${SECRET}@127.0.0.1:${proxy.port}`, ca: identity.ca })
      await assert.rejects(send(`https://login.example.test/?code=${SECRET}`), {
        name: 'NetworkError',
        message: `login.example.test through the proxy 127.0.0.1:${proxy.port}: the proxy answered with status 407`,
      })
      assert.equal(proxy.asked.length, 1)
    })

    it('sends a plain request to the proxy without a tunnel, with its credentials', async () => {
      const server = await keep(startWebServer())
      const proxy = await keep(startProxy({ credentials: 'ada:right', target: server.port }))
      const send = createFetch({ proxy: `http://ada:right@127.0.0.1:${proxy.port}` })
      assert.equal(await (await send('http://login.example.test/x?y=1')).text(), 'ok')
      assert.deepEqual(proxy.asked, ['GET http://login.example.test/x?y=1'])
      assert.deepEqual([server.requests[0]?.url, server.requests[0]?.headers.host], ['/x?y=1', 'login.example.test'])
    })

    it('tells that a proxy refused a plain request', async () => {
      const proxy = await keep(startProxy({ credentials: 'ada:right', target: 1 }))
      await assert.rejects(
        createFetch({ proxy: `http://127.0.0.1:${proxy.port}` })('http://login.example.test/'),
        /the proxy answered with status 407/,
      )
    })

    it('speaks TLS with a proxy that wants it', async () => {
      const server = await keep(startWebServer(identity))
      const proxy = await keep(startProxy({ target: server.port, identity }))
      const send = createFetch({ proxy: `https://localhost:${proxy.port}`, ca: identity.ca })
      assert.equal(await (await send('https://login.example.test/')).text(), 'ok')
      assert.deepEqual(proxy.asked, ['CONNECT login.example.test:443'])
    })

    for (const [variable, scheme] of [
      ['HTTPS_PROXY', 'https'],
      ['https_proxy', 'https'],
      ['HTTP_PROXY', 'http'],
      ['http_proxy', 'http'],
    ] as const) {
      it(`finds the proxy for ${scheme} in ${variable} when a request is sent`, async () => {
        const server = await keep(startWebServer(scheme === 'https' ? identity : undefined))
        const proxy = await keep(startProxy({ target: server.port }))
        const send = createFetch({ ca: identity.ca })
        process.env[variable] = `http://127.0.0.1:${proxy.port}`
        await (await send(`${scheme}://login.example.test/`)).text()
        assert.equal(proxy.asked.length, 1)
        process.env['NO_PROXY'] = 'localhost'
        await (await send(`${scheme}://localhost:${server.port}/`)).text()
        assert.equal(proxy.asked.length, 1)
        assert.equal(server.requests.length, 2)
      })
    }

    it('prefers the option to the environment, and then heeds no NO_PROXY', async () => {
      const server = await keep(startWebServer(identity))
      const proxy = await keep(startProxy({ target: server.port }))
      process.env['HTTPS_PROXY'] = 'http://127.0.0.1:9'
      process.env['NO_PROXY'] = '*'
      const send = createFetch({ proxy: `http://127.0.0.1:${proxy.port}`, ca: identity.ca })
      await (await send('https://login.example.test/')).text()
      assert.equal(proxy.asked.length, 1)
    })

    it('gives up on a proxy that closes every connection', async () => {
      let count = 0
      const { port } = await keep(
        listenForTest(
          net.createServer((socket) => {
            count++
            socket.once('data', () => socket.end())
          }),
        ),
      )
      await assert.rejects(createFetch({ proxy: `http://127.0.0.1:${port}` })('https://login.example.test/'), {
        message: `login.example.test through the proxy 127.0.0.1:${port}: the proxy closed the connection (ERR_PROXY_CLOSED)`,
      })
      assert.equal(count, 2)
    })

    it('names a proxy that can not be reached', async () => {
      const gone = await startWebServer()
      await gone.close()
      await assert.rejects(createFetch({ proxy: `http://127.0.0.1:${gone.port}` })('https://login.example.test/'), {
        message: `login.example.test through the proxy 127.0.0.1:${gone.port}: the connection was refused (ECONNREFUSED)`,
      })
    })

    for (const proxy of ['socks5://127.0.0.1:1', 'http://']) {
      it(`refuses "${proxy}" as a proxy`, () => {
        assert.throws(
          () => createFetch({ proxy }),
          (error: unknown) => error instanceof ConfigurationError && error.argument === 'proxy',
        )
      })
    }
  })

  describe('without a proxy', () => {
    it('goes straight to its host, whatever the environment says', async () => {
      const server = await keep(startWebServer())
      const proxy = await keep(startProxy({ target: server.port }))
      process.env['HTTP_PROXY'] = process.env['http_proxy'] = `http://127.0.0.1:${proxy.port}`
      await (await createDirectFetch()(`http://127.0.0.1:${server.port}/`)).text()
      assert.deepEqual([proxy.asked.length, server.requests.length], [0, 1])
    })

    it('accepts the pinned certificate, though nobody vouches for it', async () => {
      const server = await keep(startWebServer(identity))
      const pinnedThumbprint = new X509Certificate(identity.certificate).fingerprint
      const send = createDirectFetch({ pinnedThumbprint })
      assert.equal((await send(`https://127.0.0.1:${server.port}/`)).status, 200)
      const written = pinnedThumbprint.replaceAll(':', '').toLowerCase()
      assert.equal(
        (await createDirectFetch({ pinnedThumbprint: written })(`https://127.0.0.1:${server.port}/`)).status,
        200,
      )
    })

    it('sends nothing to a server with another certificate than the pinned one', async () => {
      const server = await keep(startWebServer(identity))
      const send = createDirectFetch({ pinnedThumbprint: '00'.repeat(20) })
      await assert.rejects(
        send(`https://127.0.0.1:${server.port}/`, { headers: { secret: SECRET } }),
        /TLS failed \(CERT_NOT_PINNED\)/,
      )
      assert.equal(server.requests.length, 0)
    })

    it('refuses a pinned certificate for plain http', async () => {
      const server = await keep(startWebServer())
      const send = createDirectFetch({ pinnedThumbprint: '00'.repeat(20) })
      await assert.rejects(send(`http://127.0.0.1:${server.port}/`), ConfigurationError)
      assert.equal(server.requests.length, 0)
    })
  })

  describe('second try', () => {
    const loseFirst = (before: (socket: net.Socket) => void = (socket) => socket.destroy()) => {
      let count = 0
      return {
        count: () => count,
        server: net.createServer((socket) => {
          count++
          socket.once('data', () => {
            if (count === 1) before(socket)
            else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
          })
        }),
      }
    }

    it('sends a GET again whose connection was lost before an answer', async () => {
      const { server, count } = loseFirst()
      const { port } = await keep(listenForTest(server))
      assert.equal(await (await createFetch()(`http://127.0.0.1:${port}/`)).text(), 'ok')
      assert.equal(count(), 2)
    })

    it('does not send a POST again that may have been carried out', async () => {
      const { server, count } = loseFirst()
      const { port } = await keep(listenForTest(server))
      await assert.rejects(
        createFetch()(`http://127.0.0.1:${port}/`, { method: 'POST', body: `code=${SECRET}` }),
        /: the connection was lost \(/,
      )
      assert.equal(count(), 1)
    })

    it('does not send a GET again once part of an answer came', async () => {
      const { server, count } = loseFirst((socket) => socket.end('HTTP/1.1 200 O'))
      const { port } = await keep(listenForTest(server))
      await assert.rejects(createFetch()(`http://127.0.0.1:${port}/`), NetworkError)
      assert.equal(count(), 1)
    })

    it('sends a POST again where no connection came about', async () => {
      const web = await keep(startWebServer(identity))
      let count = 0
      const gate = net.createServer((socket) => {
        if (++count === 1) socket.destroy()
        else socket.pipe(net.connect(web.port, '127.0.0.1')).pipe(socket)
      })
      const { port } = await keep(listenForTest(gate))
      const send = createFetch({ ca: identity.ca })
      const response = await send(`https://localhost:${port}/`, { method: 'POST', body: 'a=1' })
      assert.equal(await response.text(), 'ok')
      assert.deepEqual([count, web.requests.length], [2, 1])
    })

    it('gives up after the second', async () => {
      let count = 0
      const { port } = await keep(
        listenForTest(
          net.createServer((socket) => {
            count++
            socket.destroy()
          }),
        ),
      )
      await assert.rejects(createFetch()(`http://127.0.0.1:${port}/`), NetworkError)
      assert.equal(count, 2)
    })

    it('does not try again what was aborted', async () => {
      const stop = new AbortController()
      let count = 0
      const { port } = await keep(
        listenForTest(
          net.createServer((socket) => {
            count++
            stop.abort(new Error('changed my mind'))
            socket.destroy()
          }),
        ),
      )
      await assert.rejects(createFetch()(`http://127.0.0.1:${port}/`, { signal: stop.signal }), /changed my mind/)
      assert.equal(count, 1)
    })
  })

  describe('end of a request', () => {
    it('ends a request without an answer in time, names host and limit only, and does not try again', async () => {
      const server = await keep(startWebServer(undefined, () => undefined))
      await assert.rejects(createFetch({ timeoutMs: 100 })(`http://127.0.0.1:${server.port}/?code=${SECRET}`), {
        name: 'NetworkError',
        message: `127.0.0.1:${server.port}: no answer within 100 ms`,
      })
      assert.equal(server.requests.length, 1)
    })

    it('ends an answer that comes too slowly', async () => {
      const server = await keep(startWebServer(undefined, (_, response) => void response.write('half')))
      const response = await createFetch({ timeoutMs: 200 })(`http://127.0.0.1:${server.port}/`)
      await assert.rejects(response.text(), /no answer within 200 ms/)
    })

    it('ends an answer whose request is aborted meanwhile', async () => {
      const stop = new AbortController()
      const server = await keep(startWebServer(undefined, (_, response) => void response.write('half')))
      const send = createFetch({ timeoutMs: 10_000 })
      const response = await send(`http://127.0.0.1:${server.port}/`, { signal: stop.signal })
      stop.abort(new Error('changed my mind'))
      await assert.rejects(response.text(), /changed my mind/)
    })

    it('does not follow a redirect that is to be an error', async () => {
      const server = await keep(
        startWebServer(undefined, (_, response) => void response.writeHead(302, { location: '/elsewhere' }).end()),
      )
      await assert.rejects(createFetch()(`http://127.0.0.1:${server.port}/`, { redirect: 'error' }), NetworkError)
      assert.equal(server.requests.length, 1)
    })
  })

  describe('messages', () => {
    it('tells that a name could not be resolved', async () => {
      await assert.rejects(createFetch()(`https://no-such-host.invalid/?code=${SECRET}`), (error: unknown) => {
        assert.match(
          String(error),
          /^NetworkError: no-such-host\.invalid: its name could not be resolved \((ENOTFOUND|EAI_AGAIN)\)$/,
        )
        return true
      })
    })

    for (const [what, url, init] of [
      ['header', 'http://127.0.0.1:9/', { headers: { authorization: `${SECRET}\n` + '\u{1f512}' } }],
      ['address', `http://[${SECRET}`, {}],
    ] as const) {
      it(`does not repeat an invalid ${what}`, async () => {
        await assert.rejects(createFetch()(url, init), (error: unknown) => {
          assert.ok(error instanceof NetworkError)
          assert.doesNotMatch(JSON.stringify([error.message, error.stack, error.cause]), new RegExp(SECRET))
          return true
        })
      })
    }
  })
})
