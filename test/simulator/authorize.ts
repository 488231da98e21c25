import { findClient } from './clients.ts'
import { parseClaims } from './claims.ts'
import { AadstsError, describeError } from './errors.ts'
import { redirectReply, type HttpReply, type HttpRequest } from './http.ts'
import { formPostPage } from './pages.ts'
import { readChallenge } from './pkce.ts'
import { requireTenant } from './policy.ts'
import { parseScopes } from './scopes.ts'
import { startSignIn, type Transaction } from './sign-in.ts'
import type { Simulation } from './simulation.ts'
import { clientInfo, randomHandle } from './tokens.ts'
import { matchRedirectUri, type App, type Platform } from './world.ts'

const codeLifetime = 600
const responseModes = ['query', 'fragment', 'form_post'] as const
const prompts = ['none', 'login', 'select_account', 'consent', 'create'] as const

type ResponseMode = (typeof responseModes)[number]

/** Where the answer of an authorization request goes. */
type Destination = {
  readonly redirectUri: string
  readonly platform: Platform
  readonly mode: ResponseMode
  readonly state: string | null
}

/** The authorization endpoint: begins a sign-in; what is wrong with the client or its redirect URI is thrown, the rest goes to the app. */
export const authorize = (simulation: Simulation, request: HttpRequest, tenant: string): HttpReply => {
  const parameters = request.method === 'POST' ? request.form : request.query
  requireTenant(simulation.world, tenant)
  const app = findClient(simulation, parameters, tenant)
  const destination = readDestination(app, parameters)
  try {
    const transaction = readTransaction(simulation, request, { app, tenant, destination, parameters })
    return startSignIn(simulation, request, transaction)
  } catch (error) {
    if (!(error instanceof AadstsError)) throw error
    return sendError(simulation, request, { destination, error })
  }
}

const readDestination = (app: App, parameters: URLSearchParams): Destination => {
  const redirectUri = parameters.get('redirect_uri') ?? app.redirectUris[0]?.uri ?? ''
  const registration = matchRedirectUri(app, redirectUri)
  if (registration === undefined) throw new AadstsError(50011, { values: [redirectUri, app.clientId] })
  return {
    redirectUri,
    platform: registration.platform,
    mode: responseModes.find((mode) => mode === parameters.get('response_mode')) ?? 'query',
    state: parameters.get('state'),
  }
}

type Request = {
  readonly app: App
  readonly tenant: string
  readonly destination: Destination
  readonly parameters: URLSearchParams
}

const readTransaction = (simulation: Simulation, request: HttpRequest, asked: Request): Transaction => {
  const { app, tenant, destination, parameters } = asked
  const read = (name: string): string | undefined => parameters.get(name) ?? undefined
  const responseType = read('response_type')
  if (responseType === undefined) throw new AadstsError(900144, { values: ['response_type'] })
  if (responseType !== 'code') throw new AadstsError(70005, { values: [responseType] })
  const mode = read('response_mode')
  if (mode !== undefined && mode !== destination.mode) throw new AadstsError(90023, { values: ['response_mode'] })
  const scope = read('scope')
  if (scope === undefined || scope.trim() === '') throw new AadstsError(900144, { values: ['scope'] })
  parseScopes(simulation.world, scope)
  parseClaims(read('claims'))
  const challenge = readChallenge(parameters)
  if (challenge === undefined && app.type === 'public') throw new AadstsError(9002325)
  const prompt = prompts.find((each) => each === read('prompt'))
  if (read('prompt') !== undefined && prompt === undefined) throw new AadstsError(90023, { values: ['prompt'] })
  const maxAge = read('max_age')
  if (maxAge !== undefined && !/^\d+$/.test(maxAge)) throw new AadstsError(90023, { values: ['max_age'] })
  return {
    id: randomHandle(),
    tenant,
    app,
    scope,
    claims: read('claims'),
    prompt,
    loginHint: read('login_hint'),
    domainHint: read('domain_hint'),
    maxAge: maxAge === undefined ? undefined : Number(maxAge),
    asksConfirmation: false,
    signIn: undefined,
    consented: false,
    confirmed: false,
    complete: (outcome, headers) => {
      if (outcome instanceof AadstsError) return sendError(simulation, request, { destination, error: outcome })
      const code = randomHandle('1.')
      simulation.store.codes.set(code, {
        app,
        tenant,
        scope,
        challenge,
        platform: destination.platform,
        redirectUri: destination.redirectUri,
        signIn: outcome,
        nonce: read('nonce'),
        claims: read('claims'),
        expiresAt: simulation.clock.now() + codeLifetime,
        redeemed: false,
        validity: 'live',
      })
      const info = read('client_info') === '1' ? { client_info: clientInfo(outcome.user) } : {}
      return send(destination, { code, ...info, session_state: outcome.sessionId }, headers)
    },
  }
}

const sendError = (
  simulation: Simulation,
  request: HttpRequest,
  refusal: { readonly destination: Destination; readonly error: AadstsError },
): HttpReply => {
  const { destination, error } = refusal
  const trace = { correlationId: request.correlationId, now: simulation.clock.now(), origin: request.origin }
  return send(
    destination,
    {
      error: error.error,
      error_description: describeError(error, trace),
      error_uri: `${request.origin}/error?code=${error.number}`,
      ...(error.number === 65004 && { error_subcode: 'cancel' }),
      ...(error.claims !== undefined && { claims: error.claims }),
    },
    {},
  )
}

const send = (
  { redirectUri, mode, state }: Destination,
  answer: Readonly<Record<string, string>>,
  headers: HttpReply['headers'],
): HttpReply => {
  const parameters = { ...answer, ...(state !== null && { state }) }
  if (mode === 'form_post') return formPostPage(redirectUri, parameters, headers)
  const encoded = new URLSearchParams(parameters).toString()
  const separator = mode === 'fragment' ? '#' : redirectUri.includes('?') ? '&' : '?'
  return redirectReply(`${redirectUri}${separator}${encoded}`, headers)
}
