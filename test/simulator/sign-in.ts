import { parseClaims } from './claims.ts'
import { AadstsError } from './errors.ts'
import type { HttpReply, HttpRequest } from './http.ts'
import { formPage, type FormPage } from './pages.ts'
import { giveConsent, missingConsent, needsSecondFactor, resolveTenant, type Place } from './policy.ts'
import { consentFor, consentResources, parseScopes, type ResourceScopes } from './scopes.ts'
import type { Session, SignIn, Simulation } from './simulation.ts'
import { randomHandle } from './tokens.ts'
import { findTenant, findUser, secondFactorCode, type App, type User } from './world.ts'

const sessionLifetime = 86_400

/** A sign-in under way: what was asked for, and how far the person has come. */
export type Transaction = {
  readonly id: string
  /** The tenant segment of the path that it began at. */
  readonly tenant: string
  readonly app: App
  readonly scope: string
  readonly claims: string | undefined
  readonly prompt: 'none' | 'login' | 'select_account' | 'consent' | 'create' | undefined
  readonly loginHint: string | undefined
  readonly domainHint: string | undefined
  /** Seconds. */
  readonly maxAge: number | undefined
  /** A question to ask before the end: whether the person started this on another device. */
  readonly asksConfirmation: boolean
  /** Makes the last answer, once: to the app, or a page that says it is done. */
  readonly complete: (outcome: SignIn | AadstsError, headers: HttpReply['headers']) => HttpReply
  signIn: SignIn | undefined
  consented: boolean
  confirmed: boolean
}

/** One request of a browser within a sign-in. */
type Visit = {
  readonly simulation: Simulation
  readonly request: HttpRequest
  readonly transaction: Transaction
  readonly session: Session
}

type Step = 'pick' | 'sign-in' | 'second-factor' | 'consent' | 'refused' | 'confirm'

/** Begins a sign-in with whatever the browser's session allows without asking. */
export const startSignIn = (simulation: Simulation, request: HttpRequest, transaction: Transaction): HttpReply => {
  simulation.store.transactions.set(transaction.id, transaction)
  const visit = { simulation, request, transaction, session: findSession(simulation, request) }
  const candidates = usableSignIns(visit)
  if (transaction.prompt === 'none') return signInSilently(visit, candidates)
  if (transaction.prompt === 'select_account' && visit.session.signIns.length > 0) return pickPage(visit)
  if (transaction.prompt === undefined || transaction.prompt === 'consent') {
    if (candidates.length > 1) return pickPage(visit)
    transaction.signIn = candidates[0]
  }
  return continueSignIn(visit)
}

/** Takes a page's form. */
export const submitSignIn = (simulation: Simulation, request: HttpRequest): HttpReply => {
  const transaction = simulation.store.transactions.get(request.form.get('ctx') ?? '')
  if (transaction === undefined) throw new AadstsError(16001)
  const visit = { simulation, request, transaction, session: findSession(simulation, request) }
  if (request.form.get('action') === 'cancel') return finish(visit, new AadstsError(65004))
  const step = request.form.get('step') as Step
  switch (step) {
    case 'pick':
      return pickAccount(visit)
    case 'sign-in':
      return checkPassword(visit)
    case 'second-factor':
      return checkSecondFactor(visit)
    case 'consent':
      transaction.consented = true
      return continueSignIn(visit)
    case 'refused':
      return finish(visit, new AadstsError(90094))
    case 'confirm':
      transaction.confirmed = true
      return continueSignIn(visit)
    default:
      throw new AadstsError(16001)
  }
}

/** Ends the browser's session. */
export const endSession = (simulation: Simulation, request: HttpRequest): HttpReply['headers'] => {
  simulation.store.sessions.delete(request.cookies.get(cookieName(request)) ?? '')
  return { 'set-cookie': `${cookieName(request)}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax` }
}

const continueSignIn = (visit: Visit): HttpReply => {
  const { simulation, transaction } = visit
  const { signIn, app } = transaction
  if (signIn === undefined) return signInPage(visit)
  const { user } = signIn
  try {
    if (user.blocked) throw new AadstsError(50057)
    const tenant = resolveTenant(simulation.world, transaction.tenant, { user, app })
    if (needsSecondFactor(user, parseClaims(transaction.claims)) && !signIn.methods.includes('mfa')) {
      return secondFactorPage(visit)
    }
    const question = consentQuestion(visit, { tenant, user, app })
    if (question !== undefined) return question
  } catch (error) {
    if (!(error instanceof AadstsError)) throw error
    transaction.signIn = undefined
    return signInPage(visit, error)
  }
  if (transaction.asksConfirmation && !transaction.confirmed) return confirmPage(visit)
  return finish(visit, signIn)
}

