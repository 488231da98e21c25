import { createLocalJWKSet, jwtVerify, type JWTPayload } from 'jose'
import { accessTokenClaims, wantedValues } from './claims.ts'
import { jsonReply, type HttpReply, type HttpRequest } from './http.ts'
import type { Simulation } from './simulation.ts'

/**
 * A small protected API, `GET /api/me`: says whose token it was given. It takes tokens for Graph and for the
 * confidential app; a revoked token, and one without the claims that tests demand, gets a claims challenge.
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export const protectedApi = async (simulation: Simulation, request: HttpRequest): Promise<HttpReply> => {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) return challenge(request, {})
  let payload: JWTPayload
  try {
    payload = await verify(simulation, token)
  } catch {
    return challenge(request, { error: 'invalid_token', error_description: 'The access token is expired or invalid' })
  }
  const demanded = unmetClaims(simulation, payload)
  if (demanded !== undefined) {
    return challenge(request, {
      error: 'insufficient_claims',
      claims: Buffer.from(demanded).toString('base64url'),
    })
  }
  return jsonReply(200, {
    userPrincipalName: payload['preferred_username'],
    displayName: payload['name'],
    id: payload['oid'],
    tenantId: payload['tid'],
    appId: payload['azp'],
    scopes: payload['scp'],
    roles: payload['roles'],
  })
}

const verify = async ({ keys, world, clock, store, origins }: Simulation, token: string): Promise<JWTPayload> => {
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys.jwks()), {
    audience: [world.resources[0].audience, world.apps.confidential.clientId],
    currentDate: new Date(clock.now() * 1000),
    clockTolerance: 5,
    requiredClaims: ['exp', 'uti'],
  })
  if (!origins.some((origin) => payload.iss?.startsWith(`${origin}/`))) throw new Error('issued by another server')
  if (store.accessTokens.get(String(payload['uti']))?.validity === 'expired') throw new Error('expired by a test')
  return payload
}

const unmetClaims = ({ settings, store, clock }: Simulation, payload: JWTPayload): string | undefined => {
  if (store.accessTokens.get(String(payload['uti']))?.validity === 'revoked') {
    return JSON.stringify({ access_token: { nbf: { essential: true, value: `${clock.now()}` } } })
  }
  if (settings.demandedClaims === undefined) return undefined
  const demanded = Object.entries(accessTokenClaims(settings.demandedClaims))
  return demanded.every(([name, claim]) => isMet(payload, name, claim)) ? undefined : settings.demandedClaims
}

const isMet = (payload: JWTPayload, name: string, claim: unknown): boolean => {
  const wanted = wantedValues(claim)
  const [first] = wanted
  if (name === 'nbf') return first !== undefined && (payload.nbf ?? 0) >= Number(first)
  const has = [payload[name]].flat()
  return first === undefined ? payload[name] !== undefined : wanted.some((value) => has.includes(value))
}

const challenge = ({ origin }: HttpRequest, parameters: Readonly<Record<string, string>>): HttpReply => {
  const all = { realm: '', authorization_uri: `${origin}/common/oauth2/v2.0/authorize`, ...parameters }
  const quoted = Object.entries(all).map(([name, value]) => `${name}="${value}"`)
  return jsonReply(
    401,
    { error: { code: 'InvalidAuthenticationToken', message: parameters['error'] ?? 'Access token is missing' } },
    { 'www-authenticate': `Bearer ${quoted.join(', ')}` },
  )
}
