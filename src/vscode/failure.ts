import { CancellationError, l10n } from 'vscode'
import {
  AuthorityError,
  AuthorizationResponseError,
  BrokerError,
  CrossOriginError,
  IdTokenError,
  InteractionError,
  MsalError,
  NetworkError,
  OAuthError,
  RedirectUriError,
} from '../msal/index.ts'
import { isLoopbackHost } from './authority-address.ts'
import { NoBrokerError } from './broker-failure.ts'
import { ChallengeError } from './challenge.ts'
import { ClientConfigurationError } from './client-registry.ts'
import { asPlainNotification, asPlainText } from './display-text.ts'
import { explainNumbers, type Explanation } from './error-catalogue.ts'
import { ScopeRequestError } from './scope-request.ts'
import { BoundTokenError } from './token-binding.ts'

/** Whether a person, or VS Code, ended it; nobody needs to be told. */
export const isCancellation = (error: unknown): boolean => error instanceof CancellationError

/** Nobody came back from the browser within 5 minutes: its page may not know the redirect URI. */
export class NoAnswerError extends InteractionError {
  override name = 'NoAnswerError'
  /** As it is to be registered. */
  readonly redirectUri: string

  constructor(redirectUri: string, options?: ErrorOptions) {
    super('timeout', 'Nobody finished the sign-in within 5 minutes', options)
    this.redirectUri = redirectUri
  }
}

/** Whether a way to sign in can't work here at all, so that another one is to be offered at once. */
export const isUnavailable = (error: unknown): boolean =>
  error instanceof InteractionError && (error.reason === 'browser_not_opened' || error.reason === 'no_loopback')

/** AADSTS numbers that say of a refresh token that it has expired or was revoked. */
const DEAD_TOKEN: ReadonlySet<number> = new Set([
  50089, 50132, 50133, 50173, 70000, 70008, 70043, 700081, 700082, 700084,
])

/** Whether a refresh token is of no use any more: others of Entra's refusals are about one API, tenant or policy. */
export function isDeadRefreshToken(error: unknown): boolean {
  if (!(error instanceof OAuthError) || error instanceof BrokerError || error.error !== 'invalid_grant') return false
  const numbers = numbersOf(error)
  return numbers.length === 0 || numbers.some((number) => DEAD_TOKEN.has(number))
}

/** Whether a device code ran out before anyone entered it. */
export const isExpiredCode = (error: unknown): boolean =>
  error instanceof OAuthError && ['expired_token', 'code_expired', 'authorization_pending'].includes(error.error)

/** What the catalogue knows of a server's refusal. */
export function explainByNumber(error: unknown): Explanation | undefined {
  if (error instanceof AuthorityError) return explainNumbers(error.errorCodes ?? [], '')
  if (!(error instanceof OAuthError)) return undefined
  return explainNumbers(numbersOf(error), redirectUriOf(error.errorDescription ?? ''))
}

const sayExplained = ({ cause, step, number }: Explanation): string =>
  l10n.t('{0} {1} (AADSTS{2})', cause, asPlainText(step), number)

/** What comes through the browser has its number in the text only. */
const numbersOf = ({ errorCodes = [], errorDescription = '' }: OAuthError): readonly number[] =>
  errorCodes.length
    ? errorCodes
    : [...errorDescription.matchAll(/\bAADSTS(\d{4,8})\b/g)].map(([, digits]) => Number(digits))

/** The ids that the server's logs know a refusal by; what comes through the browser has them in the text only. */
export function idsOf({ correlationId, traceId, errorDescription = '' }: OAuthError): Ids {
  const find = (name: string) => new RegExp(`\\b${name} ID: ([0-9a-f-]{36})\\b`, 'i').exec(errorDescription)?.[1]
  return { correlationId: correlationId ?? find('Correlation'), traceId: traceId ?? find('Trace') }
}

type Ids = Readonly<Record<'correlationId' | 'traceId', string | undefined>>

