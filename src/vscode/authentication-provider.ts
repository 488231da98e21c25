import { CancellationError, l10n } from 'vscode'
import type { Account } from '../msal/index.ts'
import { describeAuthority } from './authority-address.ts'
import { withBroker } from './broker-rules.ts'
import { prepareBrokerSignOut } from './broker-sign-out.ts'
import { parseConstraint } from './challenge.ts'
import {
  ClientConfigurationError,
  resolveClient,
  scopesToRequest,
  type ClientConfiguration,
} from './client-registry.ts'
import { asPlainText } from './display-text.ts'
import { describeForLog, explainFailure, isCancellation, OtherAccountError } from './failure.ts'
import type { FailureMemory } from './failure-memory.ts'
import { createGivenSessions, type GivenSessionsParts } from './given-sessions.ts'
import type { Log } from './log-channel.ts'
import type { Notifications } from './notifications.ts'
import { followOtherWindows } from './other-windows.ts'
import { permit, permitMethods, withPermitted, type Policy } from './policy.ts'
import type { ReadPolicy } from './policy-source.ts'
import { pickProfile } from './profile-picker.ts'
import { parseGivenScopes, parseScopeRequest, type ScopeRequest } from './scope-request.ts'
import { accountOf, configurationOf, createAccountId, MENU_SCOPES, type Session } from './session.ts'
import { showValue } from './setting-values.ts'
import type { Settings } from './settings.ts'
import type { SignInHost } from './sign-in-attempt.ts'
import { applyChosenTenant, chooseTarget } from './sign-in-target.ts'
import { signIn } from './sign-in.ts'
import { acquireSilently } from './silent-token.ts'
import type { SignInMethod, SignInPreference } from './sign-in-methods.ts'
import { BoundTokenError, isBound } from './token-binding.ts'

/** What the provider works with. */
export interface ProviderParts extends GivenSessionsParts {
  readonly readSettings: () => Settings
  readonly readPolicy: ReadPolicy
  readonly host: SignInHost
  readonly listMethods: (wish: MethodWish) => Promise<readonly SignInMethod[]>
  /** Whether the person sits at the machine that this code runs on. */
  readonly isAtHand: () => boolean
  readonly notifications: Notifications
  readonly failures: FailureMemory
  readonly log: Log
}

/** What the ways to sign in are listed for. */
export interface MethodWish extends SignInPreference {
  readonly clientId: string
  readonly mayUseBroker: boolean
}

/** The account that VS Code asks about. */
export interface SessionOptions {
  readonly account?: { readonly id: string; readonly label: string } | undefined
}

/** Whether a token could be renewed; `failure` is what was in the way, where that is known. */
export type RefreshOutcome = { readonly isRenewed: true } | { readonly isRenewed: false; readonly failure?: unknown }

/** The provider `entra`, as VS Code calls it. No method of it ever waits for `vscode.authentication`. */
export interface EntraAuthenticationProvider {
  getSessions(scopes: readonly string[] | undefined, options: SessionOptions): Promise<Session[]>
  createSession(scopes: readonly string[], options: SessionOptions): Promise<Session>
  /** For the challenges of an API that refused a token; the new token serves plain requests from then on. */
  getSessionsFromChallenges(constraint: unknown, options: SessionOptions): Promise<Session[]>
  createSessionFromChallenges(constraint: unknown, options: SessionOptions): Promise<Session>
  removeSession(id: string): Promise<void>
  /** Renews the token of a session that was given out, though it may still be good. */
  refreshSession(id: string): Promise<RefreshOutcome>
  /** Drops the tokens of sessions from this window's memory. */
  forgetTokens(ids: readonly string[]): void
}

/** What is asked for, and what an API demands of the token besides. */
interface Demand extends SessionOptions {
  readonly request: ScopeRequest
  /** JSON text. */
  readonly claims?: string | undefined
  /** Passes over the cached token. */
  readonly forceRefresh?: boolean
  /** Told what was in the way of a silent answer. */
  readonly onFailure?: (error: unknown) => void
}

