import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFetch, type FetchOptions, type SessionRequestOptions, type TokenSession } from '../src/consumer.ts'

const API = 'https://api.example'
const CLAIMS = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
const CHALLENGE = `Bearer realm="", error="insufficient_claims", claims="${Buffer.from(CLAIMS).toString('base64')}"`
const SCOPES = ['api://app/Read', 'VSCODE_TENANT:contoso.com']
const account = { id: 'ada-id', label: 'ada@contoso.test' }
const session = (accessToken: string): TokenSession => ({ accessToken, account })
const refused =
  (header = CHALLENGE) =>
  () =>
    new Response('no', { status: 401, headers: { 'www-authenticate': header } })
const accepted = () => new Response('yes')

type Sent = { readonly url: string; readonly authorization: string | null; readonly body: string }
type Asked = { readonly provider: string; readonly request: unknown; readonly options: SessionRequestOptions }

/** A `fetch` over these answers of VS Code and the API; each is used once, and an unexpected question fails. */
function createHarness(
  sessions: readonly (TokenSession | undefined | Error)[],
  answers: readonly (() => Response)[],
  options: Partial<FetchOptions> = {},
) {
  const sent: Sent[] = []
  const asked: Asked[] = []
  const [sessionsLeft, answersLeft] = [[...sessions], [...answers]]
  const fetch = createFetch({
    scopes: SCOPES,
    getSession: async (provider, request, sessionOptions) => {
      asked.push({ provider, request, options: sessionOptions })
      assert.ok(sessionsLeft.length > 0, 'VS Code was asked once too often')
      const next = sessionsLeft.shift()
      if (next instanceof Error) throw next
      return next
    },
    fetch: async (input, init) => {
      const request = new Request(input, init)
      sent.push({
        url: request.url,
        authorization: request.headers.get('authorization'),
        body: await request.text(),
      })
      const answer = answersLeft.shift()
      assert.ok(answer, 'the API was asked once too often')
      return answer()
    },
    ...options,
  })
  return { fetch, sent, asked }
}

const tokens = (sent: readonly Sent[]) => sent.map(({ authorization }) => authorization)

describe('a fetch that sends a token', () => {
  it('asks for a session in the name of its caller, and sends its token', async () => {
    const { fetch, sent, asked } = createHarness([session('t')], [accepted], { sessionOptions: { silent: true } })
    const response = await fetch(new URL(`${API}/me`), { headers: { accept: 'text/plain' } })
    assert.equal(await response.text(), 'yes')
    assert.deepEqual(sent, [{ url: `${API}/me`, authorization: 'Bearer t', body: '' }])
    assert.deepEqual(asked, [{ provider: 'entra', request: SCOPES, options: { silent: true } }])
  })

  it('sends the request as it is where nobody is signed in, and answers no challenge then', async () => {
    const { fetch, sent } = createHarness([undefined], [refused()])
    assert.equal((await fetch(API)).status, 401)
    assert.deepEqual(tokens(sent), [null])
  })

  it('rejects as VS Code does where the person declines', async () => {
    const { fetch } = createHarness([new Error('User did not consent to login.')], [])
    await assert.rejects(fetch(API), /did not consent/)
  })

  it('uses the global fetch as it is at the time of the call', async () => {
    const { fetch } = createHarness([session('t')], [], { fetch: undefined as never })
    const original = globalThis.fetch
    globalThis.fetch = async () => new Response('patched')
    try {
      assert.equal(await (await fetch(API)).text(), 'patched')
    } finally {
      globalThis.fetch = original
    }
  })

  it('names the option that is wrong', () => {
    const getSession = async () => undefined
    const wrong: readonly (readonly [string, unknown])[] = [
      ['getSession', undefined],
      ['getSession', { scopes: SCOPES }],
      ['scopes', { getSession }],
      ['scopes', { getSession, scopes: 'User.Read' }],
      ['origins', { getSession, scopes: SCOPES, origins: API }],
    ]
    for (const [name, options] of wrong)
      assert.throws(() => createFetch(options as FetchOptions), { name: 'TypeError', message: new RegExp(`"${name}"`) })
  })

  it('never puts a token into an error', async () => {
    const { fetch } = createHarness([session('sec\nret')], [])
    await assert.rejects(fetch(API), ({ message }: Error) => !message.includes('sec'))
  })
})