const signInSilently = (visit: Visit, candidates: readonly SignIn[]): HttpReply => {
  const { simulation, transaction } = visit
  const [signIn, ...others] = candidates
  if (signIn === undefined) return finish(visit, new AadstsError(50058))
  if (others.length > 0) return finish(visit, new AadstsError(16000))
  try {
    const place = { user: signIn.user, app: transaction.app }
    const tenant = resolveTenant(simulation.world, transaction.tenant, place)
    const claims = parseClaims(transaction.claims)
    if (needsSecondFactor(signIn.user, claims) && !signIn.methods.includes('mfa')) {
      throw new AadstsError(50076, { error: 'interaction_required' })
    }
    for (const wanted of askedResources(visit)) {
      if (missingConsent(simulation, { ...place, tenant }, wanted).length > 0) {
        throw new AadstsError(65001, {
          error: 'consent_required',
          values: [transaction.app.clientId, transaction.app.name],
        })
      }
    }
    return finish(visit, signIn)
  } catch (error) {
    if (!(error instanceof AadstsError)) throw error
    return finish(visit, error)
  }
}

/** The session's sign-ins that fit the request. */
const usableSignIns = ({ simulation, transaction, session }: Visit): readonly SignIn[] => {
  const { loginHint, domainHint, maxAge } = transaction
  const now = simulation.clock.now()
  const tenant = findTenant(simulation.world, transaction.tenant)
  return session.signIns.filter(
    ({ user, authTime }) =>
      authTime + Math.min(maxAge ?? sessionLifetime, sessionLifetime) > now &&
      (tenant === undefined || user.objectIds.has(tenant.id)) &&
      (loginHint === undefined || user.username === loginHint.toLowerCase()) &&
      (domainHint === undefined || fitsDomain(user, domainHint)),
  )
}

const fitsDomain = (user: User, domainHint: string): boolean => {
  const isPersonal = user.username.endsWith('@outlook.test')
  if (domainHint === 'consumers') return isPersonal
  return domainHint === 'organizations' ? !isPersonal : user.username.endsWith(`@${domainHint}`)
}

const pickAccount = (visit: Visit): HttpReply => {
  const { request, transaction, session } = visit
  if (request.form.get('action') === 'other') return signInPage(visit)
  const username = request.form.get('account') ?? session.signIns[0]?.user.username
  transaction.signIn = session.signIns.find(({ user }) => user.username === username)
  return continueSignIn(visit)
}

const checkPassword = (visit: Visit): HttpReply => {
  const { simulation, request, transaction } = visit
  const username = request.form.get('username') ?? ''
  const user = findUser(simulation.world, username)
  if (user === undefined) return signInPage(visit, new AadstsError(50034, { values: [username, transaction.tenant] }))
  if (user.password !== request.form.get('password')) return signInPage(visit, new AadstsError(50126))
  transaction.signIn = {
    user,
    methods: ['pwd'],
    authTime: simulation.clock.now(),
    sessionId: randomHandle(),
  }
  return continueSignIn(visit)
}

const checkSecondFactor = (visit: Visit): HttpReply => {
  const { transaction, request } = visit
  if (transaction.signIn === undefined) throw new AadstsError(16001)
  if (request.form.get('otc')?.trim() !== secondFactorCode) {
    return secondFactorPage(visit, 'That code did not work. Check it and try again.')
  }
  transaction.signIn = { ...transaction.signIn, methods: ['pwd', 'mfa'] }
  return continueSignIn(visit)
}

const consentQuestion = (visit: Visit, place: Place): HttpReply | undefined => {
  const { simulation, transaction } = visit
  const asked = askedResources(visit)
  if (transaction.consented) {
    for (const wanted of asked) giveConsent(simulation, place, wanted)
    return undefined
  }
  const missing = asked.flatMap((wanted) =>
    missingConsent(simulation, place, wanted).map((name) => ({ name, consent: consentFor(wanted.resource, name) })),
  )
  if (missing.some(({ consent }) => consent === 'admin')) return needsAdminPage(visit)
  if (missing.length === 0 && transaction.prompt !== 'consent') return undefined
  return consentPage(
    visit,
    asked.flatMap(({ names }) => names),
  )
}

