import { BrokerError, InteractionError, NetworkError, OAuthError, type TokenResult } from '../../src/msal/index.ts'
import { createAccountActions } from '../../src/vscode/account-actions.ts'
import { pickAccount } from '../../src/vscode/account-picker.ts'
import { createAccountTree, type TreeNode } from '../../src/vscode/account-tree.ts'
import { createAuthenticationProvider } from '../../src/vscode/authentication-provider.ts'
import { CLOUD_HOSTS } from '../../src/vscode/authority-address.ts'
import type { CachedToken } from '../../src/vscode/cached-tokens.ts'
import { ClientConfigurationError, createClientRegistry } from '../../src/vscode/client-registry.ts'
import { pickDiagnosed } from '../../src/vscode/diagnosis-target.ts'
import { createFailureMemory } from '../../src/vscode/failure-memory.ts'
import type { PublicClient } from '../../src/vscode/public-client.ts'
import { createResultPages } from '../../src/vscode/result-pages.ts'
import { createSecretStoragePersistence } from '../../src/vscode/secret-storage-persistence.ts'
import { createSessionRecords } from '../../src/vscode/session-records.ts'
import { chooseLabel, PERSONAL_TENANT, type SignInRecord } from '../../src/vscode/session.ts'
import type { SignInMethod } from '../../src/vscode/sign-in-methods.ts'
import { signIn } from '../../src/vscode/sign-in.ts'
import { createSignOut } from '../../src/vscode/sign-out.ts'
import { createSimulatorSwitch } from '../../src/vscode/simulator-switch.ts'
import { speakSimulator } from '../../src/vscode/simulator-texts.ts'
import { pickTenant } from '../../src/vscode/tenant-picker.ts'
import { BoundTokenError } from '../../src/vscode/token-binding.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { translate } from '../support/pseudo-locale.ts'
import {
  accountOf,
  clickLink,
  createActions,
  createClient,
  createHost,
  createSecrets,
  createWindow,
  FLOW,
  settingsOf,
  settle,
  tokensOf,
  type FakeWindow,
} from './fakes.ts'
import { APP, HOME, PROBLEM_SCENES, SAID, SERVER, tell } from './scenes-of-problems.ts'

const ADA = 'ada@contoso.test'

/** Whatever a window has shown so far. */
const textsOf = ({ titles, reports, picks, questions }: FakeWindow): readonly string[] => [
  ...titles,
  ...reports,
  ...picks.flatMap(({ items, options }) => [
    options.title,
    options.placeholder,
    ...items.flatMap(({ label, description = '', detail = '' }) => [label, description, detail]),
  ]),
  ...questions.flatMap(({ options }) => [options.title, options.placeholder, options.validate('a/b') ?? '']),
]

const waiting = ({ signal }: { readonly signal?: AbortSignal | undefined }) =>
  new Promise<TokenResult>((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error))
  })

type Clock = ReturnType<typeof createFakeClock>
interface Run {
  readonly window: FakeWindow
  readonly clock: Clock
  /** Clicks a link of the latest report. */
  click(this: void, label: string): void
}

/** A sign-in, which is left alone, or driven; then it is cancelled. */
async function watch(
  methods: readonly SignInMethod[],
  client: Partial<PublicClient>,
  { drive, claims }: { drive?: (run: Run) => Promise<void>; claims?: string } = {},
): Promise<readonly string[]> {
  const window = createWindow()
  const clock = createFakeClock()
  const actions = createActions()
  const both = createClient(client)
  const failed: unknown[] = []
  const request = { clientId: APP, client: both, brokerClient: both, scopes: ['a'], target: 'contoso.com', claims }
  const ended = signIn({ ...request, methods }, createHost(window, clock, actions)).catch((error: unknown) =>
    failed.push(error),
  )
  await settle()
  await drive?.({ window, clock, click: (label) => clickLink(actions, window.reports.at(-1)!, translate(label)) })
  await settle()
  window.cancel()
  await ended
  return [...textsOf(window), ...tell(...failed)]
}

const refusing = (error: Error): Partial<PublicClient> => ({ acquireTokenInteractive: () => Promise.reject(error) })
const FLOW_BY_URI = { state: 's', authUri: 'https://login.example' } as Awaited<
  ReturnType<PublicClient['initiateAuthCodeFlow']>