describe('#16 Every extension writes the retry after a claims challenge anew: the fetch', () => {
  const retried = [session('old'), session('new')]

  it('passes the claims on for its own scopes and account, and sends the request once more', async () => {
    const sessionOptions = { createIfNone: { detail: 'why' } }
    const { fetch, sent, asked } = createHarness(retried, [refused(), accepted], { sessionOptions, providerId: 'mine' })
    assert.equal((await fetch(`${API}/me`, { method: 'PUT', body: 'text' })).status, 200)
    assert.deepEqual(
      sent.map(({ authorization, body }) => [authorization, body]),
      [
        ['Bearer old', 'text'],
        ['Bearer new', 'text'],
      ],
    )
    const wwwAuthenticate = `Bearer error="insufficient_claims", claims="${Buffer.from(CLAIMS).toString('base64url')}"`
    assert.deepEqual(asked[1], {
      provider: 'mine',
      request: { wwwAuthenticate, fallbackScopes: SCOPES },
      options: { ...sessionOptions, account },
    })
  })

  it('takes no scope from the API, which could be for another one', async () => {
    const { fetch, asked } = createHarness(retried, [
      refused(`${CHALLENGE}, scope="https://graph.microsoft.com/Mail.Read"`),
      accepted,
    ])
    await fetch(API)
    assert.doesNotMatch(JSON.stringify(asked[1]?.request), /graph/)
  })

  it('never sends a third time', async () => {
    const { fetch, sent } = createHarness(retried, [refused(), refused()])
    assert.equal((await fetch(API)).status, 401)
    assert.equal(sent.length, 2)
  })

  const unanswerable: readonly [string, readonly (TokenSession | undefined)[], () => Response][] = [
    ['there is none', [session('old')], refused('Bearer error="invalid_token"')],
    ['its claims are malformed', [session('old')], refused('Bearer claims="!"')],
    [
      'the status is another',
      [session('old')],
      () => new Response('', { status: 403, headers: { 'www-authenticate': CHALLENGE } }),
    ],
    ['no token can be had', [session('old'), undefined], refused()],
    ['only the same token can be had', [session('old'), session('old')], refused()],
  ]
  for (const [when, sessions, answer] of unanswerable)
    it(`returns the API's answer where ${when}`, async () => {
      const { fetch, sent } = createHarness(sessions, [answer])
      assert.equal((await fetch(API)).status, answer().status)
      assert.equal(sent.length, 1)
    })

  it('rejects where the person declines to prove more', async () => {
    const { fetch } = createHarness([session('old'), new Error('Canceled')], [refused()])
    await assert.rejects(fetch(API), /Canceled/)
  })

  it('does not send again what was aborted meanwhile', async () => {
    const controller = new AbortController()
    const { fetch } = createHarness(retried, [
      () => {
        controller.abort()
        return refused()()
      },
    ])
    await assert.rejects(fetch(API, { signal: controller.signal }), { name: 'AbortError' })
  })

  const bodies: readonly [string, () => Parameters<typeof fetch>][] = [
    ['a Request', () => [new Request(API, { method: 'POST', body: 'text' })]],
    [
      'a Request with other headers',
      () => [new Request(API, { method: 'POST', body: 'text' }), { headers: { a: 'b' } }],
    ],
    ['a buffer', () => [API, { method: 'POST', body: Buffer.from('text') }]],
    ['a blob', () => [API, { method: 'POST', body: new Blob(['text']) }]],
  ]
  for (const [what, call] of bodies)
    it(`sends ${what} twice in full`, async () => {
      const { fetch, sent } = createHarness(retried, [refused(), accepted])
      assert.equal((await fetch(...call())).status, 200)
      assert.deepEqual(
        sent.map(({ body }) => body),
        ['text', 'text'],
      )
    })

  it('can not send a stream twice: it answers the challenge and returns the 401, so that the next call succeeds', async () => {
    const { fetch, sent, asked } = createHarness([...retried, session('new')], [refused(), accepted])
    const stream = () => new Blob(['text']).stream()
    const post = () => fetch(API, { method: 'POST', body: stream(), duplex: 'half' } as RequestInit)
    assert.equal((await post()).status, 401)
    assert.equal(asked.length, 2)
    assert.equal((await post()).status, 200)
    assert.deepEqual(tokens(sent), ['Bearer old', 'Bearer new'])
  })
})

