import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ConfigurationError } from '../../../src/msal/core/errors.ts'
import { computeThumbprints, encodeThumbprint, readCertificateChain } from '../../../src/msal/oauth/certificate.ts'

const PEM = readFileSync(new URL('../../vectors/fixtures/cert.pem', import.meta.url), 'utf8')
const certificate = new X509Certificate(PEM)
const BASE64 = certificate.raw.toString('base64')
const isRefusal = (error: unknown) => error instanceof ConfigurationError && error.argument === 'here'

describe('A certificate chain', () => {
  const other = Buffer.concat([certificate.raw.subarray(0, -1), Buffer.of(0)]).toString('base64')
  const wrap = (base64: string) => `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`
  const cases = [
    { name: 'one certificate, its lines joined', pem: PEM, x5c: [BASE64] },
    { name: 'Windows line ends', pem: PEM.replaceAll('\n', '\r\n'), x5c: [BASE64] },
    { name: 'several in the order given', pem: wrap(other) + wrap(BASE64), x5c: [other, BASE64] },
    {
      name: 'text and a key around it left out',
      pem: `subject=x\n${PEM}-----BEGIN PRIVATE KEY-----\nMII=\n`,
      x5c: [BASE64],
    },
    { name: 'base64 alone', pem: ` ${BASE64}\n`, x5c: [BASE64] },
  ]
  for (const { name, pem, x5c } of cases)
    it(`is read: ${name}`, () => assert.deepEqual(readCertificateChain(pem, 'here'), x5c))

  const refused = {
    'empty text': '',
    'a private key': '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----',
    'no base64': wrap('%%%'),
    'a certificate that is cut off': wrap(BASE64.slice(0, -8)),
    'something after the certificate': wrap(Buffer.concat([certificate.raw, Buffer.of(0)]).toString('base64')),
    'an empty block': wrap(''),
    'another kind of DER': wrap(Buffer.from([0x31, 0x82, 0, 1, 0]).toString('base64')),
    'a bad one after a good one': wrap(BASE64) + wrap('AAAA'),
  }
  for (const [name, pem] of Object.entries(refused))
    it(`is refused: ${name}`, () => assert.throws(() => readCertificateChain(pem, 'here'), isRefusal))
})

describe('A thumbprint', () => {
  it('is computed as Node computes it', async () => {
    const { x5t, x5tS256 } = await computeThumbprints(BASE64)
    const toHex = (text: string) => Buffer.from(text, 'base64url').toString('hex').toUpperCase()
    assert.equal(toHex(x5t), certificate.fingerprint.replaceAll(':', ''))
    assert.equal(toHex(x5tS256), certificate.fingerprint256.replaceAll(':', ''))
  })

  const plain = certificate.fingerprint.replaceAll(':', '')
  for (const [name, hex] of Object.entries({
    'as it is': plain,
    'in lower case': plain.toLowerCase(),
    'with colons': certificate.fingerprint,
    'with spaces, after the mark that Windows copies along': `\u200e${certificate.fingerprint.replaceAll(':', ' ')}`,
  }))
    it(`is taken in hex ${name}`, () =>
      assert.equal(encodeThumbprint(hex, 'here'), Buffer.from(plain, 'hex').toString('base64url')))

  for (const [name, hex] of Object.entries({
    'of SHA-256': certificate.fingerprint256,
    'with a digit too few': plain.slice(1),
    'in base64url': 'DoYTsLPvR35NjHHc8sPptXx9HYM',
    'with a letter that is no digit': plain.replace(/.$/, 'G'),
  }))
    it(`is refused ${name}`, () => assert.throws(() => encodeThumbprint(hex, 'here'), isRefusal))
})
