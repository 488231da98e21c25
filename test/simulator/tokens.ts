import { createHash, randomBytes } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type JSONWebKeySet, type JWTPayload } from 'jose'
import type { ClaimsRequest } from './claims.ts'
import type { ResourceScopes, ScopeRequest } from './scopes.ts'
import type { SignIn, Simulation } from './simulation.ts'
import { homeObjectId, type App, type Platform, type Resource, type Tenant, type User } from './world.ts'

const day = 86_400
const refreshTokenLifetime: Readonly<Record<Platform, number>> = { native: 90 * day, web: 90 * day, spa: day }

/** The keys that sign tokens. */
export type SigningKeys = {
  readonly sign: (claims: JWTPayload) => Promise<string>
  readonly jwks: () => JSONWebKeySet
  /** Signs with a new key from now on; the old one stays published unless it is to be withdrawn. */
  readonly rotate: (withdraw?: boolean) => Promise<void>
}

/** Makes the first signing key. */
export const createSigningKeys = async (): Promise<SigningKeys> => {
  const make = async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
    const jwk = await exportJWK(publicKey)
    return { privateKey, jwk: { ...jwk, use: 'sig', kid: await calculateJwkThumbprint(jwk) } }
  }
  let current = await make()
  let published = [current.jwk]
  return {
    sign: (claims) =>
      new SignJWT(claims)
        .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: current.jwk.kid })
        .sign(current.privateKey),
    jwks: () => ({ keys: published }),
    rotate: async (withdraw = false) => {
      current = await make()
      published = withdraw ? [current.jwk] : [current.jwk, ...published]
    },
  }
}

/** Who a token is issued to, and where. */
export type Recipient = {
  readonly simulation: Simulation
  readonly origin: string
  readonly tenant: Tenant
  readonly app: App
  /** Entra's `azpacr`: public client, secret, certificate. */
  readonly clientAuthentication: '0' | '1' | '2'
}

/** A person's token request that nothing speaks against any more. */
export type UserTokens = {
  readonly signIn: SignIn
  readonly platform: Platform
  readonly scopes: ScopeRequest
  readonly target: ResourceScopes
  readonly claims: ClaimsRequest
  readonly nonce: string | undefined
  readonly clientInfo: boolean
  /** The chain that a refresh token is to go on with; undefined: none is issued. */
  readonly chain: string | undefined
  /** What the refresh token is good for without a `scope` of its own. */
  readonly scope: string
}

/** The token endpoint's answer for a person. */
export const issueUserTokens = async (recipient: Recipient, grant: UserTokens): Promise<Record<string, unknown>> => {
  const { simulation, app } = recipient
  const { openId } = grant.scopes
  const scope = [...grant.target.written, ...[...openId].filter((name) => name !== 'offline_access')].join(' ')
  return {
    token_type: 'Bearer',
    scope,
    ...expiry(simulation),
    access_token: await signAccessToken(recipient, accessTokenPayload(recipient, grant), grant.signIn.user),
    ...(grant.chain !== undefined && refreshToken(recipient, { ...grant, chain: grant.chain })),
    ...(app.foci !== undefined && grant.chain !== undefined && { foci: app.foci }),
    ...(openId.has('openid') && { id_token: await signIdToken(recipient, grant) }),
    ...(grant.clientInfo && { client_info: clientInfo(grant.signIn.user) }),
  }
}

/** The token endpoint's answer for an app that acts as itself. */
export const issueAppTokens = async (
  recipient: Recipient,
  resource: Resource,
  claims: ClaimsRequest,
): Promise<Record<string, unknown>> => ({
  token_type: 'Bearer',
  ...expiry(recipient.simulation),
  access_token: await signAccessToken(recipient, appTokenPayload(recipient, resource, claims), undefined),
})

/** `client_info`: the home account, base64url JSON. */
export const clientInfo = (user: User): string =>
  Buffer.from(JSON.stringify({ uid: homeObjectId(user), utid: user.tenantId })).toString('base64url')