>

const recordOf = (name: string, more: Partial<SignInRecord> = {}): SignInRecord => ({
  clientId: APP,
  environment: SERVER,
  homeAccountId: `${name}.${HOME}`,
  accountId: `${name}.${HOME}`,
  username: `${name}@contoso.test`,
  label: `${name}@contoso.test`,
  sessions: [{ id: name, scopes: ['a'], authority: `https://${SERVER}/organizations` }],
  ...more,
})
const ada = recordOf('ada')
const token = (more: Partial<CachedToken>): CachedToken => ({
  kind: 'access',
  key: JSON.stringify(more),
  realm: HOME,
  scopes: ['https://graph.microsoft.com/User.Read'],
  tokenType: 'Bearer',
  expiresOn: 3600,
  ...more,
})

/** Accounts that share a user name are told apart by what follows it. */
const showLabels = (): readonly string[] =>
  [PERSONAL_TENANT, ...Object.values(CLOUD_HOSTS)].map((place) => {
    const homeAccountId = `other.${place}`
    return chooseLabel({ accountId: place, environment: place, homeAccountId, username: ADA }, [ada])
  })

const flatten = (nodes: readonly TreeNode[]): readonly TreeNode[] =>
  nodes.flatMap((node) => [node, ...flatten(node.children)])

function showTree(): readonly string[] {
  const claims = { aud: SAID, upn: SAID, exp: 5, tid: HOME }
  const tokens = [
    token({ claims }),
    token({ expiresOn: 7260, scopes: ['openid'] }),
    token({ expiresOn: 1800 }),
    token({ expiresOn: -60 }),
    token({ kind: 'id', realm: '9188040d-6c67-4c5b-b112-36a304b66dad', claims }),
  ]
  const grants = ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code', 'broker', SAID]
  const signIns = [
    ...grants.map((grant, index) => ({
      record: recordOf('ada', { clientId: index ? `${APP}-${index}` : APP }),
      cached: { tokens, hasRefreshToken: index > 0, sources: new Map([[HOME, grant]]) },
    })),
    { record: recordOf('grace'), cached: undefined },
    { record: recordOf('eve'), cached: { tokens: [tokens[0]!], hasRefreshToken: true, sources: new Map() } },
    {
      record: recordOf('grace', { clientId: `${APP}-1` }),
      cached: { tokens: [], hasRefreshToken: true, sources: new Map<string, string>() },
      isRefreshRefused: true,
    },
    {
      record: recordOf('bob'),
      cached: { tokens: [tokens[0]!], hasRefreshToken: true, sources: new Map<string, string>() },
      bar: { source: '/p' },
    },
  ]
  const nodes = createAccountTree(signIns, { now: 0, revealed: new Set(), formatTime: String })
  return flatten(nodes).flatMap(({ label, description = '', spoken }) => [label, description, spoken])
}

async function showActions(): Promise<readonly string[]> {
  const texts: string[] = []
  const failures: unknown[] = [new NetworkError(SAID), new BoundTokenError(), new ClientConfigurationError(SAID)]
  const actions = createAccountActions({
    clients: createClientRegistry(() => createClient({})),
    provider: { refreshSession: async () => ({ isRenewed: false, failure: failures.shift() }) } as never,
    signOut: { ask: async () => undefined },
    pickProfile: async () => undefined,
    confirm: async (...shown) => void texts.push(...shown) as never,
    warn: (text, buttons) => texts.push(text, ...buttons.map(({ label }) => label)),
    showLog: () => undefined,
    copyText: async () => undefined,
  })
  const node = {
    id: '',
    kind: 'token',
    label: SAID,
    spoken: '',
    icon: '',
    children: [],
    target: { record: ada, tokens: [token({ scopes: ['a'], realm: 'organizations' })] },
  } as const
  while (failures.length > 0) await actions.refresh(node)
  await actions.forget(node)
  return texts
}

