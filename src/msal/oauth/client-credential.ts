import { ConfigurationError } from '../core/errors.ts'
import { isJsonObject, parseJsonObject, type JsonObject } from '../core/json.ts'
import type { Platform } from '../core/ports.ts'
import { Secret } from '../core/secret.ts'
import { computeThumbprints, encodeThumbprint, readCertificateChain } from './certificate.ts'
import { authenticateByAssertion, authenticateByCertificate, type ClientAssertionCallback } from './client-assertion.ts'
import { authenticateBySecret, type ClientAuthentication } from './client-authentication.ts'

/**
 * A private key in PEM, and the certificate or the SHA-1 thumbprint of the one that belongs to it; of a plain OpenID
 * provider, which may know the key itself, neither is needed.
 */
export interface PrivateKeyCredential {
  /** An RSA key in PEM: PKCS#8 or PKCS#1, encrypted or not. */
  readonly privateKey: string
  /** SHA-1 in hex; may be left out where `publicCertificate` is given, and should be except for AD FS. */
  readonly thumbprint?: string | undefined
  /** Of an encrypted `privateKey`. */
  readonly passphrase?: string | undefined
  /** PEM of the certificate, and of those it was issued by after it; sent along for subject name and issuer authentication. */
  readonly publicCertificate?: string | undefined
}

/** A PKCS#12 file that holds an RSA key and its certificate. */
export interface PfxCredential {
  /** Read on first use; at most 1 MB. */
  readonly privateKeyPfxPath: string
  /** Of the file, where it has one. */
  readonly passphrase?: string | undefined
  /** `true` sends the file's certificate along for subject name and issuer authentication; PEM text sends that instead. */
  readonly publicCertificate?: boolean | string | undefined
}

/** An assertion from elsewhere: ready-made, which lasts until it expires, or a callback for each token request. */
export interface AssertionCredential {
  /** A JWT (RFC 7523), or what returns one. */
  readonly clientAssertion: string | ClientAssertionCallback
}

/** How a confidential client proves its identity; text is a client secret. */
export type ClientCredential =
  | string
  | Without<PrivateKeyCredential, 'privateKeyPfxPath' | 'clientAssertion'>
  | Without<PfxCredential, 'privateKey' | 'clientAssertion'>
  | Without<AssertionCredential, 'privateKey' | 'privateKeyPfxPath'>

/** So that the compiler refuses a mixture; an empty member counts as absent. */
type Without<Credential, Members extends string> = Credential & Readonly<Partial<Record<Members, '' | undefined>>>

/** What belongs to a credential. */
export interface CredentialOptions {
  /** Claims of the signed assertion besides the default ones, or in their place. */
  readonly clientClaims?: JsonObject | undefined
  /** Whether a key may come without a certificate. */
  readonly isOpenId?: boolean | undefined
  readonly platform: Pick<Platform, 'clock' | 'readPrivateKey' | 'readPkcs12'>
}

const MEMBERS = {
  privateKey: ['privateKey', 'thumbprint', 'passphrase', 'publicCertificate'],
  privateKeyPfxPath: ['privateKeyPfxPath', 'passphrase', 'publicCertificate'],
  clientAssertion: ['clientAssertion'],
} as const

type Form = keyof typeof MEMBERS
const FORMS = Object.keys(MEMBERS) as readonly Form[]

/**
 * Makes the client authentication of a credential; a key in PEM is read at once, a PFX file on first use.
 *
 * @throws {ConfigurationError} naming `clientCredential`, its member or `clientClaims`
 */
export function authenticateByCredential(credential: unknown, options: CredentialOptions): ClientAuthentication {
  const claims = readClientClaims(options.clientClaims)
  if (typeof credential === 'string' && credential) return authenticateBySecret(credential)
  if (!isJsonObject(credential)) throw createShapeError()
  const form = findForm(credential)
  const { platform } = options
  const signing = { claims, clock: platform.clock }
  switch (form) {
    case 'clientAssertion':
      return authenticateByAssertion(readAssertion(credential))
    case 'privateKey':
      return authenticateByCertificate(preparePrivateKey(credential, options), signing)
    case 'privateKeyPfxPath':
      return authenticateByCertificate(preparePfx(credential, platform), signing)
  }
}

