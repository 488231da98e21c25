import { importPKCS8, SignJWT, type JWTHeaderParameters } from 'jose'
import { ConfigurationError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Clock } from '../core/ports.ts'
import { Secret } from '../core/secret.ts'
import { reuseAssertions } from './assertion-reuse.ts'
import type { ClientCertificate } from './certificate.ts'
import type { ClientAuthentication, ClientAuthenticationRequest } from './client-authentication.ts'

/** The token request that an assertion is for. */
export interface ClientAssertionContext {
  /** For `iss` and `sub`. */
  readonly clientId: string
  /** For `aud`. */
  readonly tokenEndpoint: string
  /** Of `acquireTokenForClient`, where it was given. */
  readonly fmiPath?: string
}

/** Gets an assertion from elsewhere, as a file that the platform renews; called for each token request. */
export type ClientAssertionCallback = (context: ClientAssertionContext) => string | Promise<string>

/** How assertions are signed. */
export interface SigningOptions {
  /** Claims besides the default ones, or in their place. */
  readonly claims: JsonObject
  readonly clock: Clock
}

const LIFETIME_SECONDS = 600
const REUSE_SECONDS = LIFETIME_SECONDS - 60

/**
 * Proves the client's identity by assertions that a certificate's key signs: PS256 and a SHA-256 thumbprint, or RS256 and
 * SHA-1 for AD FS and where only that thumbprint is known. Each is used for nine of its ten minutes.
 *
 * @param load - yields the certificate; called on first use, and again after a failure
 * @see https://www.rfc-editor.org/rfc/rfc7523#section-2.2
 * @see https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 */
export function authenticateByCertificate(
  load: () => Promise<ClientCertificate>,
  { claims, clock }: SigningOptions,
): ClientAuthentication {
  let certificate: Promise<ClientCertificate> | undefined
  const loadOnce = () => {
    certificate ??= load().catch((error: unknown) => {
      certificate = undefined
      throw error
    })
    return certificate
  }
  const create = async (request: ClientAuthenticationRequest) => {
    const payload = { ...createClaims(request, Math.floor(clock.now() / 1000)), ...claims }
    return signAssertion(await loadOnce(), payload, request)
  }
  const reuse = reuseAssertions(create, {
    keyOf: ({ tokenEndpoint, isAdfs }) => JSON.stringify([tokenEndpoint, isAdfs]),
    // When it expires is then the caller's affair.
    seconds: 'exp' in claims ? 0 : REUSE_SECONDS,
    clock,
  })
  // A plain OpenID provider takes each assertion once (OpenID Connect Core 1.0 section 9).
  return async (request) => createProof(await (request.provider ? create : reuse)(request))
}

/**
 * Proves the client's identity by assertions that come from elsewhere (workload identity federation).
 *
 * @param assertion - one that is ready, used as it is until it expires; or a callback, whose own errors are passed on
 */
export function authenticateByAssertion(assertion: string | ClientAssertionCallback): ClientAuthentication {
  if (typeof assertion === 'string') {
    const secret = new Secret(assertion)
    return () => Promise.resolve(createProof(secret.reveal()))
  }
  return async ({ clientId, tokenEndpoint, fmiPath }) => {
    const text: unknown = await assertion({ clientId, tokenEndpoint, ...(fmiPath !== undefined && { fmiPath }) })
    if (typeof text !== 'string' || !text)
      throw new ConfigurationError('clientCredential.clientAssertion', 'the callback must return an assertion as text')
    return createProof(text)
  }
}

const createProof = (assertion: string) => ({
  form: {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  },
})

const createClaims = ({ clientId, tokenEndpoint }: ClientAuthenticationRequest, now: number): JsonObject => ({
  aud: tokenEndpoint,
  iss: clientId,
  sub: clientId,
  exp: now + LIFETIME_SECONDS,
  iat: now,
  jti: crypto.randomUUID(),
})

async function signAssertion(
  certificate: ClientCertificate,
  payload: JsonObject,
  { isAdfs, provider }: ClientAuthenticationRequest,
): Promise<string> {
  const { x5t, x5tS256, x5c } = certificate
  const isModern = x5tS256 !== undefined && !isAdfs
  const preferred = isModern ? ['PS256', 'RS256'] : ['RS256', 'PS256']
  const alg = preferred.find((name) => provider?.algorithms?.includes(name) ?? true) ?? 'RS256'
  const header: JWTHeaderParameters = {
    alg,
    ...(isModern ? { 'x5t#S256': x5tS256 } : x5t !== undefined && { x5t }),
    typ: 'JWT',
    ...(x5c && { x5c: [...x5c] }),
  }
  const key = await importPKCS8(certificate.privateKey.reveal(), alg)
  return new SignJWT({ ...payload }).setProtectedHeader(header).sign(key)
}
