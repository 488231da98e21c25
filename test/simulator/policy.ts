import type { ClaimsRequest } from './claims.ts'
import { AadstsError } from './errors.ts'
import { consentFor, type ResourceScopes } from './scopes.ts'
import { consentKey, type SignIn, type Simulation } from './simulation.ts'
import { findTenant, type App, type Tenant, type User, type World } from './world.ts'

/** A person, at an app, in a tenant. */
export type Place = { readonly tenant: Tenant; readonly user: User; readonly app: App }

const multiTenant = new Set(['common', 'organizations'])

/** Refuses a tenant segment that names no tenant here. */
export const requireTenant = (world: World, segment: string): void => {
  if (!multiTenant.has(segment) && findTenant(world, segment) === undefined) {
    throw new AadstsError(90002, { values: [segment] })
  }
}

/** The tenant that issues for a person: their own for `common`, else the one that is named, if it knows them. */
export const resolveTenant = (world: World, segment: string, place: Omit<Place, 'tenant'>): Tenant => {
  requireTenant(world, segment)
  const { user, app } = place
  const home = Object.values(world.tenants).find(({ id }) => id === user.tenantId)!
  const tenant = findTenant(world, segment) ?? home
  if (tenant.name === 'consumers' && home.name !== 'consumers') {
    throw new AadstsError(50034, { values: [user.username, 'consumers'] })
  }
  if (!user.objectIds.has(tenant.id) || (segment === 'organizations' && home.name === 'consumers')) {
    throw new AadstsError(50020, { values: [user.username, home.domain, tenant.domain, app.clientId] })
  }
  return tenant
}

/** What is asked for, and how its person signed in. */
export type AccessRequest = {
  readonly signIn: SignIn
  readonly target: ResourceScopes
  readonly claims: ClaimsRequest
  /** An API asks, which has nobody to show a sign-in page to. */
  readonly onBehalfOf: boolean
}

/** Whether a sign-in has to bring a second factor before these claims may be issued. */
export const needsSecondFactor = (user: User, claims: ClaimsRequest): boolean =>
  user.needsSecondFactor || claims.policies || claims.acrs.length > 0

/** The permissions that still have to be consented to. */
export const missingConsent = (simulation: Simulation, place: Place, wanted: ResourceScopes): readonly string[] =>
  wanted.names.filter((name) => {
    const consent = consentFor(wanted.resource, name)
    const given = simulation.store.consents.has(consentKey(place, permission(wanted, name)))
    return !given && (consent !== 'granted' || place.user.mustConsent)
  })

/** Records that a person consented. */
export const giveConsent = (simulation: Simulation, place: Place, wanted: ResourceScopes): void => {
  for (const name of wanted.names) simulation.store.consents.add(consentKey(place, permission(wanted, name)))
}

/** Throws what Entra answers where a person would have to be asked again before a token may be issued. */
export const requireAccess = (simulation: Simulation, place: Place, request: AccessRequest): void => {
  const { signIn, target, claims } = request
  if (place.user.blocked) throw new AadstsError(50057)
  if (needsSecondFactor(place.user, claims) && !signIn.methods.includes('mfa')) {
    throw new AadstsError(50076, {
      values: [target.resource.appId],
      ...(request.onBehalfOf && { error: 'interaction_required' }),
      suberror: 'basic_action',
      claims: JSON.stringify({ access_token: { capolids: { essential: true, values: [policyId] } } }),
    })
  }
  const missing = missingConsent(simulation, place, target)
  if (missing.some((name) => consentFor(target.resource, name) === 'admin')) {
    throw new AadstsError(90094, { error: 'invalid_grant', suberror: 'consent_required' })
  }
  if (missing.length > 0) {
    throw new AadstsError(65001, { values: [place.app.clientId, place.app.name], suberror: 'consent_required' })
  }
}

const policyId = 'c2d4e6a8-0000-4000-8000-000000000001'

const permission = ({ resource }: ResourceScopes, name: string): string => `${resource.appId}/${name}`