/** The redirect URI as it is to be registered: Entra takes any port of this machine for the same. */
function redirectUriOf(description: string): string {
  const [, used = ''] = /redirect URI '([^'\s]+)'/i.exec(description) ?? []
  return !URL.canParse(used) || isLoopbackHost(new URL(used).hostname) ? 'http://localhost' : used
}

/** Says to a person what happened and what to do next; text of a server is plain text in it. */
export function explainFailure(error: unknown): string {
  if (error instanceof OAuthError) return explainRefusal(error)
  if (error instanceof InteractionError) return explainInteraction(error)
  if (error instanceof CrossOriginError)
    return l10n.t(
      'Nobody can sign in to {0} from this window: it runs in a browser alone, and {0} answers no web page. Sign in where Entra Auth runs outside of the browser: in VS Code on the desktop, in a remote window, in Codespaces or in code-server.',
      asPlainText(error.host),
    )
  const message = error instanceof Error ? error.message : String(error)
  const detail = asPlainText(message)
  if (error instanceof NetworkError) return explainNetwork(error)
  if (error instanceof AuthorityError) return explainAuthority(error)
  if (error instanceof AuthorizationResponseError || error instanceof IdTokenError)
    return l10n.t('The answer to the sign-in could not be trusted and was dropped: {0}. Sign in again.', detail)
  if (error instanceof RedirectUriError)
    return l10n.t(
      'The app registration lacks a redirect URI for the sign-in by the operating system. Sign in by the browser, or register {0}.',
      error.redirectUris.join(', '),
    )
  if (error instanceof MsalError) return l10n.t('The sign-in failed: {0}. The log "Entra Auth" says more.', detail)
  const isOurs = namesNobody(error) || error instanceof OtherAccountError
  return isOurs ? asPlainNotification(message) : detail
}

/** What of a network that fails can be told from another: the proxy, the certificate, the server, the way to it. */
function explainNetwork({ host, code, proxyStatus, status, message }: NetworkError): string {
  if (host === undefined) return sayUnreachable(message)
  const place = asPlainText(host)
  if (proxyStatus === 407)
    return l10n.t(
      'The proxy asks for a name and a password before it lets {0} be reached (status 407). Give them in the setting http.proxy, then sign in again.',
      place,
    )
  if (proxyStatus !== undefined)
    return l10n.t(
      'The proxy does not let {0} be reached (status {1}). Ask whoever runs it to allow that address, then sign in again.',
      place,
      proxyStatus,
    )
  if (code !== undefined && isAboutCertificate(code))
    return l10n.t(
      "This machine doesn't trust the certificate of {0} ({1}). Add your organization's certificate authority to the system and leave http.systemCertificates on, then sign in again.",
      place,
      asPlainText(code),
    )
  if (status !== undefined)
    return l10n.t(
      '{0} did not answer as a sign-in server does (status {1}). Try again later; if that does not help, check the network and the proxy settings.',
      place,
      status,
    )
  return sayUnreachable(code === undefined ? host : `${host}: ${code}`)
}

const sayUnreachable = (what: string): string =>
  l10n.t(
    'The sign-in server could not be reached ({0}). Check the network and the proxy settings, then sign in again.',
    asPlainText(what),
  )

/** Whether a code of Node or Chromium says that nobody whom this machine trusts vouches for a server. */
export const isAboutCertificate = (code: string): boolean =>
  /SELF_SIGNED|UNABLE_TO_|CERT_(?:UNTRUSTED|SIGNATURE_FAILURE|AUTHORITY_INVALID)/.test(code)

function explainAuthority(error: AuthorityError): string {
  const known = explainByNumber(error)
  if (known) return sayExplained(known)
  const { url, status, message } = error
  if (url !== undefined && status !== undefined)
    return l10n.t(
      '{0} has no OpenID configuration (status {1}), so nobody can sign in there. Check the tenant and the settings entraAuth.authority, cloud and tenant, then sign in again.',
      asPlainText(url),
      status,
    )
  return l10n.t(
    "The sign-in server can't be used: {0}. Check the settings entraAuth.authority, cloud and tenant, then sign in again.",
    asPlainText(message),
  )
}

