import assert from 'node:assert/strict'
import { InteractionError, OAuthError, type TokenResult } from '../../src/msal/index.ts'
import type { PublicClient } from '../../src/vscode/public-client.ts'
import { signIn } from '../../src/vscode/sign-in.ts'
import type { SignInMethod } from '../../src/vscode/sign-in-methods.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import {
  accountOf,
  clickLink,
  createActions,
  createClient,
  createHost,
  createWindow,
  FLOW,
  settle,
  tokensOf,
} from './fakes.ts'

const TOKENS = tokensOf(accountOf('ada'))
const CANCELLED = { name: 'Canceled', message: 'Canceled' }

/** Waits until its signal is aborted, as the library does. */
const waiting = ({ signal }: { readonly signal?: AbortSignal | undefined }) =>
  new Promise<TokenResult>((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error))
  })

function start(methods: readonly SignInMethod[], clientMethods: Partial<PublicClient>, more: object = {}) {
  const window = createWindow()
  const clock = createFakeClock()
  const actions = createActions()
  const client = createClient(clientMethods)
  const host = createHost(window, clock, actions)
  const result = signIn({ client, scopes: ['User.Read'], target: 'contoso.com', methods, ...more }, host)
  result.catch(() => undefined)
  const click = (label: string) => clickLink(actions, window.reports.at(-1)!, label)
  return { window, clock, actions, host, result, click }
}

