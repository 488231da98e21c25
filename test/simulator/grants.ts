import { createLocalJWKSet, errors, jwtVerify } from 'jose'
import { parseClaims } from './claims.ts'
import type { Client } from './clients.ts'
import { AadstsError } from './errors.ts'
import type { HttpRequest } from './http.ts'
import { checkVerifier } from './pkce.ts'
import { requireAccess, resolveTenant } from './policy.ts'
import { defaultScopeResource, parseScopes, singleResource } from './scopes.ts'
import type { RefreshToken, SignIn, Simulation, Validity } from './simulation.ts'
import { issueAppTokens, issueUserTokens, randomHandle, type Recipient } from './tokens.ts'
import { findTenant, findUser, type Platform, type Tenant } from './world.ts'

/** One request to the token endpoint, from a client that has been recognised. */
export type TokenRequest = {
  readonly simulation: Simulation
  readonly request: HttpRequest
  /** The tenant segment of the path. */
  readonly tenant: string
  readonly client: Client
}

/** Redeems what a request brings; the answer is the token endpoint's JSON. */
export type Grant = (token: TokenRequest) => Promise<Record<string, unknown>>

const authorizationCode: Grant = async (token) => {
  const { simulation, request, client } = token
  const code = simulation.store.codes.get(requireParameter(token, 'code'))
  if (code?.app !== client.app) throw new AadstsError(70000)
  requireOrigin(token, code.platform)
  if (code.redeemed) throw new AadstsError(54005)
  requireValid(code.validity, code.signIn)
  if (code.expiresAt <= simulation.clock.now()) throw new AadstsError(70008)
  const redirectUri = requireParameter(token, 'redirect_uri')
  if (redirectUri !== code.redirectUri) throw new AadstsError(500112, { values: [redirectUri] })
  checkVerifier(code.challenge, request.form.get('code_verifier'))
  const answer = await answerForUser(token, {
    ...code,
    scope: request.form.get('scope') ?? code.scope,
    claims: request.form.get('claims') ?? code.claims,
  })
  code.redeemed = true
  return answer
}

const refreshToken: Grant = async (token) => {
  const { simulation, request, client } = token
  const stored = simulation.store.refreshTokens.get(requireParameter(token, 'refresh_token'))
  if (stored === undefined) throw new AadstsError(70000, { suberror: 'bad_token' })
  const sameFamily = stored.app.foci !== undefined && stored.app.foci === client.app.foci
  if (stored.app !== client.app && !sameFamily) throw new AadstsError(70000, { suberror: 'client_mismatch' })
  requireOrigin(token, stored.platform)
  requireValid(stored.validity, stored.signIn)
  if (stored.expiresAt <= simulation.clock.now()) throw new AadstsError(700082, { suberror: 'token_expired' })
  if (stored.redeemed && simulation.settings.revokeOnReuse) {
    revokeChain(simulation, stored)
    throw new AadstsError(70000, { suberror: 'bad_token' })
  }
  const answer = await answerForUser(token, {
    ...stored,
    scope: request.form.get('scope') ?? stored.scope,
    claims: request.form.get('claims') ?? undefined,
    keepsRefreshToken: true,
  })
  stored.redeemed = true
  return answer
}

const deviceCode: Grant = async (token) => {
  const { simulation, client } = token
  requireOrigin(token, 'native')
  const device = simulation.store.devices.get(requireParameter(token, 'device_code'))
  if (device?.app !== client.app || device.outcome === 'redeemed') throw new AadstsError(7000014)
  if (device.expiresAt <= simulation.clock.now()) throw new AadstsError(70020)
  if (device.outcome === 'declined') throw new AadstsError(70017)
  if (device.outcome === 'pending') throw new AadstsError(70016)
  const { scope, claims, outcome: signIn } = device
  const answer = await answerForUser(token, { signIn, platform: 'native', scope, claims })
  device.outcome = 'redeemed'
  return answer
}

const password: Grant = async (token) => {
  const { simulation, request, tenant } = token
  requireOrigin(token, 'native')
  if (['common', 'consumers'].includes(tenant)) throw new AadstsError(9001023)
  const username = requireParameter(token, 'username')
  const given = requireParameter(token, 'password')
  const user = findUser(simulation.world, username)
  if (user === undefined) throw new AadstsError(50034, { values: [username, tenant] })
  if (user.federated || user.password !== given) throw new AadstsError(50126)
  return answerForUser(token, {
    signIn: { user, methods: ['pwd'], authTime: simulation.clock.now(), sessionId: randomHandle() },
    platform: 'native',
    scope: requireParameter(token, 'scope'),
    claims: request.form.get('claims') ?? undefined,
  })
}

const clientCredentials: Grant = async (token) => {
  const { simulation, request, tenant, client } = token
  requireOrigin(token, 'web')
  if (client.method === '0') throw new AadstsError(7000216)
  const resource = defaultScopeResource(simulation.world, requireParameter(token, 'scope'))
  const issuer = findTenant(simulation.world, tenant)
  if (issuer === undefined) throw new AadstsError(50059)
  return issueAppTokens(recipientOf(token, issuer), resource, parseClaims(request.form.get('claims')))
}