/** Gives out sessions for the accounts of people. */
export function createAuthenticationProvider(parts: ProviderParts): EntraAuthenticationProvider {
  const { records, clients, log } = parts
  const sessions = createGivenSessions(parts)

  const brokerRules = (policy: Policy) => ({ policy, settings: parts.readSettings(), isAtHand: parts.isAtHand() })

  const warned = new Set<string>()
  /** Once each, for extensions ask often. */
  const warnOfUnknown = ({ passedOver }: ScopeRequest): void => {
    for (const name of passedOver) {
      if (!warned.has(name)) log.warn(`A pseudo-scope that is not known is passed over: ${showValue(name)}`)
      warned.add(name)
    }
  }

  const listAll = async (policy: Policy): Promise<Session[]> => {
    const all = await records.all()
    const latest = all
      .map((record) => withPermitted(policy, record))
      .flatMap((record) => record.sessions.slice(0, 1).map((given) => ({ record, given })))
    parts.onSignedIn(latest.length > 0)
    return Promise.all(latest.map(({ record, given }) => sessions.read(record, given)))
  }

  /** Under a policy that can't be used there is nobody to be listed. */
  const listPermitted = async (): Promise<Session[]> => {
    try {
      return await listAll(await parts.readPolicy())
    } catch (error) {
      if (!(error instanceof ClientConfigurationError)) throw error
      log.warn(`No session is listed: ${describeForLog(error)}`)
      parts.notifications.policyProblem(error)
      return []
    }
  }

  const getSilently = async ({
    request,
    account: wanted,
    claims,
    forceRefresh,
    onFailure,
  }: Demand): Promise<Session[]> => {
    warnOfUnknown(request)
    const policy = await parts.readPolicy()
    const rules = brokerRules(policy)
    const configuration = withBroker(permit(policy, resolveClient(request, rules.settings)), rules)
    const accounts = (await clients.get(configuration).getAccounts()).filter(
      (account) => !wanted || createAccountId(account, configuration) === wanted.id,
    )
    const answers = accounts.map(async (account) => {
      const record = await records.find(configuration.clientId, account)
      const permitted = record && withPermitted(policy, record)
      const intended = permit(policy, applyChosenTenant(configuration, permitted, request.asked))
      const chosen = withBroker(intended, rules, account.username)
      const silent = { scopes: scopesToRequest(request, chosen), account, claimsChallenge: claims, forceRefresh }
      const answer = await acquireSilently({ ...parts, clock: parts.host.clock, onFailure }, chosen, silent)
      if (answer) {
        const silently = { account, tokens: answer, isInteractive: false }
        return record ? sessions.giveOutAgain(chosen, request, silently) : sessions.giveOut(chosen, request, silently)
      }
      // A challenge may ask for more than the session had, which others still use.
      if (claims === undefined) await sessions.lapse(chosen, request, account)
      return undefined
    })
    return (await Promise.all(answers)).filter((session) => session !== undefined)
  }

  /** The Accounts menu names no client: where none is the default, the person chooses among the profiles. */
  const nameClient = async (request: ScopeRequest, settings: Settings): Promise<ScopeRequest> => {
    const isNamed = request.profile ?? request.clientId ?? settings.clientId
    if (isNamed || settings.profiles.usable.size === 0 || !isMenuRequest(request)) return request
    const profile = await pickProfile(settings, { ...parts.host, title: l10n.t('Sign in') })
    if (!profile) throw new CancellationError()
    return parseScopeRequest([...request.asked, ...profile])
  }

  const create = async ({ request: asked, account: wanted, claims }: Demand): Promise<Session> => {
    warnOfUnknown(asked)
    const policy = await parts.readPolicy()
    const rules = brokerRules(policy)
    const { settings } = rules
    const request = await nameClient(asked, settings)
    const wanting = permit(policy, resolveClient(request, settings))
    const wish = { configuration: wanting, asked: request.asked, account: wanted }
    const isChallenged = claims !== undefined
    const known = (await records.all()).map((record) => withPermitted(policy, record))
    const target = await chooseTarget({ ...wish, isChallenged }, known, parts.host)
    if (!target) throw new CancellationError()
    const { configuration: chosen, ...hint } = target
    const configuration = permit(policy, chosen)
    const { clientId, authority, redirectUri, signInMethod = settings.signInMethod } = configuration
    const brokered = withBroker(configuration, rules, target.loginHint)
    const mayUseBroker = brokered.usesBroker === true
    const offered = await parts.listMethods({ clientId, signInMethod, redirectUri, mayUseBroker })
    const methods = permitMethods(policy, offered)
    log.info(`Signing in at ${authority.host} by ${methods[0]}`)
    const answer = await signIn(
      {
        clientId,
        client: clients.get(configuration),
        brokerClient: clients.get(brokered),
        scopes: scopesToRequest(request, configuration),
        target: describeAuthority(authority),
        redirectUri,
        claims,
        ...hint,
        methods,
      },
      parts.host,
    )
    if (isBound(answer)) {
      await forgetStranger(configuration, answer.account)
      throw new BoundTokenError()
    }
    if (!answer.account)
      throw new Error(l10n.t('The server did not say who signed in. Sign in again with another account.'))
    clients.renewOthers(answer.tokenSource === 'broker' ? brokered : configuration)
    log.info('Signed in')
    parts.failures.forgetRefusals()
    parts.failures.noteRefresh({ clientId, ...answer.account }, 'granted')
    const session = await sessions.giveOut(configuration, request, {
      account: answer.account,
      tokens: answer,
      isInteractive: true,
    })
    if (!wanted || session.account.id === wanted.id) return session
    // VS Code would take the session for the account that it asked for.
    throw new OtherAccountError(
      l10n.t(
        'You signed in as {0}, but {1} was asked for. Sign in again and choose {1} on the page.',
        asPlainText(session.account.label),
        asPlainText(wanted.label),
      ),
    )
  }

  /** Whoever has no session can be neither seen nor signed out, so nothing of them is kept. */
  const forgetStranger = async (configuration: ClientConfiguration, account: Account | undefined): Promise<void> => {
    if (!account || (await records.find(configuration.clientId, account))) return
    await clients.get(configuration).removeAccount({ account })
  }

  const remove = async (id: string): Promise<void> => {
    const all = await records.all()
    const record = all.find(({ sessions }) => sessions.some((session) => session.id === id))
    if (!record) return
    const configuration = configurationOf(record)
    const signOutAtBroker = await prepareBrokerSignOut({ ...parts, brokerRules }, record)
    await clients.get(configuration).removeAccount({ account: accountOf(record) })
    clients.renewOthers(configuration)
    await records.forget(record)
    log.info('Signed out')
    sessions.tellSignedOut(
      record,
      all.filter((other) => other !== record),
    )
    // Last: a broker that does not answer keeps nobody signed in here.
    await signOutAtBroker()
  }

  followOtherWindows({ ...parts, sessionsOf: sessions.ofRecord, tellSignedOut: sessions.tellSignedOut })

  const findGiven = async (id: string) => {
    const pairs = (await records.all()).flatMap((record) => record.sessions.map((given) => ({ record, given })))
    return pairs.find(({ given }) => given.id === id)
  }

  const refresh = async (id: string): Promise<RefreshOutcome> => {
    const found = await findGiven(id)
    if (!found) return { isRenewed: false }
    const { accountId, label } = found.record
    const request = parseGivenScopes(found.given.scopes)
    let failure: unknown
    const onFailure = (error: unknown) => (failure = error)
    const answered = await answerSilently({ request, account: { id: accountId, label }, forceRefresh: true, onFailure })
    // With other settings than then it may have been another client's.
    return answered.some((session) => session.id === id) ? { isRenewed: true } : { isRenewed: false, failure }
  }

  const answerSilently = async (demand: Demand): Promise<Session[]> => {
    try {
      return await getSilently(demand)
    } catch (error) {
      log.warn(`No session without asking: ${describeForLog(error)}`)
      demand.onFailure?.(error)
      parts.notifications.policyProblem(error)
      return []
    }
  }

  const answerByAsking = async (readDemand: () => Demand): Promise<Session> => {
    try {
      return await create(readDemand())
    } catch (error) {
      if (isCancellation(error)) throw error
      log.error(`Sign-in failed: ${describeForLog(error)}`)
      parts.failures.note(error)
      parts.notifications.signInFailed(error)
      // Callers show the message in notifications of their own, so it is made safe here.
      throw new Error(explainFailure(error), { cause: error })
    }
  }

  return {
    getSessions: async (scopes, options) =>
      scopes === undefined ? listPermitted() : answerSilently({ ...options, request: parseScopeRequest(scopes) }),
    createSession: (scopes, options) => answerByAsking(() => ({ ...options, request: parseScopeRequest(scopes) })),
    getSessionsFromChallenges: async (constraint, options) => answerSilently(readDemand(constraint, options)),
    createSessionFromChallenges: (constraint, options) => answerByAsking(() => readDemand(constraint, options)),
    removeSession: remove,
    refreshSession: refresh,
    forgetTokens: (ids) => sessions.forgetTokens(ids),
  }
}

const isMenuRequest = ({ asked }: ScopeRequest): boolean => asked.join(' ') === MENU_SCOPES.join(' ')

/** @throws {ChallengeError} and {ScopeRequestError} */
function readDemand(constraint: unknown, options: SessionOptions): Demand {
  const { scopes, claims } = parseConstraint(constraint)
  return { ...options, request: parseScopeRequest(scopes), claims }
}
