import assert from 'node:assert/strict'
import { InteractionError, PopAuthScheme, type InteractiveOptions } from '../../../src/msal/index.ts'
import type { RedirectExpectation } from '../../../src/msal/core/ports.ts'
import {
  ADA,
  claimsOf,
  createTestClient,
  discovery,
  HOME,
  idTokenOf,
  TOKEN_ENDPOINT,
  tokensFor,
} from '../../support/entra.ts'

const SCOPES = ['User.Read']

/** A sign-in whose browser comes back with a code. */
function createSignIn(metadata: object = {}) {
  const expectations: RedirectExpectation[] = []
  const closed: string[] = []
  const opened: string[] = []
  const answer = () => ({
    json: tokensFor(ADA, {
      id_token: idTokenOf(claimsOf(ADA, { nonce: new URL(opened[0] ?? '').searchParams.get('nonce') })),
    }),
  })
  const test = createTestClient(
    [discovery(HOME, metadata), { method: 'POST', url: TOKEN_ENDPOINT, answer }],
    {},
    {
      listenForRedirect: () =>
        Promise.resolve({
          redirectUri: 'http://localhost:7777',
          receive: (expectation) => {
            expectations.push(expectation)
            return Promise.resolve({ code: 'c', state: expectation.state })
          },
          close: () => Promise.resolve(void closed.push('closed')),
        }),
      openBrowser: (url) => Promise.resolve(opened.push(url) > 0),
    },
  )
  return { ...test, expectations, closed, opened }
}

/** A sign-in whose browser never comes back. */
function createEndless() {
  const closed: string[] = []
  const test = createTestClient(
    [discovery()],
    {},
    {
      listenForRedirect: () =>
        Promise.resolve({
          redirectUri: 'http://localhost:7777',
          receive: ({ signal }) =>
            new Promise((_resolve, reject) =>
              signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
            ),
          close: () => Promise.resolve(void closed.push('closed')),
        }),
    },
  )
  return { ...test, closed }
}

describe('An interactive sign-in', () => {
  it('opens the browser with form_post and the loopback address, and closes the listener', async () => {
    const { client, opened, closed, expectations, network } = createSignIn()
    const result = await client.acquireTokenInteractive({ scopes: SCOPES })
    assert.equal(result.account?.username, ADA.username)
    const query = new URL(opened[0] ?? '').searchParams
    assert.equal(query.get('response_mode'), 'form_post')
    assert.equal(query.get('redirect_uri'), 'http://localhost:7777')
    assert.equal(query.get('state'), expectations[0]?.state)
    assert.deepEqual(closed, ['closed'])
    network.assertDone()
  })

  it('takes the query by GET where the provider lists no form_post', async () => {
    const { client, opened, expectations } = createSignIn({ response_modes_supported: ['query', 'fragment'] })
    await client.acquireTokenInteractive({ scopes: SCOPES })
    assert.equal(new URL(opened[0] ?? '').searchParams.get('response_mode'), 'query')
    assert.equal(expectations[0]?.responseMode, 'query')
  })

  it('sends every hint, asks consent for the extra scopes and redeems its own', async () => {
    const { client, opened, network } = createSignIn()
    const ui: string[] = []
    await client.acquireTokenInteractive({
      scopes: SCOPES,
      extraScopesToConsent: ['api://other/x'],
      prompt: 'login',
      loginHint: ADA.username,
      domainHint: 'contoso.com',
      claimsChallenge: '{"id_token":{"a":null}}',
      onBeforeLaunchingUi: (event) => ui.push(event.ui),
    })
    const query = new URL(opened[0] ?? '').searchParams
    assert.deepEqual(
      ['prompt', 'login_hint', 'domain_hint', 'claims', 'X-AnchorMailbox'].map((name) => query.get(name)),
      ['login', ADA.username, 'contoso.com', '{"id_token":{"a":null}}', `UPN:${ADA.username}`],
    )
    assert.match(query.get('scope') ?? '', /api:\/\/other\/x/)
    assert.equal(network.requests[1]?.form['scope'], 'User.Read openid profile offline_access')
    assert.deepEqual(ui, ['browser'])
  })

  it("uses the caller's way to open a browser", async () => {
    const { client, opened } = createSignIn()
    await client.acquireTokenInteractive({ scopes: SCOPES, openBrowser: (url) => void opened.push(url) })
    assert.equal(opened.length, 1)
  })

  it('fails at once where no browser could be opened', async () => {
    const { client, closed } = createEndless()
    await assert.rejects(client.acquireTokenInteractive({ scopes: SCOPES, openBrowser: () => false }), {
      name: 'InteractionError',
      reason: 'browser_not_opened',
    })
    await assert.rejects(
      client.acquireTokenInteractive({ scopes: SCOPES, openBrowser: () => Promise.reject(new Error('no display')) }),
      /no display/,
    )
    assert.deepEqual(closed, ['closed', 'closed'])
  })

  it('is given up after its timeout', async () => {
    const { client, clock, closed } = createEndless()
    const done = client.acquireTokenInteractive({ scopes: SCOPES, timeout: 300 })
    const refused = assert.rejects(done, (error) => error instanceof InteractionError && error.reason === 'timeout')
    while (clock.sleeps.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    await clock.advance(300_000)
    await refused
    assert.deepEqual(closed, ['closed'])
  })

  it('ends at once, with the reason of its signal, when it is cancelled', async () => {
    const { client, closed } = createEndless()
    const cancel = new AbortController()
    const done = client.acquireTokenInteractive({ scopes: SCOPES, signal: cancel.signal })
    const refused = assert.rejects(done, /enough/)
    await new Promise((resolve) => setTimeout(resolve, 10))
    cancel.abort(new Error('enough'))
    await refused
    assert.deepEqual(closed, ['closed'])
  })

  it('holds no lock that a silent call waits on', async () => {
    const { client } = createEndless()
    const cancel = new AbortController()
    const waiting = client.acquireTokenInteractive({ scopes: SCOPES, signal: cancel.signal }).catch(() => undefined)
    assert.deepEqual(await client.getAccounts(), [])
    cancel.abort()
    await waiting
  })

  const wrong: readonly [string, Partial<InteractiveOptions>][] = [
    ['port', { port: 70000 }],
    ['port', { port: 1.5 }],
    ['timeout', { timeout: -1 }],
    ['timeout', { timeout: Number.NaN }],
    ['maxAge', { maxAge: -1 }],
    ['authScheme', { authScheme: new PopAuthScheme({ httpMethod: 'GET', url: 'https://api.test/', nonce: 'n' }) }],
    ['claimsChallenge', { claimsChallenge: 'x' }],
    ['scopes', { scopes: ['openid'] }],
  ]
  for (const [argument, options] of wrong)
    it(`refuses a wrong ${argument} (${JSON.stringify(options)}) by name`, async () => {
      const { client } = createSignIn()
      await assert.rejects(client.acquireTokenInteractive({ scopes: SCOPES, ...options }), { argument })
    })
})