const onBehalfOf: Grant = async (token) => {
  const { simulation, request, client } = token
  requireOrigin(token, 'web')
  if (client.method === '0') throw new AadstsError(7000218)
  if (requireParameter(token, 'requested_token_use') !== 'on_behalf_of') {
    throw new AadstsError(90023, { values: ['requested_token_use'] })
  }
  return answerForUser(token, {
    signIn: await readUserAssertion(simulation, requireParameter(token, 'assertion'), client.app.clientId),
    platform: 'web',
    scope: requireParameter(token, 'scope'),
    claims: request.form.get('claims') ?? undefined,
    onBehalfOf: true,
  })
}

/** The grant of each `grant_type`; MSAL Node polls with the short name of the device flow. */
export const grants: Readonly<Record<string, Grant>> = {
  authorization_code: authorizationCode,
  refresh_token: refreshToken,
  'urn:ietf:params:oauth:grant-type:device_code': deviceCode,
  device_code: deviceCode,
  password,
  client_credentials: clientCredentials,
  'urn:ietf:params:oauth:grant-type:jwt-bearer': onBehalfOf,
}

/** What a grant brings for a person. */
export type UserGrant = {
  readonly signIn: SignIn
  readonly platform: Platform
  readonly scope: string
  readonly claims: string | undefined
  readonly nonce?: string | undefined
  /** The refresh tokens that came before, if any. */
  readonly chain?: string
  /** A refresh token is answered with another, whatever the scope says. */
  readonly keepsRefreshToken?: boolean
  readonly onBehalfOf?: boolean
}

/** Issues tokens for a person, if nothing speaks against it any more. */
export const answerForUser = async (token: TokenRequest, grant: UserGrant): Promise<Record<string, unknown>> => {
  const { simulation, request, client } = token
  const { signIn, scope } = grant
  const place = { user: signIn.user, app: client.app }
  const tenant = resolveTenant(simulation.world, token.tenant, place)
  const scopes = parseScopes(simulation.world, scope)
  const target = singleResource(simulation.world, scopes)
  const claims = parseClaims(grant.claims)
  const access = { signIn, target, claims, onBehalfOf: grant.onBehalfOf === true }
  requireAccess(simulation, { ...place, tenant }, access)
  const wantsRefreshToken = grant.keepsRefreshToken === true || scopes.openId.has('offline_access')
  return issueUserTokens(recipientOf(token, tenant), {
    ...access,
    scope,
    scopes,
    platform: grant.platform,
    nonce: grant.nonce,
    clientInfo: request.form.get('client_info') === '1',
    chain: wantsRefreshToken ? (grant.chain ?? randomHandle()) : undefined,
  })
}

/** A parameter that the grant can't do without. */
export const requireParameter = ({ request }: TokenRequest, name: string): string => {
  const value = request.form.get(name)
  if (value === null || value === '') throw new AadstsError(900144, { values: [name] })
  return value
}

/** Entra's rule for browsers: what a single-page app was given is redeemed cross-origin, and nothing else is. */
export const requireOrigin = ({ simulation, request }: TokenRequest, platform: Platform): void => {
  if (simulation.settings.permissiveCors) return
  const { origin } = request.headers
  const isCrossOrigin = origin !== undefined && origin !== request.origin
  if (isCrossOrigin && platform !== 'spa') throw new AadstsError(9002326, { values: [origin] })
  if (!isCrossOrigin && platform === 'spa') throw new AadstsError(9002327)
}

const requireValid = (validity: Validity, { user }: SignIn): void => {
  if (user.blocked) throw new AadstsError(50057)
  if (validity === 'revoked') throw new AadstsError(50173, { suberror: 'bad_token' })
  if (validity === 'expired') throw new AadstsError(700082, { suberror: 'token_expired' })
}

const revokeChain = (simulation: Simulation, { chain }: RefreshToken): void => {
  for (const each of simulation.store.refreshTokens.values()) if (each.chain === chain) each.validity = 'revoked'
}

const recipientOf = ({ simulation, request, client }: TokenRequest, tenant: Tenant): Recipient => ({
  simulation,
  origin: request.origin,
  tenant,
  app: client.app,
  clientAuthentication: client.method,
})

const readUserAssertion = async (simulation: Simulation, assertion: string, clientId: string): Promise<SignIn> => {
  const { payload } = await jwtVerify(assertion, createLocalJWKSet(simulation.keys.jwks()), {
    audience: clientId,
    currentDate: new Date(simulation.clock.now() * 1000),
  }).catch((error: unknown) => {
    if (error instanceof errors.JWTExpired) throw new AadstsError(500133)
    if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') throw new AadstsError(500131)
    throw new AadstsError(50013, { values: ['The signature or the form of the assertion is wrong.'] })
  })
  const username = payload['preferred_username']
  const user = typeof username === 'string' ? findUser(simulation.world, username) : undefined
  if (user === undefined) throw new AadstsError(50027)
  if (simulation.store.accessTokens.get(String(payload['uti']))?.validity !== 'live') throw new AadstsError(50173)
  return {
    user,
    methods: Array.isArray(payload['amr']) && payload['amr'].includes('mfa') ? ['pwd', 'mfa'] : ['pwd'],
    authTime: payload.iat ?? simulation.clock.now(),
    sessionId: String(payload['sid']),
  }
}