/** Signs out in the browser too, by the command, by the view and from the Accounts menu. */
async function showSignOut(
  page: () => Promise<string | undefined>,
  { opens = true, records = [ada, recordOf('grace')] } = {},
): Promise<readonly string[]> {
  const texts: string[] = []
  const window = createWindow({ opens })
  const clock = createFakeClock()
  const answer = async (text: string, ...actions: readonly string[]) => {
    texts.push(text, ...actions)
    return actions.at(-1)
  }
  const nothing = () => undefined
  const signOut = createSignOut({
    records: { all: async () => records },
    clients: createClientRegistry(() => createClient({ prepareEndSession: async () => page })),
    provider: { removeSession: async () => undefined },
    readPolicy: async () => ({}),
    window,
    clock,
    log: { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing },
    choose: answer,
    tell: answer,
    showLog: nothing,
  })
  const picking = signOut.pick()
  await settle()
  window.picks[0]?.choose(ADA)
  await picking
  await signOut.removeSession('ada')
  await settle()
  return [...textsOf(window), ...texts]
}

async function showSimulator(description: string): Promise<readonly string[]> {
  const texts: string[] = []
  const nothing = () => undefined
  const simulator = createSimulatorSwitch({
    start: async () => ({ description, ended: new Promise(nothing), stop: nothing }),
    override: nothing,
    signOut: async () => undefined,
    lastHost: { get: nothing, set: nothing },
    mark: (running) => texts.push(...(running ? [speakSimulator(running)] : [])),
    tell: (text, buttons) => texts.push(text, ...buttons.map(({ label }) => label)),
    copyText: nothing,
    signIn: nothing,
    showLog: nothing,
    log: { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing },
  })
  await simulator.toggle()
  return texts
}

/** Someone signs in who was not asked for; `account` is what the server says of them. */
async function showProvider(account: TokenResult['account'], settings: object): Promise<readonly string[]> {
  const window = createWindow()
  const clock = createFakeClock()
  const texts: string[] = []
  const nothing = () => undefined
  const secrets = createSecretStoragePersistence(createSecrets(), nothing)
  const tokens: TokenResult = tokensOf(accountOf(ADA))
  const provider = createAuthenticationProvider({
    readSettings: () => settingsOf(settings),
    clients: createClientRegistry(() =>
      createClient({ acquireTokenInteractive: async () => ({ ...tokens, account }) as TokenResult }),
    ),
    records: createSessionRecords(secrets('sessions'), nothing),
    host: createHost(window, clock),
    listMethods: async () => ['browser'],
    isAtHand: () => false,
    readPolicy: async () => ({}),
    failures: createFailureMemory(clock),
    notifications: {
      signInFailed: (error) => texts.push(...tell(error)),
      settingProblem: nothing,
      policyProblem: nothing,
      secretProblem: nothing,
    },
    log: { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing },
    fire: nothing,
    onSignedIn: nothing,
  })
  const wanted = { account: { id: 'grace', label: 'grace@contoso.test' } }
  const created = provider.createSession(['openid', 'profile'], wanted).catch(() => undefined)
  await settle()
  window.picks[0]?.choose()
  await created
  return [...textsOf(window), ...texts]
}

/** What a page shows, without its tags and its style. */
const wordsOf = (html: string): readonly string[] =>
  html
    .replace(/<style>[^]*<\/style>/, '')
    .split(/<[^>]*>/)
    .map((text) => text.trim())
    .filter((text) => /\p{L}/u.test(text))

const PROFILES = { east: { clientId: APP }, west: { clientId: APP } }