/** A value nobody can guess, for codes, refresh tokens and cookies. */
export const randomHandle = (prefix = ''): string => prefix + randomBytes(32).toString('base64url')

const expiry = ({ settings }: Simulation) => ({
  expires_in: settings.accessTokenLifetime,
  ext_expires_in: settings.accessTokenLifetime,
  ...(settings.refreshIn !== undefined && { refresh_in: settings.refreshIn }),
})

const refreshToken = (recipient: Recipient, grant: UserTokens & { readonly chain: string }) => {
  const { simulation, app } = recipient
  const value = randomHandle('1.')
  simulation.store.refreshTokens.set(value, {
    app,
    platform: grant.platform,
    signIn: grant.signIn,
    scope: grant.scope,
    chain: grant.chain,
    expiresAt: simulation.clock.now() + refreshTokenLifetime[grant.platform],
    redeemed: false,
    validity: 'live',
  })
  return {
    refresh_token: value,
    ...(grant.platform === 'spa' && { refresh_token_expires_in: refreshTokenLifetime.spa }),
  }
}

const signAccessToken = (recipient: Recipient, claims: JWTPayload, user: User | undefined): Promise<string> => {
  const { simulation } = recipient
  const uti = randomHandle()
  simulation.store.accessTokens.set(uti, { user, validity: 'live' })
  return simulation.keys.sign({
    ...times(recipient, simulation.settings.accessTokenLifetime),
    azp: recipient.app.clientId,
    azpacr: recipient.clientAuthentication,
    tid: recipient.tenant.id,
    uti,
    ver: '2.0',
    ...claims,
  })
}

const accessTokenPayload = (recipient: Recipient, { target, signIn, claims }: UserTokens): JWTPayload => ({
  aud: target.resource.audience,
  ...personClaims(recipient, signIn),
  scp: target.names.join(' '),
  sub: pairwiseSubject(target.resource.appId, signIn.user),
  amr: [...signIn.methods],
  ...(claims.acrs.length > 0 && { acrs: [...claims.acrs] }),
  ...capabilityClaims(claims),
})

const appTokenPayload = ({ app }: Recipient, resource: Resource, claims: ClaimsRequest): JWTPayload => ({
  aud: resource.audience,
  idtyp: 'app',
  oid: pairwiseSubject('service principal', app),
  sub: pairwiseSubject('service principal', app),
  roles: [...resource.roles],
  ...capabilityClaims(claims),
})

const signIdToken = (recipient: Recipient, grant: UserTokens): Promise<string> =>
  recipient.simulation.keys.sign({
    aud: recipient.app.clientId,
    ...times(recipient, 3600),
    ...personClaims(recipient, grant.signIn),
    sub: pairwiseSubject(recipient.app.clientId, grant.signIn.user),
    tid: recipient.tenant.id,
    uti: randomHandle(),
    ver: '2.0',
    ...(grant.nonce !== undefined && { nonce: grant.nonce }),
    auth_time: grant.signIn.authTime,
    ...(grant.scopes.openId.has('email') && { email: grant.signIn.user.username }),
  })

const times = ({ origin, tenant, simulation }: Recipient, lifetime: number) => {
  const now = simulation.clock.now()
  return { iss: `${origin}/${tenant.id}/v2.0`, iat: now, nbf: now, exp: now + lifetime }
}

const personClaims = ({ origin, tenant }: Recipient, { user, sessionId }: SignIn) => ({
  name: user.displayName,
  preferred_username: user.username,
  oid: user.objectIds.get(tenant.id)!,
  sid: sessionId,
  ...(user.tenantId !== tenant.id && { idp: `${origin}/${user.tenantId}/v2.0` }),
})

const capabilityClaims = ({ capabilities }: ClaimsRequest) => ({
  ...(capabilities.length > 0 && { xms_cc: [...capabilities] }),
})

const pairwiseSubject = (sector: string, subject: User | App): string =>
  createHash('sha256')
    .update(`${sector}\n${'clientId' in subject ? subject.clientId : homeObjectId(subject)}`)
    .digest('base64url')
