import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto'
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JWTPayload,
  type ProtectedHeaderParameters,
} from 'jose'
import { AadstsError } from './errors.ts'
import type { HttpRequest } from './http.ts'
import type { Simulation } from './simulation.ts'
import { findApp, type App } from './world.ts'

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
// MSAL Node rounds an assertion's `nbf` up, and clocks differ.
const clockTolerance = 300
const audiencePath = /^\/[^/]+\/(oauth2\/v2\.0\/token|v2\.0\/?)$/

/** A client that has been recognised; `method` is Entra's `azpacr`. */
export type Client = { readonly app: App; readonly method: '0' | '1' | '2' }

/** The app that a request names, without asking for proof. */
export const findClient = (simulation: Simulation, parameters: URLSearchParams, tenant: string): App => {
  const clientId = parameters.get('client_id')
  if (clientId === null || clientId === '') throw new AadstsError(900144, { values: ['client_id'] })
  const app = findApp(simulation.world, clientId)
  if (app === undefined) throw new AadstsError(700016, { values: [clientId, tenant] })
  return app
}

/** Checks who calls the token endpoint: a secret (body or Basic) or an assertion for confidential clients, nothing for public ones. */
export const authenticateClient = async (
  simulation: Simulation,
  request: HttpRequest,
  tenant: string,
): Promise<Client> => {
  const credentials = readCredentials(request)
  const app = findClient(simulation, credentials.parameters, tenant)
  const { secret, assertion } = credentials
  if (app.type === 'public') {
    if (secret !== undefined || assertion !== undefined) throw new AadstsError(700025)
    return { app, method: '0' }
  }
  if (assertion !== undefined) {
    await checkAssertion(app, assertion, simulation.origins)
    return { app, method: '2' }
  }
  if (secret === undefined) {
    throw new AadstsError(request.form.get('grant_type') === 'client_credentials' ? 7000216 : 7000218)
  }
  if (!equal(secret, app.secret ?? '')) throw new AadstsError(7000215, { values: [app.clientId] })
  return { app, method: '1' }
}

type Credentials = {
  readonly parameters: URLSearchParams
  readonly secret: string | undefined
  readonly assertion: string | undefined
}

const readCredentials = ({ form, headers }: HttpRequest): Credentials => {
  const basic = /^Basic (.+)$/i.exec(headers.authorization ?? '')?.[1]
  if (basic !== undefined) {
    const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':')
    const decoded = new URLSearchParams(`client_id=${id}&secret=${secret}`)
    return { parameters: decoded, secret: decoded.get('secret') ?? '', assertion: undefined }
  }
  const assertion = form.get('client_assertion_type') === assertionType ? form.get('client_assertion') : null
  return { parameters: form, secret: form.get('client_secret') ?? undefined, assertion: assertion ?? undefined }
}

const equal = (given: string, expected: string): boolean => {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

const checkAssertion = async (app: App, assertion: string, origins: readonly string[]): Promise<void> => {
  const { header, claims } = decode(assertion)
  const certificate = app.certificates.find((pem) => matchesThumbprint(new X509Certificate(pem), header))
  if (certificate === undefined) throw new AadstsError(700027, { values: ['The key was not found.'] })
  try {
    // Assertions are made by the real clock, so they are judged by it, whatever the simulator's says.
    await jwtVerify(assertion, new X509Certificate(certificate).publicKey, {
      algorithms: ['RS256', 'PS256'],
      issuer: app.clientId,
      subject: app.clientId,
      requiredClaims: ['exp', 'jti'],
      clockTolerance,
    })
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new AadstsError(700024)
    if (error instanceof errors.JWTClaimValidationFailed) {
      throw new AadstsError(['nbf', 'iat'].includes(error.claim) ? 700024 : 700027, {
        values: [`The claim ${error.claim} is wrong.`],
      })
    }
    throw new AadstsError(700027, { values: ['The signature is not valid.'] })
  }
  const audiences = [claims.aud].flat()
  if (!audiences.some((audience) => audience !== undefined && isTokenEndpoint(audience, origins))) {
    throw new AadstsError(700023)
  }
}

const decode = (jwt: string): { readonly header: ProtectedHeaderParameters; readonly claims: JWTPayload } => {
  try {
    return { header: decodeProtectedHeader(jwt), claims: decodeJwt(jwt) }
  } catch {
    throw new AadstsError(50027)
  }
}

/** MSAL signs with PS256 and names the certificate by SHA-256, or with RS256 by SHA-1; Python pads the latter. */
const matchesThumbprint = (certificate: X509Certificate, header: ProtectedHeaderParameters): boolean => {
  const thumbprint = (algorithm: 'sha1' | 'sha256'): string =>
    createHash(algorithm).update(certificate.raw).digest('base64url')
  const [sha1, sha256] = [header.x5t, header['x5t#S256']].map((value) =>
    typeof value === 'string' ? value.replace(/=+$/, '') : undefined,
  )
  return sha256 === undefined ? sha1 === thumbprint('sha1') : sha256 === thumbprint('sha256')
}

const isTokenEndpoint = (audience: string, origins: readonly string[]): boolean => {
  const url = URL.canParse(audience) ? new URL(audience) : undefined
  return url !== undefined && origins.includes(url.origin) && audiencePath.test(url.pathname)
}
