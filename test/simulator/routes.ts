import { protectedApi } from './api.ts'
import { authorize } from './authorize.ts'
import { authenticateClient } from './clients.ts'
import { authorizeDevice, deviceLogin } from './device.ts'
import { instanceDiscovery, openIdConfiguration, signingKeys, userRealm } from './discovery.ts'
import { AadstsError, describeError, errorBody } from './errors.ts'
import { federationGrants, issueAssertion, metadataExchange } from './federation.ts'
import { grants } from './grants.ts'
import { jsonReply, redirectReply, type HttpReply, type HttpRequest } from './http.ts'
import { messagePage } from './pages.ts'
import { requireTenant } from './policy.ts'
import { endSession, submitSignIn } from './sign-in.ts'
import type { Simulation } from './simulation.ts'
import { findApp, matchRedirectUri } from './world.ts'

/** `segment` is what the route's `{…}` stands for, decoded. */
export type Handler = (simulation: Simulation, request: HttpRequest, segment: string) => HttpReply | Promise<HttpReply>

/** A route: its methods, its template, how it speaks, and what answers. */
export type Route = {
  readonly methods: readonly string[]
  readonly template: string
  readonly speaks: 'json' | 'html'
  readonly handler: Handler
}

const allGrants = { ...grants, ...federationGrants }

const token: Handler = async (simulation, request, tenant) => {
  requireTenant(simulation.world, tenant)
  const grantType = request.form.get('grant_type')
  if (grantType === null) throw new AadstsError(900144, { values: ['grant_type'] })
  const client = await authenticateClient(simulation, request, tenant)
  const grant = Object.hasOwn(allGrants, grantType) ? allGrants[grantType] : undefined
  if (grant === undefined) throw new AadstsError(70003, { values: [grantType] })
  return jsonReply(200, await grant({ simulation, request, tenant, client }))
}

const logout: Handler = (simulation, request) => {
  const parameters = request.method === 'POST' ? request.form : request.query
  const headers = endSession(simulation, request)
  const target = parameters.get('post_logout_redirect_uri')
  const apps = Object.values(simulation.world.apps)
  if (target !== null && apps.some((app) => matchRedirectUri(app, target) !== undefined)) {
    const state = parameters.get('state')
    return redirectReply(state === null ? target : `${target}?${new URLSearchParams({ state }).toString()}`, headers)
  }
  return messagePage(200, { title: 'You signed out', text: 'It is a good idea to close this page.' }, headers)
}

const explainError: Handler = (_simulation, request) => {
  const number = Number(request.query.get('code'))
  return messagePage(200, { title: `AADSTS${number}`, text: `Search Entra's documentation for AADSTS${number}.` })
}

const welcome: Handler = ({ world }) =>
  messagePage(200, {
    title: 'Entra simulator',
    text: `It imitates Microsoft Entra for tests. Authorities are this address followed by common, organizations, ${world.tenants.home.domain} or ${world.tenants.guest.domain}.`,
  })

const routes: readonly Route[] = [
  {
    methods: ['GET'],
    template: '/{tenant}/v2.0/.well-known/openid-configuration',
    speaks: 'json',
    handler: openIdConfiguration,
  },
  { methods: ['GET'], template: '/{tenant}/discovery/v2.0/keys', speaks: 'json', handler: signingKeys },
  { methods: ['GET'], template: '/common/discovery/instance', speaks: 'json', handler: instanceDiscovery },
  { methods: ['GET'], template: '/common/userrealm/{user}', speaks: 'json', handler: userRealm },
  { methods: ['GET', 'POST'], template: '/{tenant}/oauth2/v2.0/authorize', speaks: 'html', handler: authorize },
  { methods: ['POST'], template: '/{tenant}/oauth2/v2.0/token', speaks: 'json', handler: token },
  { methods: ['POST'], template: '/{tenant}/oauth2/v2.0/devicecode', speaks: 'json', handler: authorizeDevice },
  { methods: ['GET', 'POST'], template: '/{tenant}/oauth2/v2.0/logout', speaks: 'html', handler: logout },
  { methods: ['POST'], template: '/{tenant}/login', speaks: 'html', handler: submitSignIn },
  { methods: ['GET', 'POST'], template: '/devicelogin', speaks: 'html', handler: deviceLogin },
  { methods: ['GET'], template: '/adfs/services/trust/mex', speaks: 'html', handler: metadataExchange },
  {
    methods: ['POST'],
    template: '/adfs/services/trust/{version}/usernamemixed',
    speaks: 'html',
    handler: issueAssertion,
  },
  { methods: ['GET'], template: '/api/me', speaks: 'json', handler: protectedApi },
  { methods: ['GET'], template: '/error', speaks: 'html', handler: explainError },
  { methods: ['GET'], template: '/', speaks: 'html', handler: welcome },
]

const patterns = routes.map((route) => ({
  route,
  pattern: new RegExp(`^${route.template.replaceAll('.', '\\.').replace(/\{\w+\}/, '([^/]+)')}$`),
}))

/** A route that a path leads to. */
export type Match = { readonly route: Route; readonly segment: string }

/** The route of a path. */
export const matchRoute = (path: string): Match | undefined => {
  const found = patterns.find(({ pattern }) => pattern.test(path))
  return found && { route: found.route, segment: decode(found.pattern.exec(path)?.[1] ?? '') }
}

/** Answers one request of the identity provider. */
export const answerRequest = async (
  simulation: Simulation,
  request: HttpRequest,
  match: Match | undefined,
): Promise<HttpReply> => {
  if (match === undefined) return messagePage(404, { title: 'Not found', text: 'There is no such page.' })
  const reply = await answerRoute(simulation, request, match)
  return { ...reply, headers: { ...reply.headers, ...corsHeaders(simulation, request, match.route) } }
}

const answerRoute = async (
  simulation: Simulation,
  request: HttpRequest,
  { route, segment }: Match,
): Promise<HttpReply> => {
  if (request.method === 'OPTIONS') return { status: 204, headers: {}, body: '' }
  if (!route.methods.includes(request.method)) {
    const title = 'Method not allowed'
    return messagePage(405, { title, text: title }, { allow: route.methods.join(', ') })
  }
  try {
    return await route.handler(simulation, request, segment)
  } catch (error) {
    if (!(error instanceof AadstsError)) throw error
    const trace = { correlationId: request.correlationId, now: simulation.clock.now(), origin: request.origin }
    return route.speaks === 'json'
      ? jsonReply(error.status, errorBody(error, trace))
      : messagePage(400, { title: 'Sign-in cannot go on', text: describeError(error, trace) })
  }
}

/** As Entra: metadata is for everyone, the token endpoint for single-page apps, nothing else for any page. */
const corsHeaders = (simulation: Simulation, request: HttpRequest, { template }: Route): HttpReply['headers'] => {
  const { origin } = request.headers
  if (origin === undefined || origin === request.origin) return {}
  const allowed = {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
    vary: 'Origin',
  }
  if (simulation.settings.permissiveCors) return { ...allowed, 'access-control-expose-headers': 'WWW-Authenticate' }
  if (!template.endsWith('/token')) return {}
  const app = findApp(simulation.world, request.form.get('client_id') ?? '')
  const isSinglePage = app?.redirectUris.some(({ platform }) => platform === 'spa') === true
  return request.method === 'OPTIONS' || isSinglePage ? allowed : {}
}

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
