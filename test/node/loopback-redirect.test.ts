import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import * as http from 'node:http'
import * as net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { RedirectExpectation, RedirectListener } from '../../src/msal/core/ports.ts'
import { InteractionError, MsalError } from '../../src/msal/core/errors.ts'
import { listenForRedirect } from '../../src/node/loopback-redirect.ts'

interface Sent {
  readonly host?: string
  readonly method?: string
  readonly path?: string
  readonly headers?: http.OutgoingHttpHeaders
  readonly body?: string | readonly string[]
}

interface Received {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const STATE = 'expected-state'
const GOOD = `code=c0de&state=${STATE}`

/** Sends one request over a connection of its own. */
function send(port: number, { host = '127.0.0.1', method = 'POST', path = '/', headers, body = '' }: Sent) {
  return new Promise<Received>((resolve, reject) => {
    const all = { host: `localhost:${port}`, ...(method === 'POST' ? FORM : {}), ...headers }
    const request = http.request({ host, port, method, path, headers: all, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk)).on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
    })
    request.on('error', reject)
    for (const chunk of [body].flat()) request.write(chunk)
    request.end()
  })
}

/** Opens a connection and writes this, whole request or not. */
function connect(port: number, text: string): net.Socket {
  const socket = net.connect(port, '127.0.0.1').on('error', () => undefined)
  socket.write(text)
  return socket
}

const createForm = (port: number, length: number, body: string) =>
  [
    `POST / HTTP/1.1`,
    `Host: localhost:${port}`,
    `Content-Type: ${FORM['content-type']}`,
    `Content-Length: ${length}`,
    '',
    body,
  ].join('\r\n')

const readPort = (listener: RedirectListener) => Number(new URL(listener.redirectUri).port)

const settlesWithin = (promise: Promise<unknown>, milliseconds: number) =>
  Promise.race([promise.then(() => true), pause(milliseconds).then(() => false)])

