import assert from 'node:assert/strict'
import { InteractionError, type AuthCodeFlow, type TokenResult } from '../../src/msal/index.ts'
import { explainFailure } from '../../src/vscode/failure.ts'
import type { PublicClient } from '../../src/vscode/public-client.ts'
import { editorRedirectUri, parseRedirectUri, type RedirectUri } from '../../src/vscode/redirect-uri.ts'
import type { SignInMethod } from '../../src/vscode/sign-in-methods.ts'
import { signIn } from '../../src/vscode/sign-in.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { accountOf, createClient, createHost, createWindow, FLOW, settle, tokensOf } from './fakes.ts'

const TOKENS = tokensOf(accountOf('ada'))
const AUTH_CODE_FLOW: AuthCodeFlow = {
  authUri: 'https://login.example/authorize?state=S',
  state: 'S',
  nonce: 'N',
  codeVerifier: 'V',
  scopes: ['User.Read'],
}

/** A sign-in by the address of an editor, up to the open page. */
async function start(
  options: {
    redirectUri?: RedirectUri
    loginHint?: string
    scheme?: string
    opens?: boolean
    /** What the flow waits for before it begins. */
    begins?: Promise<void>
  } = {},
) {
  const { redirectUri, loginHint, scheme = 'vscode', opens = true } = options
  const window = createWindow({ opens })
  const clock = createFakeClock()
  const host = { ...createHost(window, clock), editorUri: editorRedirectUri(scheme) }
  const began: unknown[] = []
  const redeemed: Parameters<PublicClient['acquireTokenByAuthCodeFlow']>[0][] = []
  const client = createClient({
    initiateAuthCodeFlow: async (request) => {
      began.push(request)
      await options.begins
      return AUTH_CODE_FLOW
    },
    acquireTokenByAuthCodeFlow: async (request) => {
      redeemed.push(request)
      return TOKENS
    },
    initiateDeviceFlow: async () => FLOW,
    acquireTokenByDeviceFlow: async () => TOKENS,
  })
  const methods: readonly SignInMethod[] = ['uriHandler', 'deviceCode']
  const result: Promise<TokenResult> = signIn(
    {
      ...{ clientId: 'app', client, brokerClient: client, scopes: ['User.Read'], target: 'contoso.com' },
      ...{ methods, redirectUri, ...(loginHint && { loginHint }) },
    },
    host,
  )
  result.catch(() => undefined)
  await settle()
  const answer = (query: string) => host.uriRedirect.handle({ path: '/callback', query })
  return { window, clock, result, began, redeemed, answer }
}

