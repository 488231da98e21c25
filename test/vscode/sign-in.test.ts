import assert from 'node:assert/strict'
import {
  BrokerError,
  InteractionError,
  OAuthError,
  PublicClientApplication,
  RedirectUriError,
  type TokenResult,
} from '../../src/msal/index.ts'
import { PolicyError } from '../../src/vscode/policy.ts'
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
  createMemory,
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

/** @param brokerMethods - of the client that asks the broker; any other must not do that */
function start(
  methods: readonly SignInMethod[],
  clientMethods: Partial<PublicClient>,
  {
    brokerMethods,
    language = 'en',
    ...more
  }: { brokerMethods?: Partial<PublicClient>; loginHint?: string; language?: string } = {},
) {
  const window = createWindow()
  const clock = createFakeClock()
  const actions = createActions()
  const client = createClient(clientMethods)
  const memory = createMemory()
  const host = { ...createHost(window, clock, actions), brokerMemory: memory, language }
  const clients = { clientId: 'app', client, brokerClient: createClient(brokerMethods) }
  const result = signIn({ ...clients, scopes: ['User.Read'], target: 'contoso.com', methods, ...more }, host)
  result.catch(() => undefined)
  const click = (label: string) => clickLink(actions, window.reports.at(-1)!, label)
  return { window, clock, actions, host, memory, result, click }
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

  it('ends on pages in the language of the window', async () => {
    const asked: (string | undefined)[] = []
    const acquireTokenInteractive: PublicClient['acquireTokenInteractive'] = async (options) => {
      asked.push(options.successTemplate, options.errorTemplate)
      return TOKENS
    }
    await start(['browser'], { acquireTokenInteractive }).result
    await start(['browser'], { acquireTokenInteractive }, { language: 'de' }).result
    const [success, error, ...german] = asked
    assert.deepEqual([success, error], [undefined, undefined], 'the pages of the library are English')
    for (const page of german) assert.match(page ?? '', /<html lang="de">/)
    assert.equal(german.length, 2)
  })

  it('opens the same page again when asked to, by the notification and by the palette, until it ends', async () => {
    const url = 'https://login.example/?state=%2B'
    let finish: (tokens: TokenResult) => void = () => assert.fail()
    const { window, actions, clock, result, click } = start(['browser', 'deviceCode'], {
      acquireTokenInteractive: async ({ openBrowser }) => {
        await openBrowser?.(url)
        return new Promise((resolve) => (finish = resolve))
      },
    })
    assert.doesNotMatch(window.reports[0]!, /Again/, 'there is no page yet')
    await settle()
    assert.match(window.reports.at(-1)!, /^go on in the browser\. \[Open the Page Again\].* · \[Use Another Way…\]/)
    click('Open the Page Again')
    await clock.advance(20_000)
    assert.match(window.reports.at(-1)!, /^still waiting/)
    click('Open the Page Again')
    actions.run('reopenPage', undefined)
    assert.deepEqual(window.opened, [url, url, url, url])
    assert.ok(!window.reports.join().includes('login.example'), 'the address is nowhere to be read')
    finish(TOKENS)
    await result
    actions.run('reopenPage', undefined)
    assert.equal(window.opened.length, 4)
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

  it('tells nobody of a failure who cancels while the next way is offered', async () => {
    const { window, result } = start(['browser', 'deviceCode'], {
      acquireTokenInteractive: () => Promise.reject(new InteractionError('browser_not_opened', 'x')),
    })
    await settle()
    window.cancel()
    await assert.rejects(result, CANCELLED)
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

describe('signing in by the operating system', () => {
  const refused = (brokerStatus?: string) => new BrokerError('it failed', { brokerStatus })
  const LABELS = ['Browser', 'Device code']
  const startBroker = (
    acquireTokenInteractive: PublicClient['acquireTokenInteractive'],
    clientMethods: Partial<PublicClient> = {},
    loginHint?: string,
  ) =>
    start(['broker', 'browser', 'deviceCode'], clientMethods, {
      brokerMethods: { acquireTokenInteractive },
      ...(loginHint && { loginHint }),
    })
  const inBrowser: Partial<PublicClient> = { acquireTokenInteractive: async () => TOKENS }

  it('asks the broker as a program without a window, for the account that is meant or else for any', async () => {
    const asked: object[] = []
    const acquire: PublicClient['acquireTokenInteractive'] = async ({ signal, onBeforeLaunchingUi, ...rest }) => {
      onBeforeLaunchingUi?.({ ui: 'broker' })
      assert.equal(signal?.aborted, false)
      asked.push(rest)
      return TOKENS
    }
    const { result, window, memory } = startBroker(acquire)
    assert.equal(await result, TOKENS)
    assert.match(window.reports[0]!, /go on in the window of your operating system\. \[Use Another Way…\]/)
    await startBroker(acquire, {}, 'ada').result
    const parentWindowHandle = PublicClientApplication.CONSOLE_WINDOW_HANDLE
    assert.deepEqual(asked, [
      { scopes: ['User.Read'], prompt: 'select_account', parentWindowHandle },
      { scopes: ['User.Read'], loginHint: 'ada', parentWindowHandle },
    ])
    assert.equal(memory.kept(), undefined, 'nothing to be remembered')
  })

  it('#11 The broker spins forever: offers the browser after 15 seconds, while it goes on', async () => {
    let finish: (tokens: TokenResult) => void = () => assert.fail()
    const { window, clock, result } = startBroker(() => new Promise((resolve) => (finish = resolve)))
    await clock.advance(14_999)
    assert.equal(window.reports.length, 1)
    await clock.advance(1)
    assert.match(
      window.reports[1]!,
      /still waiting.*\[Use Browser\]\(command:entraAuth\.useBrowser.*\[Use Another Way…\]/,
    )
    finish(TOKENS)
    assert.equal(await result, TOKENS)
    await clock.advance(60_000)
    assert.equal(window.reports.length, 2, 'nothing more once it has ended')
  })

  it('#11 is given up at once for the browser, which comes first from then on', async () => {
    let wasAborted = false
    const waitingBroker: PublicClient['acquireTokenInteractive'] = (request) =>
      waiting(request).finally(() => (wasAborted = true))
    const { clock, result, click, memory } = startBroker(waitingBroker, inBrowser)
    await clock.advance(15_000)
    click('Use Browser')
    assert.equal(await result, TOKENS)
    assert.deepEqual([wasAborted, memory.isAvoided('app'), memory.isAvoided('other')], [true, true, true])
  })

  it('#11 ends after 5 minutes, and then offers another way', async () => {
    const { clock, window } = startBroker(waiting)
    await clock.advance(300_000)
    await settle()
    assert.match(window.reports.at(-1)!, /Nobody finished the sign-in within 5 minutes\./)
    assert.deepEqual(
      window.picks[0]?.items.map(({ label }) => label),
      LABELS,
    )
  })

  for (const [what, error] of [
    ['WAM fails with StatusInternal::Unexpected', refused('Unexpected')],
    ['its process crashes', refused()],
    ['nobody knows what', new Error('unknown')],
  ] as const)
    it(`#10 ${what}: the browser is offered at once, in the same notification, and comes first from then on`, async () => {
      const { result, window, memory } = startBroker(() => Promise.reject(error), inBrowser)
      await settle()
      assert.deepEqual(
        [window.titles.length, window.picks.length, window.picks[0]?.options.placeholder],
        [1, 1, 'Your operating system did not sign you in'],
      )
      window.picks[0]?.choose('Browser')
      assert.equal(await result, TOKENS)
      assert.deepEqual(memory.kept(), ['*'])
    })

  it("says what the broker said, as text that can't lead anywhere", async () => {
    const { window } = startBroker(() =>
      Promise.reject(new BrokerError('no [link](command:evil)', { brokerStatus: 'x' })),
    )
    await settle()
    assert.match(window.reports.at(-1)!, /The operating system did not sign you in: no \[link\]/)
    assert.doesNotMatch(window.reports.at(-1)!, /\]\(command:evil/)
  })

  it('names the redirect URIs to register, and remembers that for this client alone', async () => {
    const error = new RedirectUriError(['ms-appx-web://Microsoft.AAD.BrokerPlugin/app'])
    const { window, memory } = startBroker(() => Promise.reject(error))
    await settle()
    assert.match(window.reports.at(-1)!, /register ms-appx-web:\/\/Microsoft\.AAD\.BrokerPlugin\/app\./)
    assert.deepEqual([memory.isAvoided('app'), memory.isAvoided('other')], [true, false])
  })

  it('#14 A device-bound token is no session: says why, and offers another way', async () => {
    for (const bound of [
      { ...TOKENS, tokenType: 'pop' },
      { ...TOKENS, accessToken: `e30.${Buffer.from('{"cnf":{"jwk":{}}}').toString('base64url')}.` },
    ]) {
      const { window, result } = startBroker(async () => bound)
      await settle()
      assert.match(window.reports.at(-1)!, /bound to this device \(proof of possession\)/)
      window.picks[0]?.choose()
      await assert.rejects(result, { name: 'BoundTokenError' })
    }
  })

  for (const status of ['UserCanceled', 'ApplicationCanceled'])
    it(`offers another way to whoever closed its window, and then ends as cancelled (${status})`, async () => {
      const { window, result, memory } = startBroker(() => Promise.reject(refused(status)))
      await settle()
      window.picks[0]?.choose()
      await assert.rejects(result, CANCELLED)
      assert.equal(memory.kept(), undefined)
    })

  for (const status of ['NoNetwork', 'NetworkTemporarilyUnavailable', 'ServerTemporarilyUnavailable'])
    it(`is no worse for a network that is gone (${status})`, async () => {
      const { memory, result, window } = startBroker(() => Promise.reject(refused(status)))
      await settle()
      window.picks[0]?.choose()
      await assert.rejects(result, { name: 'BrokerError' })
      assert.equal(memory.kept(), undefined)
    })

  it('goes on in the browser without a question where the library would ask no broker', async () => {
    let opened = false
    const { result, window, memory } = startBroker(async ({ onBeforeLaunchingUi }) => {
      onBeforeLaunchingUi?.({ ui: 'browser' })
      opened = true
      return TOKENS
    }, inBrowser)
    assert.equal(await result, TOKENS)
    assert.deepEqual([opened, window.picks, memory.kept()], [false, [], undefined])
    assert.match(window.reports.at(-1)!, /go on in the browser/)
  })

  it('offers nothing after a refusal by the policy, which another way would meet too', async () => {
    const { result, window, memory } = startBroker(() => Promise.reject(new PolicyError('not this tenant')))
    await assert.rejects(result, PolicyError)
    assert.deepEqual([window.picks, memory.kept()], [[], undefined])
  })

  it('offers nothing where there is no other way', async () => {
    const brokerMethods: Partial<PublicClient> = { acquireTokenInteractive: () => Promise.reject(refused()) }
    const { result, window } = start(['broker'], {}, { brokerMethods })
    await assert.rejects(result, BrokerError)
    assert.deepEqual(window.picks, [])
  })

  it('ends at once when the person cancels, which is not remembered', async () => {
    const { window, result, memory } = startBroker(() => new Promise(() => undefined))
    window.cancel()
    await assert.rejects(result, CANCELLED)
    assert.equal(memory.kept(), undefined)
  })

  it('comes first again once it was chosen and worked', async () => {
    const broken = startBroker(() => Promise.reject(refused()))
    await settle()
    assert.equal(broken.memory.isAvoided('app'), true)
    const { memory, result } = startBroker(async () => TOKENS)
    memory.avoid('app')
    memory.avoid('other', new RedirectUriError([]))
    await result
    assert.deepEqual([memory.isAvoided('app'), memory.isAvoided('other')], [false, true])
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

  it('takes a code for expired after 30 minutes, whatever the server says', async () => {
    for (const [expiresIn, shown, minutes] of [
      [1e9, '30 min', 30],
      [1801, '30 min', 30],
      [300, '5 min', 5],
    ] as const) {
      const codes = ['ONE', 'TWO']
      const { window, clock, result, click } = start(['deviceCode'], {
        initiateDeviceFlow: async () => ({ ...FLOW, userCode: codes.shift()!, expiresIn, interval: 1e9 }),
        acquireTokenByDeviceFlow: (request) =>
          request.flow.userCode === 'TWO' ? Promise.resolve(TOKENS) : waiting(request),
      })
      await settle()
      assert.equal(/ within (\d+ \w+)\./.exec(window.reports.at(-1)!)?.[1], shown)
      await clock.advance(minutes * 60_000 - 1)
      assert.match(window.reports.at(-1)!, /enter the code ONE at .+ within 10 s\./)
      await clock.advance(1)
      assert.match(window.reports.at(-1)!, /the code has expired\. \[New Code\]/)
      click('New Code')
      assert.equal(await result, TOKENS)
    }
  })

  it('ends by itself where nobody wants a new code in the minute after those 30', async () => {
    const { clock, result } = start(['deviceCode'], {
      initiateDeviceFlow: async () => ({ ...FLOW, expiresIn: 1e9 }),
      acquireTokenByDeviceFlow: waiting,
    })
    await clock.advance(31 * 60_000)
    await assert.rejects(result, expired)
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
