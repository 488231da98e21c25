import { randomInt } from 'node:crypto'
import { findClient } from './clients.ts'
import { parseClaims } from './claims.ts'
import { AadstsError } from './errors.ts'
import { jsonReply, type HttpReply, type HttpRequest } from './http.ts'
import { formPage, messagePage } from './pages.ts'
import { requireTenant } from './policy.ts'
import { parseScopes } from './scopes.ts'
import { startSignIn } from './sign-in.ts'
import type { DeviceAuthorization, Simulation } from './simulation.ts'
import { randomHandle } from './tokens.ts'

const lifetime = 900
// No vowels, so that no words appear, and nothing that looks like a digit.
const userCodeAlphabet = 'BCDFGHJKLMNPQRSTVWXZ23456789'

/** The device authorization endpoint. */
export const authorizeDevice = (simulation: Simulation, request: HttpRequest, tenant: string): HttpReply => {
  requireTenant(simulation.world, tenant)
  const app = findClient(simulation, request.form, tenant)
  const scope = request.form.get('scope')
  if (scope === null || scope.trim() === '') throw new AadstsError(900144, { values: ['scope'] })
  parseScopes(simulation.world, scope)
  const claims = request.form.get('claims') ?? undefined
  parseClaims(claims)
  const userCode = Array.from({ length: 9 }, () => userCodeAlphabet[randomInt(userCodeAlphabet.length)]).join('')
  const handle = randomHandle()
  const expiresAt = simulation.clock.now() + lifetime
  simulation.store.devices.set(handle, { app, tenant, scope, claims, userCode, expiresAt, outcome: 'pending' })
  const page = `${request.origin}/devicelogin`
  return jsonReply(200, {
    user_code: userCode,
    device_code: handle,
    verification_uri: page,
    expires_in: lifetime,
    interval: simulation.settings.deviceInterval,
    message: `To sign in, use a web browser to open the page ${page} and enter the code ${userCode} to authenticate.`,
  })
}

/** The page where a person enters the code that a device shows; the code may come along in the address. */
export const deviceLogin = (simulation: Simulation, request: HttpRequest): HttpReply => {
  if (request.method !== 'POST') return codePage(request.query.get('user_code') ?? request.query.get('otc') ?? '')
  const given = request.form.get('user_code') ?? ''
  const device = findByUserCode(simulation, given)
  if (device === undefined) return codePage(given, new AadstsError(70018).message)
  return startSignIn(simulation, request, {
    id: randomHandle(),
    tenant: device.tenant,
    app: device.app,
    scope: device.scope,
    claims: device.claims,
    prompt: undefined,
    loginHint: undefined,
    domainHint: undefined,
    maxAge: undefined,
    asksConfirmation: true,
    signIn: undefined,
    consented: false,
    confirmed: false,
    complete: (outcome, headers) => {
      if (outcome instanceof AadstsError) {
        device.outcome = 'declined'
        return messagePage(200, { title: 'You cancelled the sign-in', text: 'You can close this page.' }, headers)
      }
      device.outcome = outcome
      return messagePage(
        200,
        { title: 'You are signed in', text: `You have signed in to ${device.app.name}. You can close this page.` },
        headers,
      )
    },
  })
}

const findByUserCode = ({ store, clock }: Simulation, given: string): DeviceAuthorization | undefined => {
  const userCode = given.replace(/[\s-]/g, '').toUpperCase()
  return [...store.devices.values()].find(
    (device) => device.userCode === userCode && device.outcome === 'pending' && device.expiresAt > clock.now(),
  )
}

const codePage = (value: string, error?: string): HttpReply =>
  formPage({
    title: 'Enter code',
    action: '/devicelogin',
    text: 'Enter the code that is shown on your device or in your app.',
    error,
    hidden: {},
    fields: [{ name: 'user_code', label: 'Code', autocomplete: 'off', value }],
    buttons: [{ label: 'Next', value: 'submit' }],
  })