describe('loopback listener', () => {
  const open: RedirectListener[] = []

  const start = async (options: { readonly port?: number } = {}) => {
    const listener = await listenForRedirect(options)
    open.push(listener)
    return listener
  }
  const startWaiting = async (expectation: Partial<RedirectExpectation> = {}) => {
    const listener = await start()
    const answer = listener.receive({ state: STATE, responseMode: 'form_post', ...expectation })
    answer.catch(() => undefined)
    return { listener, answer, port: readPort(listener) }
  }

  afterEach(async () => {
    await Promise.all(open.splice(0).map((listener) => listener.close()))
  })

  for (const [name, host] of [
    ['IPv4', '127.0.0.1'],
    ['IPv6', '::1'],
  ] as const) {
    it(`#33 localhost is ::1 here and 127.0.0.1 there: takes an answer over ${name}`, async () => {
      const { listener, answer, port } = await startWaiting()
      const { status } = await send(port, { host, body: `${GOOD}&client_info=e30&session_state=%26` })
      assert.equal(status, 200)
      assert.equal(listener.redirectUri, `http://localhost:${port}`)
      assert.deepEqual(await answer, { code: 'c0de', state: STATE, client_info: 'e30', session_state: '&' })
    })
  }

  it('#33 It listened on all interfaces, so the firewall asked: it listens on no other address of the machine', async () => {
    const { port } = await startWaiting()
    await assert.rejects(send(port, { host: '127.0.0.2', body: GOOD }), { code: 'ECONNREFUSED' })
  })

  describe('answers that are refused without ending the wait', () => {
    const long = 'x'.repeat(65_536)
    const refused: readonly [string, Sent, number][] = [
      ['another state', { body: 'code=c0de&state=other' }, 400],
      ['a state that is only longer', { body: `${GOOD}x` }, 400],
      ['an empty state', { body: 'code=c0de&state=' }, 400],
      ['no state', { body: 'code=c0de' }, 400],
      ['neither code nor error', { body: `state=${STATE}` }, 400],
      ['two states', { body: `${GOOD}&state=${STATE}` }, 400],
      ['two codes', { body: `${GOOD}&code=other` }, 400],
      ['an empty body', {}, 400],
      ['another content type', { body: GOOD, headers: { 'content-type': 'text/plain' } }, 415],
      [
        'JSON',
        { body: JSON.stringify({ code: 'c', state: STATE }), headers: { 'content-type': 'application/json' } },
        415,
      ],
      ['no content type', { body: GOOD, headers: { 'content-type': '' } }, 415],
      ['another host', { body: GOOD, headers: { host: 'evil.example.test' } }, 400],
      ['another host with a familiar beginning', { body: GOOD, headers: { host: 'localhost.evil.example.test' } }, 400],
      ['another port', { body: GOOD, headers: { host: 'localhost:1' } }, 400],
      ['no port', { body: GOOD, headers: { host: 'localhost' } }, 400],
      ['a GET that carries a code', { method: 'GET', path: `/?${GOOD}` }, 405],
      ['a GET without anything', { method: 'GET' }, 405],
      ['a code in the query of a POST', { path: `/?${GOOD}` }, 400],
      ['another path', { path: '/callback', body: GOOD }, 404],
      ['a whole address as path', { path: 'http://localhost/', body: GOOD }, 404],
      ['the icon', { method: 'GET', path: '/favicon.ico' }, 404],
      ['HEAD', { method: 'HEAD', path: `/?${GOOD}` }, 404],
      ['OPTIONS', { method: 'OPTIONS' }, 404],
      ['PUT', { method: 'PUT', body: GOOD, headers: FORM }, 404],
      ['a body that is too long', { body: `${GOOD}&x=${long}` }, 413],
      ['a body that is too long and comes in pieces', { body: [GOOD, '&x=', long] }, 413],
    ]
    for (const [what, sent, status] of refused) {
      it(`${status} for ${what}`, async () => {
        const { answer, port } = await startWaiting()
        assert.equal((await send(port, sent)).status, status)
        assert.equal((await send(port, { body: GOOD })).status, 200)
        assert.equal((await answer)['code'], 'c0de')
      })
    }

    it('shows nothing of what was sent', async () => {
      const { port } = await startWaiting()
      const { body, headers } = await send(port, { body: 'code=<b>c0de</b>&state=<b>other</b>' })
      assert.equal(body, 'Bad Request')
      assert.equal(headers['content-type'], 'text/plain; charset=utf-8')
      assert.equal(headers['x-content-type-options'], 'nosniff')
    })
  })

  it('takes a body of exactly 64 kB', async () => {
    const { answer, port } = await startWaiting()
    const body = `${GOOD}&x=`.padEnd(65_536, 'x')
    assert.equal((await send(port, { body })).status, 200)
    assert.equal((await answer)['x']?.length, 65_536 - GOOD.length - 3)
  })

  it('takes a content type with a charset, in any case', async () => {
    const { answer, port } = await startWaiting()
    await send(port, { body: GOOD, headers: { 'content-type': 'Application/X-WWW-Form-Urlencoded; charset=UTF-8' } })
    assert.equal((await answer)['code'], 'c0de')
  })

  for (const name of ['LOCALHOST', '127.0.0.1', '[::1]']) {
    it(`answers to ${name} as host`, async () => {
      const { port } = await startWaiting()
      assert.equal((await send(port, { body: GOOD, headers: { host: `${name}:${port}` } })).status, 200)
    })
  }

  it('is not stopped by the many cookies of localhost', async () => {
    const { port } = await startWaiting()
    assert.equal((await send(port, { body: GOOD, headers: { cookie: 'a='.padEnd(40_000, 'b') } })).status, 200)
  })

  it('takes an answer by GET where a query is expected, and no POST', async () => {
    const { answer, port } = await startWaiting({ responseMode: 'query' })
    assert.equal((await send(port, { body: GOOD })).status, 405)
    assert.equal((await send(port, { method: 'GET', path: `/?code=other&state=other` })).status, 400)
    assert.equal((await send(port, { method: 'GET', path: `/?${GOOD}` })).status, 200)
    assert.deepEqual(await answer, { code: 'c0de', state: STATE })
  })

  it('takes one answer only', async () => {
    const { answer, port } = await startWaiting()
    const statuses = await Promise.all([1, 2, 3].map(async () => (await send(port, { body: GOOD })).status))
    assert.deepEqual(statuses.sort(), [200, 410, 410])
    assert.equal((await send(port, { body: `code=other&state=${STATE}` })).status, 410)
    assert.equal((await answer)['code'], 'c0de')
  })

  it('refuses an answer that comes before anyone waits for it', async () => {
    const listener = await start()
    assert.equal((await send(readPort(listener), { body: GOOD })).status, 404)
    const answer = listener.receive({ state: STATE, responseMode: 'form_post' })
    assert.equal((await send(readPort(listener), { body: GOOD })).status, 200)
    assert.equal((await answer)['code'], 'c0de')
  })

  it('waits once only', async () => {
    const { listener } = await startWaiting()
    await assert.rejects(listener.receive({ state: STATE, responseMode: 'form_post' }), MsalError)
  })

  describe('pages', () => {
    it('sends them so that nothing keeps, frames, runs or leaks them', async () => {
      const { port } = await startWaiting()
      const { headers } = await send(port, { body: GOOD })
      assert.equal(headers['cache-control'], 'no-store')
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.equal(headers.connection, 'close')
      assert.equal(headers['content-type'], 'text/html; charset=utf-8')
      assert.match(
        String(headers['content-security-policy']),
        /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; .*frame-ancestors 'none'; base-uri 'none'; form-action 'none'$/,
      )
    })

    it('tells of success', async () => {
      const { port } = await startWaiting()
      assert.match((await send(port, { body: GOOD })).body, /<h1>You are signed in<\/h1>/)
    })

    it('tells of a refusal, and hands it to the one who waits', async () => {
      const { answer, port } = await startWaiting()
      const error = { error: 'access_denied', error_description: '<script>AADSTS65004</script>', state: STATE }
      const { body, status } = await send(port, { body: new URLSearchParams(error).toString() })
      assert.equal(status, 200)
      assert.match(body, /access_denied[^]*&lt;script&gt;AADSTS65004&lt;\/script&gt;/)
      assert.deepEqual(await answer, error)
    })

    it('shows the templates of the caller', async () => {
      const templates = { successTemplate: '<p>Fine</p>', errorTemplate: '<p>$error</p>' }
      const good = await startWaiting(templates)
      assert.equal((await send(good.port, { body: GOOD })).body, '<p>Fine</p>')
      const bad = await startWaiting(templates)
      assert.equal((await send(bad.port, { body: `error=a%3Cb&state=${STATE}` })).body, '<p>a&lt;b</p>')
    })
  })

  describe('port', () => {
    const occupy = (host: string, port = 0) =>
      new Promise<net.Server>((resolve, reject) => {
        const server = net.createServer().on('error', reject)
        server.listen(port, host, () => resolve(server))
      })
    const portOf = (server: net.Server) => (server.address() as net.AddressInfo).port

    /** Lets listening on ::1 fail, as often as told. */
    const failOnIpv6 = async (code: string, times: number, run: () => Promise<void>) => {
      const listen = Reflect.get(net.Server.prototype, 'listen') as (...values: unknown[]) => net.Server
      let failures = 0
      net.Server.prototype.listen = function (this: net.Server, ...values: unknown[]) {
        const [options] = values as [{ readonly host?: string }]
        if (options.host !== '::1' || failures++ >= times) return listen.apply(this, values)
        setImmediate(() => this.emit('error', Object.assign(new Error(code), { code })))
        return this
      }
      try {
        await run()
        return failures
      } finally {
        net.Server.prototype.listen = listen
      }
    }

    it('is the one that was asked for', async () => {
      const probe = await occupy('127.0.0.1')
      const port = portOf(probe)
      await new Promise((resolve) => probe.close(resolve))
      const listener = await start({ port })
      assert.equal(listener.redirectUri, `http://localhost:${port}`)
    })

    for (const host of ['127.0.0.1', '::1']) {
      it(`is named where it is taken on ${host}, and nothing stays open`, async () => {
        const other = await occupy(host)
        const port = portOf(other)
        await assert.rejects(start({ port }), (error: unknown) => {
          assert.ok(error instanceof InteractionError)
          assert.equal(error.reason, 'no_loopback')
          assert.match(error.message, new RegExp(`port ${port}\\b.*EADDRINUSE`))
          return true
        })
        const second = await occupy(host === '::1' ? '127.0.0.1' : '::1', port)
        second.close()
        other.close()
      })
    }

    it('is another one where the first is taken on one family', async () => {
      const tries = await failOnIpv6('EADDRINUSE', 2, async () => {
        const { answer, port } = await startWaiting()
        await send(port, { host: '::1', body: GOOD })
        assert.equal((await answer)['code'], 'c0de')
      })
      assert.equal(tries, 3)
    })

    it('is not looked for without end', async () => {
      const tries = await failOnIpv6('EADDRINUSE', Infinity, async () => {
        await assert.rejects(
          start(),
          (error: unknown) => error instanceof InteractionError && error.reason === 'no_loopback',
        )
      })
      assert.equal(tries, 10)
    })

    it('is of IPv4 alone where there is no IPv6', async () => {
      await failOnIpv6('EADDRNOTAVAIL', 1, async () => {
        const { answer, port } = await startWaiting()
        await send(port, { body: GOOD })
        assert.equal((await answer)['code'], 'c0de')
      })
    })
  })

  describe('end of the wait', () => {
    it('rejects with the reason of the signal', async () => {
      const stop = new AbortController()
      const { answer, port } = await startWaiting({ signal: stop.signal })
      stop.abort(new Error('changed my mind'))
      await assert.rejects(answer, /changed my mind/)
      assert.equal((await send(port, { body: GOOD })).status, 410)
    })

    it('does not begin with an aborted signal', async () => {
      const { answer, port } = await startWaiting({ signal: AbortSignal.abort(new Error('changed my mind')) })
      await assert.rejects(answer, /changed my mind/)
      assert.equal((await send(port, { body: GOOD })).status, 404)
    })

    it('rejects where the listener is closed', async () => {
      const { answer, listener } = await startWaiting()
      await listener.close()
      await assert.rejects(answer, MsalError)
    })

    it('leaves no listener at the signal', async () => {
      const { signal } = new AbortController()
      const { answer, port } = await startWaiting({ signal })
      assert.equal(getEventListeners(signal, 'abort').length, 1)
      await send(port, { body: GOOD })
      await answer
      assert.equal(getEventListeners(signal, 'abort').length, 0)
    })
  })

  describe('closing', () => {
    it('lets the last page arrive whole', async () => {
      const { answer, listener, port } = await startWaiting({ successTemplate: 'x'.repeat(20_000_000) })
      const page = send(port, { body: GOOD })
      await answer
      await listener.close()
      assert.equal((await page).body.length, 20_000_000)
    })

    it('frees the port, though browsers hold connections without a request, or with half of one', async () => {
      const { listener, port } = await startWaiting()
      const sockets = ['', 'POST / HTTP/1.1\r\nHost: local', createForm(port, 9, 'code')].map((text) =>
        connect(port, text),
      )
      await pause(50)
      assert.ok(await settlesWithin(listener.close(), 1_500))
      const next = await start({ port })
      assert.equal(readPort(next), port)
      for (const socket of sockets) socket.destroy()
    })

    it('does not wait forever for a browser that does not read its page', async () => {
      const { answer, listener, port } = await startWaiting({ successTemplate: 'x'.repeat(20_000_000) })
      const socket = connect(port, createForm(port, GOOD.length, GOOD)).pause()
      await answer
      assert.ok(await settlesWithin(listener.close(), 5_000))
      socket.destroy()
    })

    it('is not disturbed by a browser that breaks off meanwhile', async () => {
      const { answer, listener, port } = await startWaiting({ successTemplate: 'x'.repeat(20_000_000) })
      const socket = connect(port, createForm(port, GOOD.length, GOOD)).pause()
      await answer
      const closing = listener.close()
      socket.resetAndDestroy()
      assert.ok(await settlesWithin(closing, 1_500))
    })

    it('can be done twice', async () => {
      const { listener } = await startWaiting()
      await Promise.all([listener.close(), listener.close()])
      await listener.close()
    })
  })
})