describe('a host or provider that knows no challenges', () => {
  const failures = [
    new TypeError('scopes is not iterable'),
    new Error("Extension 'a.b' CANNOT use API proposal: authenticationChallenges."),
    new Error("The authentication provider 'entra' does not support getting sessions from challenges."),
  ]
  for (const failure of failures) {
    it(`lets the person sign in again (${failure.message})`, async () => {
      const sessions = [session('old'), failure, session('new')]
      const { fetch, asked } = createHarness(sessions, [refused(), accepted], {
        sessionOptions: { createIfNone: true },
      })
      assert.equal((await fetch(API)).status, 200)
      assert.deepEqual(asked[2], { provider: 'entra', request: SCOPES, options: { account, forceNewSession: true } })
    })

    it(`asks no one where no one may be asked (${failure.message})`, async () => {
      const { fetch } = createHarness([session('old'), failure], [refused()], { sessionOptions: { silent: true } })
      assert.equal((await fetch(API)).status, 401)
    })
  }
})

describe('the origins that get a token', () => {
  it('are those that are named, and loopback ones over http', async () => {
    for (const origin of [API, 'http://127.0.0.2:81', 'http://localhost', 'http://[::1]:8080/']) {
      const { fetch, sent } = createHarness([session('t')], [accepted], { origins: [origin] })
      await fetch(`${new URL(origin).origin}/me`)
      assert.deepEqual(tokens(sent), ['Bearer t'])
    }
  })

  for (const address of [
    'https://evil.example/',
    'https://api.example.evil.example/',
    'https://api.example:8443/',
    'http://api.example/',
  ])
    it(`are no others: ${address} gets the request as it is, and no session is asked for`, async () => {
      const { fetch, sent } = createHarness([], [refused()], { origins: [API] })
      assert.equal((await fetch(address)).status, 401)
      assert.deepEqual(tokens(sent), [null])
    })

  it('are never on another machine over plain http', async () => {
    const { fetch, sent } = createHarness([], [accepted])
    await fetch('http://api.example/')
    assert.deepEqual(tokens(sent), [null])
  })

  for (const origin of [
    'api.example',
    'http://api.example',
    'https://api.example/v1',
    'https://user@api.example',
    'file:///',
  ])
    it(`are refused where they are none: ${origin}`, () =>
      assert.throws(() => createHarness([], [], { origins: [origin] }), { name: 'TypeError', message: /is no origin/ }))
})

describe('a redirect', () => {
  const listen = async (answer: (request: IncomingMessage, response: ServerResponse) => void) => {
    const seen: (string | undefined)[] = []
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization)
      answer(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { origin, seen, close: () => server.close() }
  }

  it('to another origin loses the token, and a challenge from there is not answered', async () => {
    const other = await listen((_request, response) => response.writeHead(401, { 'www-authenticate': CHALLENGE }).end())
    const api = await listen((_request, response) => response.writeHead(307, { location: other.origin }).end())
    try {
      const { fetch, asked } = createHarness([session('t')], [], { fetch: globalThis.fetch })
      assert.equal((await fetch(api.origin)).status, 401)
      assert.deepEqual([api.seen, other.seen, asked.length], [['Bearer t'], [undefined], 1])
    } finally {
      other.close()
      api.close()
    }
  })

  it('within the origin keeps it', async () => {
    const api = await listen(({ url }, response) =>
      url === '/a' ? response.writeHead(302, { location: '/b' }).end() : response.end('b'),
    )
    try {
      const { fetch } = createHarness([session('t')], [], { fetch: globalThis.fetch })
      assert.equal(await (await fetch(`${api.origin}/a`)).text(), 'b')
      assert.deepEqual(api.seen, ['Bearer t', 'Bearer t'])
    } finally {
      api.close()
    }
  })
})
