import type { Account, Clock, DeviceFlow, TokenResult } from '../../src/msal/index.ts'
import { createBrokerMemory, type BrokerMemory } from '../../src/vscode/broker-memory.ts'
import type { PublicClient } from '../../src/vscode/public-client.ts'
import type { Secrets } from '../../src/vscode/secret-storage-persistence.ts'
import type { SignInHost } from '../../src/vscode/sign-in-attempt.ts'
import { createSignInActions, type SignInAction, type SignInActions } from '../../src/vscode/sign-in-actions.ts'
import type { AskOptions, PickItem, PickOptions, SignInWindow } from '../../src/vscode/sign-in-window.ts'
import { createUriRedirect } from '../../src/vscode/uri-redirect.ts'
import { readSettings, type SettingName, type Settings } from '../../src/vscode/settings.ts'

/** Secrets in memory; `keys` only where VS Code has it. */
export function createSecrets({ hasKeys = true } = {}): Secrets & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>()
  return {
    kept,
    get: async (key) => kept.get(key),
    store: async (key, value) => void kept.set(key, value),
    delete: async (key) => void kept.delete(key),
    ...(hasKeys && { keys: async () => [...kept.keys()] }),
  }
}

export const settingsOf = (values: Readonly<Partial<Record<SettingName, unknown>>>): Settings =>
  readSettings({ get: (setting) => values[setting] })

const HOME = '11111111-1111-4111-8111-111111111111'

/** An account of the library; the object id tells people apart. */
export const accountOf = (username: string, more: Partial<Account> = {}): Account => ({
  homeAccountId: `${username}-oid.${HOME}`,
  environment: 'login.microsoftonline.com',
  realm: HOME,
  localAccountId: `${username}-oid`,
  username,
  authorityType: 'MSSTS',
  ...more,
})

export const tokensOf = (account: Account, more: Partial<TokenResult> = {}): TokenResult => ({
  accessToken: `token of ${account.username}`,
  tokenType: 'Bearer',
  scopes: [],
  expiresIn: 3600,
  expiresOn: new Date(0),
  account,
  tokenSource: 'identity_provider',
  correlationId: '00000000-0000-4000-8000-000000000000',
  ...more,
})

export const FLOW: DeviceFlow = {
  userCode: 'ABC123',
  deviceCode: 'device',
  verificationUri: 'https://login.example/device',
  message: '',
  expiresIn: 900,
  interval: 5,
  expiresAt: 900,
  scopes: [],
  correlationId: '',
}

const unexpected = (name: string) => () => Promise.reject(new Error(`${name} was not expected`))

/** A client that knows nobody and refuses whatever a test does not expect. */
export const createClient = (methods: Partial<PublicClient> = {}): PublicClient => ({
  getAccounts: async () => [],
  removeAccount: unexpected('removeAccount'),
  acquireTokenSilentWithError: unexpected('acquireTokenSilentWithError'),
  initiateAuthCodeFlow: unexpected('initiateAuthCodeFlow'),
  acquireTokenByAuthCodeFlow: unexpected('acquireTokenByAuthCodeFlow'),
  acquireTokenInteractive: unexpected('acquireTokenInteractive'),
  initiateDeviceFlow: unexpected('initiateDeviceFlow'),
  acquireTokenByDeviceFlow: unexpected('acquireTokenByDeviceFlow'),
  findCachedToken: unexpected('findCachedToken'),
  describeCache: unexpected('describeCache'),
  forgetTokens: unexpected('forgetTokens'),
  prepareEndSession: unexpected('prepareEndSession'),
  ...methods,
})

/** A window that is answered by a test. */
export interface FakeWindow extends SignInWindow {
  readonly titles: string[]
  readonly reports: string[]
  readonly opened: string[]
  readonly copied: string[]
  /** What was asked, the latest last. */
  readonly picks: { readonly items: readonly PickItem[]; readonly options: PickOptions; choose(label?: string): void }[]
  /** What text was asked for, the latest last. */
  readonly questions: { readonly options: AskOptions; enter(text?: string): void }[]
  cancel(): void
}

export function createWindow({ opens = true } = {}): FakeWindow {
  const cancelled = new AbortController()
  const window: FakeWindow = {
    titles: [],
    reports: [],
    opened: [],
    copied: [],
    picks: [],
    questions: [],
    cancel: () => cancelled.abort(),
    withProgress(title, run) {
      window.titles.push(title)
      return run((text) => window.reports.push(text), cancelled.signal)
    },
    pick: (items, options) =>
      new Promise((resolve) => {
        options.signal.addEventListener('abort', () => resolve(undefined))
        const choose = (label?: string) => resolve(items.find((item) => item.label === label))
        window.picks.push({ items, options, choose })
      }),
    ask: (options) =>
      new Promise((resolve) => {
        options.signal.addEventListener('abort', () => resolve(undefined))
        window.questions.push({ options, enter: resolve })
      }),
    async openExternal(url) {
      window.opened.push(url)
      return opens
    },
    copyText: async (text) => void window.copied.push(text),
  }
  return window
}

/** Lets everything run that waits for nothing but promises and hashes, which threads of their own make in turn. */
export const settle = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) {
    await crypto.subtle.digest('SHA-256', new Uint8Array())
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

/** Clicks a link of a progress notification, as VS Code would. */
export function clickLink(actions: SignInActions, text: string, label: string): void {
  const [, action = '', query = ''] =
    new RegExp(`\\[${label}\\]\\(command:entraAuth\\.(\\w+)\\?([^)]*)\\)`).exec(text) ?? []
  if (!action) throw new Error(`no link ${label} in: ${text}`)
  const [id] = JSON.parse(decodeURIComponent(query)) as unknown[]
  actions.run(action as SignInAction, id)
}

export const createActions = (): SignInActions => createSignInActions(() => undefined)

/** Where a sign-in runs: a window, its actions and what reaches VS Code from outside. */
export const createHost = (
  window: SignInWindow,
  clock: Clock,
  actions: SignInActions = createActions(),
): SignInHost => ({
  window,
  clock,
  actions,
  uriRedirect: createUriRedirect(),
  editorUri: 'vscode://entra-auth.entra-auth/callback',
  language: 'en',
  brokerMemory: createMemory(),
})

/** What a machine remembers of its broker; `kept` is what VS Code would keep. */
export function createMemory(): BrokerMemory & { readonly kept: () => unknown } {
  let kept: unknown
  return { ...createBrokerMemory({ get: () => kept, set: (value) => (kept = value) }), kept: () => kept }
}
