import { CancellationError, l10n } from 'vscode'
import type { TokenResult } from '../msal/index.ts'
import { isClosedByPerson, isLasting, NoBrokerError } from './broker-failure.ts'
import { signInByBroker } from './broker-sign-in.ts'
import { signInByBrowser } from './browser-sign-in.ts'
import { signInByDeviceCode } from './device-code-prompt.ts'
import { explainFailure, isUnavailable } from './failure.ts'
import { PolicyError } from './policy.ts'
import type { MethodAttempt, SignInHost, SignInRequest } from './sign-in-attempt.ts'
import type { SignInMethod } from './sign-in-methods.ts'
import { pickInTime, type PickItem } from './sign-in-window.ts'
import { signInByUri } from './uri-sign-in.ts'

const METHODS: Readonly<Record<SignInMethod, (attempt: MethodAttempt) => Promise<TokenResult>>> = {
  broker: signInByBroker,
  browser: signInByBrowser,
  uriHandler: signInByUri,
  deviceCode: signInByDeviceCode,
}

const PICK_MS = 120_000

/**
 * Signs a person in. One notification stays until it ends, with Cancel and a link to the other methods;
 * it always ends by itself.
 *
 * @throws {CancellationError} where the person cancelled
 */
export function signIn(request: SignInRequest, host: SignInHost): Promise<TokenResult> {
  const title = request.claims
    ? l10n.t('Sign in to {0} again, an API asks for more proof of who you are', request.target)
    : l10n.t('Sign in to {0}', request.target)
  return host.window.withProgress(title, async (report, cancelled) => {
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

type AttemptContext = Omit<MethodAttempt, 'anotherWay'>

async function runMethod(method: SignInMethod, context: AttemptContext): Promise<Outcome> {
  const switched = new AbortController()
  const ended = new AbortController()
  const isCancelled = () => context.signal.aborted
  const others = context.methods.filter((other) => other !== method)
  let next: SignInMethod | undefined
  const goOnBy = (chosen: SignInMethod) => {
    next = chosen
    switched.abort()
  }
  const chooseNext = async (placeholder: string) => {
    const chosen = await pickMethod(others, placeholder, {
      ...context,
      signal: AbortSignal.any([context.signal, ended.signal]),
    })
    if (chosen && !ended.signal.aborted) goOnBy(chosen)
  }
  const canUseBrowser = method === 'broker' && others.includes('browser')
  const offer = context.actions.offer({
    ...(others.length && {
      useAnotherWay: () => void chooseNext(l10n.t('The sign-in that waits goes on until you choose')),
    }),
    ...(canUseBrowser && { useBrowser: () => goOnBy('browser') }),
  })
  const signal = AbortSignal.any([context.signal, switched.signal])
  try {
    const anotherWay = others.length ? offer.link('useAnotherWay', l10n.t('Use Another Way…')) : ''
    const browserInstead = canUseBrowser ? offer.link('useBrowser', l10n.t('Use Browser')) : undefined
    const tokens = await endWith(METHODS[method]({ ...context, anotherWay, browserInstead, signal }), signal)
    if (method === 'broker') context.brokerMemory.restore(context.clientId)
    return { tokens }
  } catch (error) {
    if (isCancelled()) throw new CancellationError()
    if (method === 'broker' && (next ?? isLasting(error))) context.brokerMemory.avoid(context.clientId, error)
    if (!next && error instanceof NoBrokerError) [next] = others
    const question = askAfter(method, error)
    if (!next && question !== undefined && others.length > 0) {
      if (method === 'broker') context.report(explainFailure(error))
      await chooseNext(question)
    }
    if (isCancelled()) throw new CancellationError()
    if (next) return { next }
    throw isClosedByPerson(error) ? new CancellationError() : error
  } finally {
    ended.abort()
    offer.end()
  }
}

/** Why another way is offered at once after a failure; undefined where it would fail, too. */
function askAfter(method: SignInMethod, error: unknown): string | undefined {
  if (isUnavailable(error)) return l10n.t('The browser could not be opened, or could not reach VS Code')
  if (method !== 'broker' || error instanceof PolicyError) return undefined
  return l10n.t('Your operating system did not sign you in')
}

async function pickMethod(
  methods: readonly SignInMethod[],
  placeholder: string,
  { window, clock, signal }: AttemptContext,
): Promise<SignInMethod | undefined> {
  const items: Readonly<Record<SignInMethod, PickItem>> = {
    broker: {
      label: l10n.t('Operating system'),
      detail: l10n.t('Use an account that this computer already knows (the broker of Windows, macOS or Intune).'),
    },
    browser: {
      label: l10n.t('Browser'),
      detail: l10n.t('Sign in on a page that opens now; the browser must run on the same machine as this extension.'),
    },
    uriHandler: {
      label: l10n.t('Browser that opens VS Code'),
      detail: l10n.t('Sign in on a page that opens now and then asks to open VS Code; for where localhost is blocked.'),
    },
    deviceCode: {
      label: l10n.t('Device code'),
      detail: l10n.t('Enter a short code on a page, in any browser on any device.'),
    },
  }
  const rows = methods.map((method) => ({ ...items[method], method }))
  const title = l10n.t('Sign in another way')
  const picked = await pickInTime({ window, clock }, rows, { title, placeholder, signal, milliseconds: PICK_MS })
  return picked?.method
}

/** Ends with the signal at once, even where what runs is slow to notice it. */
function endWith<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new CancellationError()), { once: true })
    running.then(resolve, reject)
  })
}
