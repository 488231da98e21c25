import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { ConfigurationError } from '../../src/msal/core/errors.ts'
import { Secret } from '../../src/msal/core/secret.ts'
import { readPrivateKey } from '../../src/node/private-key.ts'

const shared = (name: string) => readFileSync(new URL(`../vectors/fixtures/${name}`, import.meta.url), 'utf8')
const read = (pem: string, passphrase = '') =>
  readPrivateKey({ pem: new Secret(pem), passphrase: new Secret(passphrase) })

describe('A private key in PEM', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pkcs8 = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  const exportWith = (type: 'pkcs1' | 'pkcs8', cipher: string) =>
    privateKey.export({ format: 'pem', type, cipher, passphrase: 'open sesame' }).toString()

  const readable: readonly { form: string; pem: string; passphrase?: string }[] = [
    { form: 'PKCS#8', pem: pkcs8 },
    { form: 'PKCS#8 with a passphrase that it does not need', pem: pkcs8, passphrase: 'open sesame' },
    { form: 'PKCS#8 with Windows line ends', pem: pkcs8.replaceAll('\n', '\r\n') },
    { form: 'PKCS#1', pem: privateKey.export({ format: 'pem', type: 'pkcs1' }).toString() },
    { form: 'PKCS#8, encrypted', pem: exportWith('pkcs8', 'aes-256-cbc'), passphrase: 'open sesame' },
    {
      form: 'PKCS#1, encrypted as OpenSSL once did',
      pem: exportWith('pkcs1', 'aes-128-cbc'),
      passphrase: 'open sesame',
    },
    { form: 'PKCS#8 after a certificate and other text', pem: `Bag Attributes\n${shared('cert.pem')}${pkcs8}` },
  ]
  for (const { form, pem, passphrase } of readable)
    it(`is read from ${form}`, () => assert.equal(read(pem, passphrase).reveal(), pkcs8))

  it('of the shared vectors is the same, encrypted and not', () =>
    assert.equal(read(shared('key-encrypted.pem'), 'hunter2').reveal(), shared('key.pem')))

  const pemOf = ({ privateKey: key }: { readonly privateKey: KeyObject }) =>
    key.export({ format: 'pem', type: 'pkcs8' }).toString()
  const refused: readonly { why: string; pem: string; passphrase?: string; argument?: string; problem: RegExp }[] = [
    { why: 'a certificate', pem: shared('cert.pem'), problem: /holds no private key/ },
    { why: 'nonsense', pem: 'nonsense', problem: /holds no private key/ },
    { why: 'damage', pem: pkcs8.replace(/\n.{64}\n/, '\n'), problem: /can not be read/ },
    {
      why: 'a wrong passphrase',
      pem: exportWith('pkcs8', 'aes-256-cbc'),
      passphrase: 'open barley',
      argument: 'passphrase',
      problem: /does not open/,
    },
    {
      why: 'a wrong passphrase of the old form',
      pem: exportWith('pkcs1', 'aes-256-cbc'),
      passphrase: 'open barley',
      argument: 'passphrase',
      problem: /does not open/,
    },
    { why: 'a missing passphrase', pem: shared('key-encrypted.pem'), argument: 'passphrase', problem: /is needed/ },
    {
      why: 'a missing passphrase of the old form',
      pem: exportWith('pkcs1', 'aes-256-cbc'),
      argument: 'passphrase',
      problem: /is needed/,
    },
    {
      why: 'an elliptic curve',
      pem: pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
      problem: /RSA key is needed.*this one is ec/,
    },
    {
      why: 'being for RSA-PSS alone',
      pem: pemOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 })),
      problem: /this one is rsa-pss/,
    },
    { why: '1024 bits', pem: pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 })), problem: /2048 bits/ },
  ]
  for (const { why, pem, passphrase, argument = 'privateKey', problem } of refused)
    it(`is refused for ${why}`, () =>
      assert.throws(
        () => read(pem, passphrase),
        (error: unknown) => {
          assert.ok(error instanceof ConfigurationError)
          assert.equal(error.argument, `clientCredential.${argument}`)
          assert.match(error.message, problem)
          const shown = inspect(error)
          assert.ok(
            !shown.includes('open barley') && !shown.includes(pem.slice(100, 140) || 'nonsense'),
            'a secret is in the error',
          )
          return true
        },
      ))
})
