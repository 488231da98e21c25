import { base64url } from 'jose'
import { ConfigurationError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'

/** The key that signs a client's assertions, and how the server finds the certificate that belongs to it, if there is one. */
export interface ClientCertificate {
  /** PKCS#8 PEM of an RSA key. */
  readonly privateKey: Secret
  /** Base64url SHA-1 of the certificate's DER. */
  readonly x5t?: string
  /** Base64url SHA-256 of the same; absent where only a SHA-1 thumbprint is known. */
  readonly x5tS256?: string
  /** Base64 DER of certificates, the key's own first. */
  readonly x5c?: readonly string[]
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/gi

/**
 * The certificates of PEM text in their order, as an `x5c` header takes them; text around them is left out.
 *
 * @param pem - PEM blocks, or the base64 of one certificate alone
 * @throws {ConfigurationError} naming `argument`
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-4.1.6
 */
export function readCertificateChain(pem: string, argument: string): readonly [string, ...string[]] {
  const blocks = [...pem.matchAll(PEM_CERTIFICATE)].map(([, base64 = '']) => base64)
  const [first, ...rest] = (blocks.length ? blocks : [pem]).map((base64) => base64.replace(/\s/g, ''))
  if (first === undefined || ![first, ...rest].every(isCertificateDer))
    throw new ConfigurationError(argument, 'holds no certificate in PEM that can be read')
  return [first, ...rest]
}

/** Whether base64 holds one DER SEQUENCE of the length it claims; every RSA certificate needs a length of two bytes. */
function isCertificateDer(base64: string): boolean {
  const der = decodeBase64(base64)
  const [tag, lengthOfLength, high = 0, low = 0] = der ?? []
  return tag === 0x30 && lengthOfLength === 0x82 && der?.length === 4 + high * 256 + low
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

/**
 * The thumbprints of a certificate.
 *
 * @param certificate - base64 DER
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-4.1.7
 */
export async function computeThumbprints(
  certificate: string,
): Promise<Required<Pick<ClientCertificate, 'x5t' | 'x5tS256'>>> {
  const der = decodeBase64(certificate) ?? new Uint8Array()
  const [sha1, sha256] = await Promise.all(['SHA-1', 'SHA-256'].map((name) => crypto.subtle.digest(name, der)))
  return { x5t: encodeDigest(sha1), x5tS256: encodeDigest(sha256) }
}

const encodeDigest = (digest = new ArrayBuffer(0)): string => base64url.encode(new Uint8Array(digest))

/**
 * A SHA-1 thumbprint as an `x5t` header takes it.
 *
 * @param hex - 40 hex digits, also with colons or spaces, as portals and tools show them
 * @throws {ConfigurationError} naming `argument`
 */
export function encodeThumbprint(hex: string, argument: string): string {
  // Windows puts an invisible left-to-right mark before a thumbprint that is copied from its dialog.
  const digits = hex.replace(/[\s:\u200e]/g, '')
  if (!/^[0-9a-f]{40}$/i.test(digits))
    throw new ConfigurationError(
      argument,
      'a SHA-1 thumbprint of 40 hex digits is needed; with publicCertificate it can be left out',
    )
  return base64url.encode(Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16)))
}