describe('signing in by the browser', () => {
  it('names the tenant and offers another way from the first second', async () => {
    const { window } = start(['browser', 'deviceCode'], { acquireTokenInteractive: waiting })
    assert.deepEqual(window.titles, ['Sign in to contoso.com'])
    assert.match(window.reports[0]!, /go on in the browser\. \[Use Another Way…\]\(command:entraAuth\.useAnotherWay/)
  })

  it('asks for an account unless one is meant, opens what the library asks for, and ends after 5 minutes', async () => {
    const asked: object[] = []
    const acquireTokenInteractive: PublicClient['acquireTokenInteractive'] = async ({
      openBrowser,
      signal,
      ...rest
    }) => {
      asked.push(rest)
      assert.equal(await openBrowser?.('https://login.example/?state=%2B'), true)
      assert.equal(signal?.aborted, false)
      return TOKENS
    }
    const first = start(['browser'], { acquireTokenInteractive })
    assert.equal(await first.result, TOKENS)
    assert.deepEqual(first.window.opened, ['https://login.example/?state=%2B'])
    await start(['browser'], { acquireTokenInteractive }, { loginHint: 'ada' }).result
    assert.deepEqual(asked, [
      { scopes: ['User.Read'], prompt: 'select_account', timeout: 300 },
      { scopes: ['User.Read'], loginHint: 'ada', timeout: 300 },
    ])
  })

  it('says after 20 seconds what a page that can not be reached looks like', async () => {
    const { window, clock } = start(['browser', 'deviceCode'], { acquireTokenInteractive: waiting })
    await clock.advance(19_999)
    assert.equal(window.reports.length, 1)
    await clock.advance(1)
    assert.match(window.reports[1]!, /localhost can't be reached or refused to connect.*\[Use Another Way…\]/)
  })

  it('says nothing more once it has ended', async () => {
    const { window, clock, result } = start(['browser'], { acquireTokenInteractive: async () => TOKENS })
    await result
    await clock.advance(60_000)
    assert.equal(window.reports.length, 1)
  })

  it('ends at once when the person cancels, even where the library does not notice', async () => {
    const { window, result } = start(['browser'], { acquireTokenInteractive: () => new Promise(() => undefined) })
    window.cancel()
    await assert.rejects(result, CANCELLED)
  })

  it('#13 Force a way to sign in: goes on while another way is chosen, and ends by itself meanwhile', async () => {
    let finish: (tokens: TokenResult) => void = () => assert.fail()
    const { window, result, click } = start(['browser', 'deviceCode'], {
      acquireTokenInteractive: () => new Promise((resolve) => (finish = resolve)),
    })
    click('Use Another Way…')
    assert.deepEqual(
      window.picks[0]?.items.map(({ label }) => label),
      ['Device code'],
    )
    finish(TOKENS)
    assert.equal(await result, TOKENS)
    assert.equal(window.picks[0]?.options.signal.aborted, true, 'the list is closed')
  })

  it('goes on where nothing else was chosen', async () => {
    const { window, click } = start(['browser', 'deviceCode'], { acquireTokenInteractive: waiting })
    click('Use Another Way…')
    window.picks[0]?.choose()
    await settle()
    assert.equal(window.reports.length, 1)
  })

  it('is given up for the way that was chosen', async () => {
    let wasAborted = false
    const { window, result, click } = start(['browser', 'deviceCode'], {
      acquireTokenInteractive: (request) => waiting(request).finally(() => (wasAborted = true)),
      initiateDeviceFlow: async () => FLOW,
      acquireTokenByDeviceFlow: async () => TOKENS,
    })
    click('Use Another Way…')
    window.picks[0]?.choose('Device code')
    assert.equal(await result, TOKENS)
    assert.equal(wasAborted, true)
  })

  for (const reason of ['browser_not_opened', 'no_loopback'] as const)
    it(`#35 No browser, hangs: the next way is offered at once after ${reason}`, async () => {
      const { window, result } = start(['browser', 'deviceCode'], {
        acquireTokenInteractive: () => Promise.reject(new InteractionError(reason, 'x')),
        initiateDeviceFlow: async () => FLOW,
        acquireTokenByDeviceFlow: async () => TOKENS,
      })
      await settle()
      assert.match(window.picks[0]!.options.placeholder, /could not be opened/)
      window.picks[0]!.choose('Device code')
      assert.equal(await result, TOKENS)
    })

  it('ends 2 minutes after a browser could not be opened, if nobody chooses', async () => {
    const { clock, result } = start(['browser', 'deviceCode'], {
      acquireTokenInteractive: () => Promise.reject(new InteractionError('browser_not_opened', 'x')),
    })
    await settle()
    await clock.advance(120_000)
    await assert.rejects(result, InteractionError)
  })

  it('offers nothing after a refusal, which another way would meet too', async () => {
    const { window, result } = start(['browser', 'deviceCode'], {
      acquireTokenInteractive: () => Promise.reject(new OAuthError({ error: 'access_denied' })),
    })
    await assert.rejects(result, OAuthError)
    assert.deepEqual(window.picks, [])
  })
})

describe('signing in by a device code', () => {
  const expired = new OAuthError({ error: 'expired_token' })

  it('shows the code, and copies it and opens the page when asked to', async () => {
    const { window, click } = start(['deviceCode'], {
      initiateDeviceFlow: async () => FLOW,
      acquireTokenByDeviceFlow: waiting,
    })
    await settle()
    assert.match(window.reports.at(-1)!, /enter the code ABC123 at https:\/\/login\.example\/device within 15 min\./)
    assert.deepEqual([window.copied, window.opened], [[], []])
    click('Copy Code and Open Page')
    await settle()
    assert.deepEqual([window.copied, window.opened], [['ABC123'], ['https://login.example/device']])
  })

  for (const verificationUri of [
    'command:workbench.action.quit',
    'http://login.example/device',
    'file:///etc/passwd',
    'device',
  ])
    it(`copies the code, but opens no ${verificationUri}`, async () => {
      const { window, click } = start(['deviceCode'], {
        initiateDeviceFlow: async () => ({ ...FLOW, verificationUri }),
        acquireTokenByDeviceFlow: waiting,
      })
      await settle()
      click('Copy Code and Open Page')
      await settle()
      assert.deepEqual([window.copied, window.opened], [['ABC123'], []])
    })

  it("shows the server's code and address as text", async () => {
    const { window } = start(['deviceCode'], {
      initiateDeviceFlow: async () => ({ ...FLOW, userCode: '[A](command:a)', verificationUri: '[B](command:b)' }),
      acquireTokenByDeviceFlow: waiting,
    })
    await settle()
    assert.doesNotMatch(window.reports.at(-1)!, /\]\(command:[ab]\)/)
  })

  it('counts down each minute, then each ten seconds, and then offers a new code', async () => {
    const { window, clock } = start(['deviceCode'], {
      initiateDeviceFlow: async () => ({ ...FLOW, expiresIn: 150 }),
      acquireTokenByDeviceFlow: waiting,
    })
    await clock.advance(149_999)
    const times = window.reports.map((text) => / within (\d+ \w+)\./.exec(text)?.[1]).filter(Boolean)
    assert.deepEqual(times, ['3 min', '2 min', '60 s', '50 s', '40 s', '30 s', '20 s', '10 s'])
    assert.deepEqual(
      window.reports.map((text) => text.includes('New Code')),
      [false, false, false, true, true, true, true, true, true],
    )
  })

  it('renews the code in place when that is asked for, before or after it expired', async () => {
    for (const isExpired of [false, true]) {
      const codes = ['ONE', 'TWO']
      const { window, clock, result, click } = start(['deviceCode'], {
        initiateDeviceFlow: async () => ({ ...FLOW, userCode: codes.shift()!, expiresIn: 50 }),
        acquireTokenByDeviceFlow: (request) => {
          if (request.flow.userCode === 'TWO') return Promise.resolve(TOKENS)
          return isExpired ? clock.sleep(50_000).then(() => Promise.reject(expired)) : waiting(request)
        },
      })
      await clock.advance(isExpired ? 60_000 : 1000)
      assert.match(window.reports.at(-1)!, isExpired ? /the code has expired/ : /code ONE/)
      click('New Code')
      assert.equal(await result, TOKENS)
    }
  })

  it('ends by itself a minute after the code expired', async () => {
    const { clock, result } = start(['deviceCode'], {
      initiateDeviceFlow: async () => FLOW,
      acquireTokenByDeviceFlow: () => Promise.reject(expired),
    })
    let hasEnded = false
    result.catch(() => (hasEnded = true))
    await clock.advance(59_999)
    assert.equal(hasEnded, false)
    await clock.advance(1)
    await assert.rejects(result, expired)
  })

  it('ends at once when it is declined', async () => {
    const declined = new OAuthError({ error: 'authorization_declined' })
    const { result } = start(['deviceCode'], {
      initiateDeviceFlow: async () => FLOW,
      acquireTokenByDeviceFlow: () => Promise.reject(declined),
    })
    await assert.rejects(result, declined)
  })

  it('ends at once when the person cancels, while waiting and while expired', async () => {
    for (const acquireTokenByDeviceFlow of [waiting, () => Promise.reject(expired)]) {
      const { window, result } = start(['deviceCode'], {
        initiateDeviceFlow: async () => FLOW,
        acquireTokenByDeviceFlow,
      })
      await settle()
      window.cancel()
      await assert.rejects(result, CANCELLED)
    }
  })

  it('offers no other way where there is none', async () => {
    const { window, clock, actions, result } = start(['deviceCode'], {
      initiateDeviceFlow: async () => ({ ...FLOW, expiresIn: 120 }),
      acquireTokenByDeviceFlow: waiting,
    })
    await settle()
    assert.match(window.reports[1]!, /within 2 min\. \[Copy Code and Open Page\]\([^)]*\)$/)
    await clock.advance(70_000)
    assert.match(window.reports.at(-1)!, /within 50 s\. \[Copy Code[^·]+ · \[New Code\]\([^)]*\)$/)
    actions.run('useAnotherWay', undefined)
    assert.deepEqual(window.picks, [])
    window.cancel()
    await assert.rejects(result, CANCELLED)
  })

  it('is run by the command palette too, and its actions end with it', async () => {
    const { window, actions, result } = start(['deviceCode'], {
      initiateDeviceFlow: async () => FLOW,
      acquireTokenByDeviceFlow: waiting,
    })
    await settle()
    actions.run('copyDeviceCode', undefined)
    await settle()
    assert.deepEqual(window.copied, ['ABC123'])
    window.cancel()
    await assert.rejects(result)
    await settle()
    actions.run('copyDeviceCode', undefined)
    assert.deepEqual(window.copied, ['ABC123'])
  })
})
