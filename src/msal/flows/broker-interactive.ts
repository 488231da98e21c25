import { isRecoverable } from '../broker/broker-failure.ts'
import { encodeWindowHandle } from '../broker/broker-request.ts'
import { isOfUser, type JudgedTokens } from '../broker/broker-tokens.ts'
import { BrokerError } from '../core/errors.ts'
import { readInteger } from '../core/json.ts'
import type { TokenResult } from '../core/token-result.ts'
import { mergeClaims } from '../oauth/claims-request.ts'
import { Prompt } from '../oauth/prompt.ts'
import { listAccounts } from './accounts.ts'
import {
  readBrokerAnswer,
  recordBrokerTokens,
  signInParameters,
  toBrokerRequest,
  type BrokerCall,
  type BrokerSession,
} from './broker.ts'
import { askForKnownAccount } from './broker-silent.ts'
import { nowInSeconds, type ClientContext } from './client-context.ts'
import { CONSOLE_WINDOW_HANDLE, type InteractiveOptions } from './interactive-options.ts'

/**
 * Signs a person in by the broker: for the one account that `loginHint` means, else for whoever the broker holds to be
 * signed in, and only where neither will do by the broker's window.
 *
 * @throws {ConfigurationError} naming `parentWindowHandle`
 * @throws {BrokerError} where the person or the broker refused
 * @throws {RedirectUriError} where the app registration lacks the broker's redirect URI
 * @throws the signal's reason when it is aborted
 */
export async function acquireInteractivelyByBroker(
  context: ClientContext,
  session: BrokerSession,
  options: InteractiveOptions,
): Promise<TokenResult> {
  const window = readWindow(options.parentWindowHandle)
  if (options.extraScopesToConsent?.length)
    context.logger.warn('extraScopesToConsent is left out, for brokers know nothing of it')
  const call: BrokerCall = {
    scopes: options.scopes,
    claims: mergeClaims(context.capabilities, options.claimsChallenge),
    authScheme: options.authScheme,
    correlationId: crypto.randomUUID(),
  }
  const judged =
    (await askForHintedAccount(context, session, { call, options })) ??
    (await askForWhoeverIsSignedIn(context, session, { call, options })) ??
    (await askPerson(context, session, { call, options, window }))
  return recordBrokerTokens(context, session, { ...call, judged, maxAge: options.maxAge })
}

/** The call, and what the caller said. */
interface Sources {
  readonly call: BrokerCall
  readonly options: InteractiveOptions
}

/** Where the hint means exactly one account that is known, nothing needs to be asked. */
async function askForHintedAccount(
  context: ClientContext,
  session: BrokerSession,
  { call, options: { loginHint, prompt, maxAge, signal } }: Sources,
): Promise<JudgedTokens | undefined> {
  if (!loginHint || prompt === Prompt.SELECT_ACCOUNT) return undefined
  const [account, ...others] = await listAccounts(context, { username: loginHint })
  if (!account || others.length > 0) return undefined
  try {
    const judged = await askForKnownAccount(context, session, { call, account, signal })
    return judged && !isTooOld(context, judged, maxAge) ? judged : undefined
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    context.logger.debug(`The broker has no token yet of ${context.describe(account)}`)
    return undefined
  }
}

/** Without a prompt the person who is signed in to the operating system may do. */
async function askForWhoeverIsSignedIn(
  context: ClientContext,
  session: BrokerSession,
  { call, options }: Sources,
): Promise<JudgedTokens | undefined> {
  const { prompt, loginHint } = options
  const isQuiet = prompt === Prompt.NONE
  if (prompt && !isQuiet) return undefined
  const additional = commonParameters(session, options)
  const request = toBrokerRequest(context, session, { ...call, additional })
  try {
    const judged = readBrokerAnswer(context, await session.runtime.signInSilently(request, options.signal), call)
    if (loginHint && !isOfUser(judged, loginHint)) {
      if (isQuiet) throw new BrokerError('Another account is signed in to the broker than the one that loginHint means')
      context.logger.debug('Another account is signed in to the broker; the person is asked')
      return undefined
    }
    return isQuiet || !isTooOld(context, judged, options.maxAge) ? judged : undefined
  } catch (error) {
    if (isQuiet || !(error instanceof BrokerError) || !isRecoverable(error)) throw error
    return undefined
  }
}

/** An old sign-in is no answer to `maxAge`; the person can sign in again. */
function isTooOld({ clock }: ClientContext, { claims }: JudgedTokens, maxAge: number | undefined): boolean {
  const authTime = readInteger(claims, 'auth_time')
  return maxAge !== undefined && authTime !== undefined && nowInSeconds(clock) > authTime + maxAge
}

async function askPerson(
  context: ClientContext,
  session: BrokerSession,
  { call, options, window }: Sources & { readonly window: Window },
): Promise<JudgedTokens> {
  const { prompt, loginHint = '' } = options
  const choosesAccount = prompt === Prompt.SELECT_ACCOUNT
  if (choosesAccount && loginHint) context.logger.warn('loginHint is left out, for the person is to choose an account')
  if (prompt && !choosesAccount) context.logger.warn(`prompt "${prompt}" is left out, for brokers know nothing of it`)
  const additional = { ...commonParameters(session, options), ...window.parameters }
  options.onBeforeLaunchingUi?.({ ui: 'broker' })
  const answer = await session.runtime.signInInteractively(
    {
      ...toBrokerRequest(context, session, { ...call, additional }),
      parentWindowHandle: window.handle,
      accountHint: choosesAccount ? '' : loginHint,
      choosesAccount,
    },
    options.signal,
  )
  return readBrokerAnswer(context, answer, call)
}

const commonParameters = (session: BrokerSession, { maxAge, enableMsaPassthrough }: InteractiveOptions) => ({
  ...signInParameters(session),
  max_age: maxAge === undefined ? undefined : String(maxAge),
  msal_request_type: enableMsaPassthrough ? 'consumer_passthrough' : undefined,
})

/** The window that owns the dialog, and what goes with it. */
interface Window {
  readonly handle: Uint8Array
  readonly parameters: Readonly<Record<string, string>>
}

const readWindow = (handle: InteractiveOptions['parentWindowHandle']): Window =>
  handle === CONSOLE_WINDOW_HANDLE
    ? { handle: new Uint8Array(), parameters: { msal_gui_thread: 'true' } }
    : { handle: encodeWindowHandle(handle), parameters: {} }