/** Characters of what a server says that are looked at; Entra's longest has a few hundred. */
const LONGEST_REFUSAL = 2000

function explainRefusal(error: OAuthError): string {
  if (isExpiredCode(error)) return l10n.t('The code expired before it was entered. Sign in again to get a new one.')
  const known = explainByNumber(error)
  if (known) return sayExplained(known)
  if (error instanceof BrokerError)
    return l10n.t(
      'The operating system did not sign you in: {0} Sign in by the browser, or sign in again.',
      asSentence(error.errorDescription ?? error.error),
    )
  if (error.error === 'authorization_declined' || error.error === 'access_denied')
    return l10n.t('The sign-in was declined on its page. Sign in again, and accept there, if that was not meant.')
  // What follows are numbers for support, which the log has.
  const said = (error.errorDescription ?? error.error).slice(0, LONGEST_REFUSAL)
  const [sentence = ''] = said.split(/\s*(?:Trace ID|Correlation ID|Timestamp):/)
  return l10n.t(
    'The server refused the sign-in: {0} Sign in again, with another account if need be; if it is refused again, show this to whoever administers the app registration.',
    asSentence(sentence),
  )
}

const asSentence = (text: string): string => asPlainText(text).replace(/([^.!?])$/, '$1.')

function explainInteraction(error: InteractionError): string {
  switch (error.reason) {
    case 'timeout':
      return l10n.t(
        'Nobody signed in in the browser within 5 minutes. Sign in again, or choose another way there. If its page says AADSTS50011, register {0} in the app registration.',
        error instanceof NoAnswerError ? error.redirectUri : 'http://localhost',
      )
    case 'browser_not_opened':
      return l10n.t('No browser could be opened. Sign in again and choose the device code, which works in any browser.')
    case 'no_loopback':
      return l10n.t(
        'This machine allows no connection from the browser back to VS Code. Sign in again and choose the device code.',
      )
  }
}

/** Without a status the words are ours: the broker said nothing. */
const describeBroker = ({ brokerStatus, brokerTag, brokerErrorCode, errorCodes, errorDescription }: BrokerError) =>
  brokerStatus === undefined
    ? `BrokerError: ${errorDescription}`
    : `broker refused: status=${brokerStatus} tag=${brokerTag} code=${brokerErrorCode} codes=${errorCodes?.join(',') ?? ''}`

/** Another person signed in than a caller asked for. Its message names both: it is for people, and for no log. */
export class OtherAccountError extends Error {
  override name = 'OtherAccountError'
}

const TOLD = [MsalError, ClientConfigurationError, ScopeRequestError, ChallengeError, BoundTokenError, NoBrokerError]

/** Whether an error's own message names settings, arguments and hosts, and nobody. */
export const namesNobody = (error: unknown): boolean =>
  !(error instanceof OAuthError) && TOLD.some((kind) => error instanceof kind)

/**
 * Says for the log why something failed: codes and ids, no text of the server, which may hold names. What others threw
 * may hold anything, as a path with a user name, so it is named by its kind alone.
 */
export function describeForLog(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure'
  if (!(error instanceof OAuthError)) {
    const detail = namesNobody(error) ? error.message : 'code' in error && error.code
    return typeof detail === 'string' ? `${error.name}: ${detail}` : error.name
  }
  if (error instanceof BrokerError) return describeBroker(error)
  const { correlationId, traceId } = idsOf(error)
  const details = {
    codes: numbersOf(error).join(',') || undefined,
    suberror: asLogWord(error.suberror),
    status: error.status,
    correlationId: asLogWord(correlationId),
    traceId: asLogWord(traceId),
  }
  const known = Object.entries(details).filter(([, value]) => value !== undefined)
  return [`server refused: ${asLogWord(error.error)}`, ...known.map(([name, value]) => `${name}=${value}`)].join(' ')
}

/** A server's code or id; what is no short word could be anything, a name or a forged line of the log too. */
const asLogWord = (code: string | undefined): string | undefined =>
  code === undefined || /^[\w.:-]{1,64}$/.test(code) ? code : '(unreadable)'
