import { CancellationError, l10n } from 'vscode'
import type { Clock, TokenResult } from '../msal/index.ts'
import { signInByDeviceCode } from './device-code-prompt.ts'
import { isUnavailable } from './failure.ts'
import type { PublicClient } from './public-client.ts'
import type { SignInActions } from './sign-in-actions.ts'
import type { SignInMethod } from './sign-in-methods.ts'
import { withDeadline, type PickItem, type SignInWindow } from './sign-in-window.ts'

/** Who signs in, to what, and how. */
export interface SignInRequest {
  readonly client: PublicClient
  readonly scopes: readonly string[]
  /** Shown in the notification: the tenant, or the server where it has none. */
  readonly target: string
  /** User name of the account that is meant; without it the page asks. */
  readonly loginHint?: string
  /** The first is used, the others are offered as another way. */
  readonly methods: readonly SignInMethod[]
}

/** What a sign-in needs of the window and the clock. */
export interface SignInHost {
  readonly window: SignInWindow
  readonly actions: SignInActions
  readonly clock: Clock
}

/** One run of one method. */
export interface MethodAttempt extends SignInHost, SignInRequest {
  /** Link that offers the other methods. */
  readonly anotherWay: string
  /** Aborted by Cancel and by a switch to another method. */
  readonly signal: AbortSignal
  report(this: void, text: string): void
}

const METHODS: Readonly<Record<SignInMethod, (attempt: MethodAttempt) => Promise<TokenResult>>> = {
  browser: signInByBrowser,
  deviceCode: signInByDeviceCode,
}

const BROWSER_SECONDS = 300
const STUCK_AFTER_MS = 20_000
const PICK_MS = 120_000

/**
 * Signs a person in. One notification stays until it ends, with Cancel and a link to the other methods;
 * it always ends by itself.
 *
 * @throws {CancellationError} where the person cancelled
 */
export function signIn(request: SignInRequest, host: SignInHost): Promise<TokenResult> {
  return host.window.withProgress(l10n.t('Sign in to {0}', request.target), async (report, cancelled) => {
    let [method] = request.methods
    while (method) {
      const outcome: Outcome = await runMethod(method, { ...request, ...host, report, signal: cancelled })
      if (outcome.tokens) return outcome.tokens
      method = outcome.next
    }
    throw new CancellationError()
  })
}

type Outcome =
  { readonly tokens: TokenResult; readonly next?: never } | { readonly tokens?: never; readonly next: SignInMethod }

async function runMethod(method: SignInMethod, context: Omit<MethodAttempt, 'anotherWay'>): Promise<Outcome> {
  const switched = new AbortController()
  const ended = new AbortController()
  const others = context.methods.filter((other) => other !== method)
  let next: SignInMethod | undefined
  const chooseNext = async (placeholder: string) => {
    const chosen = await pickMethod(others, placeholder, {
      ...context,
      signal: AbortSignal.any([context.signal, ended.signal]),
    })
    if (!chosen || ended.signal.aborted) return
    next = chosen
    switched.abort()
  }
  const offer = context.actions.offer({
    useAnotherWay: () => void chooseNext(l10n.t('The sign-in that waits goes on until you choose')),
  })
  const signal = AbortSignal.any([context.signal, switched.signal])
  try {
    const anotherWay = offer.link('useAnotherWay', l10n.t('Use Another Way…'))
    return { tokens: await endWith(METHODS[method]({ ...context, anotherWay, signal }), signal) }
  } catch (error) {
    if (context.signal.aborted) throw new CancellationError()
    if (!next && isUnavailable(error)) await chooseNext(l10n.t('No browser could be used for the sign-in'))
    if (next) return { next }
    throw error
  } finally {
    ended.abort()
    offer.end()
  }
}

async function signInByBrowser(attempt: MethodAttempt): Promise<TokenResult> {
  const { client, clock, window, scopes, loginHint, anotherWay, signal, report } = attempt
  report(l10n.t('go on in the browser. {0}', anotherWay))
  const hint = withDeadline(clock, STUCK_AFTER_MS, signal)
  hint.signal.addEventListener('abort', () => {
    if (signal.aborted || hint.signal.reason === 'done') return
    report(
      l10n.t(
        "still waiting for the browser. If its page says that localhost can't be reached or refused to connect, the browser runs on another machine than VS Code. {0}",
        anotherWay,
      ),
    )
  })
  try {
    return await client.acquireTokenInteractive({
      scopes,
      ...(loginHint ? { loginHint } : { prompt: 'select_account' }),
      timeout: BROWSER_SECONDS,
      openBrowser: (url) => window.openExternal(url),
      signal,
    })
  } finally {
    hint.abort('done')
  }
}

async function pickMethod(
  methods: readonly SignInMethod[],
  placeholder: string,
  { window, clock, signal }: Omit<MethodAttempt, 'anotherWay'>,
): Promise<SignInMethod | undefined> {
  const items: Readonly<Record<SignInMethod, PickItem>> = {
    browser: {
      label: l10n.t('Browser'),
      detail: l10n.t('Sign in on a page that opens now; the browser must run on the same machine as this extension.'),
    },
    deviceCode: {
      label: l10n.t('Device code'),
      detail: l10n.t('Enter a short code on a page, in any browser on any device.'),
    },
  }
  const deadline = withDeadline(clock, PICK_MS, signal)
  try {
    const picked = await window.pick(
      methods.map((method) => ({ ...items[method], method })),
      { title: l10n.t('Sign in another way'), placeholder, signal: deadline.signal },
    )
    return picked?.method
  } finally {
    deadline.abort()
  }
}

/** Ends with the signal at once, even where what runs is slow to notice it. */
function endWith<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new CancellationError()), { once: true })
    running.then(resolve, reject)
  })
}