/** What people see, scene by scene; each must be played while the pseudo-locale is in force. */
export const SCENES: typeof PROBLEM_SCENES = {
  ...PROBLEM_SCENES,
  'a sign-in by the operating system': () =>
    watch(
      ['broker', 'browser', 'uriHandler', 'deviceCode'],
      { acquireTokenInteractive: waiting },
      {
        drive: async ({ clock, click }) => {
          await clock.advance(15_000)
          click('Use Another Way…')
        },
      },
    ),
  'a sign-in that the operating system refuses': () =>
    watch(['broker', 'browser'], refusing(new BrokerError(SAID, { brokerStatus: 'Unexpected' }))),
  'a sign-in that nobody finishes in the window of the operating system': () =>
    watch(['broker'], { acquireTokenInteractive: waiting }, { drive: ({ clock }) => clock.advance(300_000) }),
  'a sign-in where the operating system has no broker': () =>
    watch(['broker'], {
      acquireTokenInteractive: async ({ onBeforeLaunchingUi }) => {
        onBeforeLaunchingUi?.({ ui: 'browser' })
        throw new Error()
      },
    }),
  'a sign-in by the browser': () =>
    watch(
      ['browser', 'broker'],
      {
        acquireTokenInteractive: async (request) => {
          await request.openBrowser?.('https://login.example')
          return waiting(request)
        },
      },
      {
        claims: '{}',
        drive: async ({ clock, click }) => {
          await clock.advance(20_000)
          click('Use Another Way…')
        },
      },
    ),
  'the pages that the browser shows at the end': () => {
    const { successTemplate, errorTemplate } = createResultPages('en')
    return [...wordsOf(successTemplate), ...wordsOf(errorTemplate)]
  },
  'a sign-in whose browser does not open': () =>
    watch(['browser', 'deviceCode'], refusing(new InteractionError('browser_not_opened', 'x')), {
      drive: ({ clock }) => clock.advance(120_000),
    }),
  'a sign-in by a browser that opens VS Code': () =>
    watch(
      ['uriHandler', 'browser'],
      { initiateAuthCodeFlow: async () => FLOW_BY_URI },
      { drive: ({ clock }) => clock.advance(300_000) },
    ),
  'a sign-in by device code': () =>
    watch(
      ['deviceCode', 'browser'],
      { initiateDeviceFlow: async () => ({ ...FLOW, expiresIn: 80 }), acquireTokenByDeviceFlow: waiting },
      { drive: ({ clock }) => clock.advance(20_000) },
    ),
  'a device code that expires': () =>
    watch(
      ['deviceCode', 'browser'],
      {
        initiateDeviceFlow: async () => FLOW,
        acquireTokenByDeviceFlow: () => Promise.reject(new OAuthError({ error: 'expired_token' })),
      },
      { drive: ({ clock }) => clock.advance(60_000) },
    ),
  'a sign-in that brings nobody': () => showProvider(undefined, { clientId: APP }),
  'a sign-in of somebody else': () => showProvider(accountOf(ADA), { clientId: APP }),
  'a sign-in from the Accounts menu': () => showProvider(undefined, { profiles: PROFILES }),
  'the question for the account': async () => {
    const window = createWindow()
    const host = { window, clock: createFakeClock(), target: 'contoso.com', isChallenged: false }
    const picked = pickAccount([ada, recordOf('grace', { homeAccountId: 'grace' })], host)
    window.picks[0]?.choose()
    await picked
    return textsOf(window)
  },
  'the question for the tenant': async () => {
    const window = createWindow()
    const picked = pickTenant(['contoso.test'], { window, clock: createFakeClock(), own: true })
    window.picks[0]?.choose(translate('Another tenant…'))
    await settle()
    window.questions[0]?.enter()
    await picked
    return textsOf(window)
  },
  'the question for the app registration': async () => {
    const window = createWindow()
    const settings = settingsOf({ clientId: APP, profiles: PROFILES })
    const picked = pickDiagnosed(settings, { window, clock: createFakeClock() })
    window.picks[0]?.choose()
    await picked
    return textsOf(window)
  },
  'accounts that share a user name': showLabels,
  'the tree of accounts': showTree,
  'the actions of the tree': showActions,
  'a sign-out': () => showSignOut(async () => 'https://login.example'),
  'a sign-out without a page': () => showSignOut(async () => undefined),
  'a sign-out without a network': () => showSignOut(() => Promise.reject(new NetworkError(SAID))),
  'a sign-out without a browser': () => showSignOut(async () => 'https://login.example', { opens: false }),
  'a sign-out of nobody': () => showSignOut(async () => undefined, { records: [] }),
  'the simulator': () =>
    showSimulator(
      JSON.stringify({
        http: 'http://127.0.0.1:1',
        clients: { public: { clientId: APP } },
        users: [{ username: ADA, password: SAID }],
      }),
    ),
  'a simulator that does not start': () => showSimulator('{}'),
}