const askedResources = ({ simulation, transaction }: Visit): readonly ResourceScopes[] =>
  consentResources(simulation.world, parseScopes(simulation.world, transaction.scope))

const finish = (visit: Visit, outcome: SignIn | AadstsError): HttpReply => {
  const { simulation, request, transaction, session } = visit
  simulation.store.transactions.delete(transaction.id)
  if (outcome instanceof AadstsError) return transaction.complete(outcome, {})
  simulation.store.sessions.set(session.id, session)
  session.signIns = [outcome, ...session.signIns.filter(({ user }) => user !== outcome.user)]
  const secure = request.origin.startsWith('https:') ? '; Secure' : ''
  return transaction.complete(outcome, {
    'set-cookie': `${cookieName(request)}=${session.id}; Path=/; HttpOnly; SameSite=Lax${secure}`,
  })
}

// Browsers keep cookies by host alone, and each port may be another simulator.
const cookieName = ({ origin }: HttpRequest): string => `simulator-session-${new URL(origin).port}`

const findSession = (simulation: Simulation, request: HttpRequest): Session =>
  simulation.store.sessions.get(request.cookies.get(cookieName(request)) ?? '') ?? { id: randomHandle(), signIns: [] }

const stepPage = (
  { transaction }: Visit,
  page: Omit<FormPage, 'action' | 'hidden'> & { readonly step: Step },
): HttpReply =>
  formPage({ ...page, action: `/${transaction.tenant}/login`, hidden: { ctx: transaction.id, step: page.step } })

const cancel = { label: 'Cancel', value: 'cancel' } as const

const pickPage = (visit: Visit): HttpReply =>
  stepPage(visit, {
    step: 'pick',
    title: 'Pick an account',
    text: `to continue to ${visit.transaction.app.name}`,
    buttons: [
      ...visit.session.signIns.map(({ user }) => ({ label: user.username, value: user.username, name: 'account' })),
      { label: 'Use another account', value: 'other' },
      cancel,
    ],
  })

const signInPage = (visit: Visit, error?: AadstsError): HttpReply =>
  stepPage(visit, {
    step: 'sign-in',
    title: 'Sign in',
    text: `to continue to ${visit.transaction.app.name}`,
    error: error?.message,
    fields: [
      {
        name: 'username',
        label: 'User name',
        autocomplete: 'username',
        value: visit.request.form.get('username') ?? visit.transaction.loginHint,
      },
      { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' },
    ],
    buttons: [{ label: 'Sign in', value: 'submit' }, cancel],
  })

const secondFactorPage = (visit: Visit, error?: string): HttpReply =>
  stepPage(visit, {
    step: 'second-factor',
    title: 'Enter the code',
    text: `More proof is needed for ${visit.transaction.signIn?.user.username ?? ''}. The simulator's code is ${secondFactorCode}.`,
    error,
    fields: [{ name: 'otc', label: 'Code', autocomplete: 'one-time-code' }],
    buttons: [{ label: 'Verify', value: 'submit' }, cancel],
  })

const consentPage = (visit: Visit, permissions: readonly string[]): HttpReply =>
  stepPage(visit, {
    step: 'consent',
    title: 'Permissions requested',
    text: `${visit.transaction.app.name} would like to use these permissions as ${visit.transaction.signIn?.user.username ?? ''}:`,
    list: permissions.length === 0 ? ['Sign you in'] : permissions,
    buttons: [{ label: 'Accept', value: 'submit' }, cancel],
  })

const needsAdminPage = (visit: Visit): HttpReply =>
  stepPage(visit, {
    step: 'refused',
    title: 'Need admin approval',
    error: new AadstsError(90094).message,
    buttons: [{ label: 'Return to the application without granting consent', value: 'submit' }],
  })

const confirmPage = (visit: Visit): HttpReply =>
  stepPage(visit, {
    step: 'confirm',
    title: `Are you trying to sign in to ${visit.transaction.app.name}?`,
    text: 'Only continue if you started this yourself, on a device that showed you the code.',
    buttons: [{ label: 'Continue', value: 'submit' }, cancel],
  })