describe("signing in by VS Code's own address", () => {
  it('sends the address exactly as it is registered, and redeems the answer by the flow that began it', async () => {
    const { window, result, began, redeemed, answer } = await start()
    assert.deepEqual(began, [
      {
        scopes: ['User.Read'],
        redirectUri: 'vscode://entra-auth.entra-auth/callback',
        prompt: 'select_account',
      },
    ])
    assert.deepEqual(window.opened, [AUTH_CODE_FLOW.authUri])
    await answer('code=C&state=S')
    assert.equal(await result, TOKENS)
    assert.equal(redeemed[0]?.authCodeFlow, AUTH_CODE_FLOW)
    assert.deepEqual(redeemed[0].authResponse, { code: 'C', state: 'S' })
  })

  for (const scheme of ['vscode', 'vscode-insiders', 'vscodium', 'cursor', 'windsurf', 'code-oss'])
    it(`#7 #8 works in an editor that is opened by ${scheme}://, with no first-party app or site`, async () => {
      const { result, began, answer } = await start({ scheme, loginHint: 'ada' })
      assert.deepEqual(began, [
        { scopes: ['User.Read'], redirectUri: `${scheme}://entra-auth.entra-auth/callback`, loginHint: 'ada' },
      ])
      await answer('code=C&state=S')
      assert.equal(await result, TOKENS)
    })

  it("#1 vscode.dev is blocked: the redirect goes to the company's own page, where the registration says so", async () => {
    const page = 'https://login.contoso.com/vscode'
    const { began } = await start({ redirectUri: parseRedirectUri(page) })
    assert.equal((began[0] as { redirectUri: string }).redirectUri, page)
  })

  it('does not end with a stray answer', async () => {
    const { result, redeemed, answer } = await start()
    await answer('code=evil&state=other')
    await answer('error=access_denied')
    await settle()
    assert.deepEqual(redeemed, [])
    await answer('code=C&state=S')
    assert.equal(await result, TOKENS)
  })

  it('#2 tells after 20 seconds which redirect URI to register', async () => {
    const { window, clock } = await start()
    await clock.advance(20_000)
    assert.match(
      window.reports.at(-1)!,
      /AADSTS50011, register the redirect URI "vscode:\/\/entra-auth\.entra-auth\/callback"\. \[Open the Page Again\].* · \[Use Another Way…\]/,
    )
  })

  it('ends by itself after 5 minutes', async () => {
    const { clock, result } = await start()
    await clock.advance(299_999)
    assert.equal(await Promise.race([result, settle()]), undefined)
    await clock.advance(1)
    await assert.rejects(result, (error) => error instanceof InteractionError && error.reason === 'timeout')
  })

  it('#2 names the redirect URI to register also where nobody came back, and not that of another way', async () => {
    const company = parseRedirectUri('https://contoso.example/back')
    for (const [redirectUri, named] of [
      [undefined, 'vscode://entra-auth.entra-auth/callback'],
      [company, 'https://contoso.example/back'],
    ] as const) {
      const { clock, result } = await start({ ...(redirectUri && { redirectUri }) })
      await clock.advance(300_000)
      await assert.rejects(result, (error) => explainFailure(error).includes(`AADSTS50011, register ${named} in`))
    }
  })

  it('ends at once when the person cancels', async () => {
    const { window, result } = await start()
    window.cancel()
    await assert.rejects(result, { name: 'Canceled' })
  })

  it('neither speaks nor opens a page once it was given up', async () => {
    let begin: () => void = () => undefined
    const { window, result } = await start({ begins: new Promise<void>((resolve) => (begin = resolve)) })
    window.cancel()
    await assert.rejects(result, { name: 'Canceled' })
    const said = window.reports.length
    begin()
    await settle()
    assert.equal(window.reports.length, said)
    assert.deepEqual(window.opened, [])
  })

  it('offers the next way at once where no browser could be opened', async () => {
    const { window, result } = await start({ opens: false })
    assert.match(window.picks[0]!.options.placeholder, /could not be opened/)
    window.picks[0]!.choose('Device code')
    assert.equal(await result, TOKENS)
  })
})

describe('signing in by the browser, where the registration names the redirect URI', () => {
  const startBrowser = (redirectUri?: RedirectUri) => {
    const window = createWindow()
    const clock = createFakeClock()
    const asked: object[] = []
    const client = createClient({
      acquireTokenInteractive: ({ openBrowser: _open, signal: _signal, ...request }) => {
        asked.push(request)
        const late = new InteractionError('timeout', 'late')
        return clock.sleep(300_000).then(() => Promise.reject(late))
      },
    })
    const methods = ['browser'] as const
    const clients = { clientId: 'app', client, brokerClient: client }
    const request = { ...clients, scopes: ['a'], target: 't', methods, redirectUri, loginHint: 'ada' }
    const result = signIn(request, createHost(window, clock))
    result.catch(() => undefined)
    return { window, clock, asked, result }
  }

  it('#2 listens at the port of http://localhost:PORT, and names it where the page does not know it', async () => {
    const { window, clock, asked, result } = startBrowser(parseRedirectUri('http://localhost:8400'))
    assert.deepEqual(asked, [{ scopes: ['a'], loginHint: 'ada', port: 8400, timeout: 300 }])
    await clock.advance(20_000)
    assert.match(window.reports.at(-1)!, /AADSTS50011, register the redirect URI "http:\/\/localhost:8400"\. /)
    await clock.advance(280_000)
    await assert.rejects(result, (error) => explainFailure(error).includes('register http://localhost:8400 in'))
  })

  it('#2 listens at any port otherwise, and names http://localhost', async () => {
    const { window, clock, asked } = startBrowser()
    assert.deepEqual(asked, [{ scopes: ['a'], loginHint: 'ada', timeout: 300 }])
    await clock.advance(20_000)
    assert.match(window.reports.at(-1)!, /AADSTS50011, register the redirect URI "http:\/\/localhost"\. /)
  })
})
