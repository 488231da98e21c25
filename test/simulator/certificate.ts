import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'

/** A certificate and its private key, both PEM. */
export type CertificateAndKey = { readonly certificate: string; readonly privateKey: string }

/** What a server needs to speak TLS, and what a client needs to trust it; all PEM. */
export type ServerCertificate = CertificateAndKey & { readonly ca: string }

const ellipticCurve = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
}
const day = 86_400_000

x509.cryptoProvider.set(webcrypto as Crypto)

const validity = (days: number) => ({
  notBefore: new Date(Date.now() - day),
  notAfter: new Date(Date.now() + days * day),
})

const exportPrivateKey = async (key: CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')

const generate = (algorithm: typeof ellipticCurve | typeof rsa): Promise<CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])

/** Makes a private CA, and a certificate of it for these host names and addresses. */
export const createServerCertificate = async (hosts: readonly string[]): Promise<ServerCertificate> => {
  const [caKeys, keys] = await Promise.all([generate(ellipticCurve), generate(ellipticCurve)])
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Entra simulator CA (not a real identity provider)',
    ...validity(30),
    signingAlgorithm: ellipticCurve,
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  })
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=Entra simulator',
    issuer: ca.subject,
    ...validity(30),
    signingAlgorithm: ellipticCurve,
    signingKey: caKeys.privateKey,
    publicKey: keys.publicKey,
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  })
  return {
    ca: ca.toString('pem'),
    certificate: certificate.toString('pem'),
    privateKey: await exportPrivateKey(keys.privateKey),
  }
}

/** Makes a self-signed RSA certificate such as an app registers for its client assertions. */
export const createClientCertificate = async (commonName: string): Promise<CertificateAndKey> => {
  const keys = await generate(rsa)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    ...validity(30),
    signingAlgorithm: rsa,
    keys,
  })
  return { certificate: certificate.toString('pem'), privateKey: await exportPrivateKey(keys.privateKey) }
}