/** The one form that a credential has; an empty member counts as absent, as one from an unset variable. */
function findForm(credential: JsonObject): Form {
  const given = Object.keys(credential).filter((name) => !isAbsent(credential[name]))
  const [form, ...others] = FORMS.filter((name) => given.includes(name))
  if (!form || others.length) throw createShapeError()
  const stranger = given.find((name) => !MEMBERS[form].some((member) => member === name))
  if (stranger !== undefined)
    throw new ConfigurationError('clientCredential', `${stranger} does not go together with ${form}`)
  return form
}

const isAbsent = (value: unknown): boolean => value == null || value === ''

const createShapeError = () =>
  new ConfigurationError('clientCredential', `a client secret, or an object with one of ${FORMS.join(', ')} is needed`)

function readAssertion({ clientAssertion }: JsonObject): string | ClientAssertionCallback {
  if (typeof clientAssertion === 'string') return clientAssertion
  if (isCallback(clientAssertion)) return clientAssertion
  throw new ConfigurationError('clientCredential.clientAssertion', 'text or a function is needed')
}

const isCallback = (value: unknown): value is ClientAssertionCallback => typeof value === 'function'

function preparePrivateKey(credential: JsonObject, { platform, isOpenId }: CredentialOptions) {
  const pem = readSecret(credential, 'privateKey')
  const thumbprint = readText(credential, 'thumbprint')
  const publicCertificate = readText(credential, 'publicCertificate')
  const passphrase = readSecret(credential, 'passphrase')
  const x5t = thumbprint && encodeThumbprint(thumbprint, 'clientCredential.thumbprint')
  const x5c = publicCertificate && readCertificateChain(publicCertificate, 'clientCredential.publicCertificate')
  const privateKey = platform.readPrivateKey({ pem, passphrase })
  if (x5t) return () => Promise.resolve({ privateKey, x5t, ...(x5c && { x5c }) })
  if (x5c) return async () => ({ privateKey, x5c, ...(await computeThumbprints(x5c[0])) })
  if (isOpenId) return () => Promise.resolve({ privateKey })
  throw new ConfigurationError('clientCredential', 'privateKey needs publicCertificate, or thumbprint, beside it')
}

function preparePfx(credential: JsonObject, platform: CredentialOptions['platform']) {
  const path = readText(credential, 'privateKeyPfxPath') ?? ''
  const passphrase = readSecret(credential, 'passphrase')
  const { publicCertificate } = credential
  const isFlag = typeof publicCertificate === 'boolean'
  const pem = isFlag ? undefined : readText(credential, 'publicCertificate')
  const others = pem && readCertificateChain(pem, 'clientCredential.publicCertificate')
  return async () => {
    const { privateKey, certificate } = await platform.readPkcs12({ path, passphrase })
    const [own] = readCertificateChain(certificate, 'clientCredential.privateKeyPfxPath')
    const x5c = publicCertificate === true ? [own] : others
    return { privateKey, ...(x5c && { x5c }), ...(await computeThumbprints(own)) }
  }
}

/** A member that must be text; empty counts as absent. */
function readText(credential: JsonObject, name: string): string | undefined {
  const value = credential[name]
  if (isAbsent(value)) return undefined
  if (typeof value === 'string') return value
  throw new ConfigurationError(`clientCredential.${name}`, 'text is needed')
}

const readSecret = (credential: JsonObject, name: string): Secret => new Secret(readText(credential, name) ?? '')

/** The claims as JSON says them, so that a later change of the object changes nothing. */
function readClientClaims(claims: unknown): JsonObject {
  if (claims === undefined) return {}
  const parsed = isJsonObject(claims) ? copyAsJson(claims) : undefined
  if (!parsed) throw new ConfigurationError('clientClaims', 'an object that can be written as JSON is needed')
  return parsed
}

function copyAsJson(claims: JsonObject): JsonObject | undefined {
  try {
    return parseJsonObject(JSON.stringify(claims))
  } catch {
    return undefined
  }
}
