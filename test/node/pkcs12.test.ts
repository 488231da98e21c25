import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { ConfigurationError } from '../../src/msal/core/errors.ts'
import { Secret } from '../../src/msal/core/secret.ts'
import { readPkcs12 } from '../../src/node/pkcs12.ts'

const shared = (name: string) => fileURLToPath(new URL(`../vectors/fixtures/${name}`, import.meta.url))
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
const read = (file: string, passphrase = '') => readPkcs12({ path: file, passphrase: new Secret(passphrase) })

const refuses = (file: string, passphrase: string, expected: { argument: string; problem: RegExp }) =>
  assert.rejects(read(file, passphrase), (error: unknown) => {
    assert.ok(error instanceof ConfigurationError)
    assert.equal(error.argument, `clientCredential.${expected.argument}`)
    assert.match(error.message, expected.problem)
    if (passphrase) assert.ok(!inspect(error).includes(passphrase), 'the passphrase is in the error')
    return true
  })

describe('A PFX file', () => {
  const readable = [
    { of: 'OpenSSL 3 (AES-256, HMAC-SHA256)', file: shared('cert.pfx'), passphrase: 'hunter2' },
    { of: 'OpenSSL 3 with an empty passphrase', file: shared('cert-nopass.pfx'), passphrase: '' },
    { of: 'a writer that used no passphrase at all', file: fixture('no-passphrase.pfx'), passphrase: '' },
    { of: 'OpenSSL 1 (RC2-40, 3DES, SHA-1)', file: fixture('legacy-rc2.pfx'), passphrase: 'hunter2' },
    { of: 'older Windows (3DES, SHA-1)', file: fixture('triple-des.pfx'), passphrase: 'hunter2' },
    { of: 'a writer that left the integrity check out', file: fixture('no-mac.pfx'), passphrase: 'hunter2' },
    { of: 'OpenSSL 3 with an umlaut in the passphrase', file: fixture('umlaut-aes.pfx'), passphrase: 'Größe' },
    { of: 'OpenSSL 1 with an umlaut in the passphrase', file: fixture('umlaut-legacy.pfx'), passphrase: 'Größe' },
    { of: 'a writer that put the issuer first', file: fixture('issuer-first.pfx'), passphrase: 'hunter2' },
  ]
  for (const { of, file, passphrase } of readable)
    it(`of ${of} gives its key and the certificate that belongs to it`, async () => {
      const { privateKey, certificate } = await read(file, passphrase)
      const own = new X509Certificate(await readFile(shared('cert.pem')))
      assert.equal(new X509Certificate(certificate).fingerprint256, own.fingerprint256)
      assert.equal(privateKey.reveal(), await readFile(shared('key.pem'), 'utf8'))
      assert.ok(!inspect(privateKey, { showHidden: true }).includes('PRIVATE KEY'))
    })

  const wrong = { argument: 'passphrase', problem: /does not open the PFX file/ }
  const refused: readonly {
    why: string
    file: string
    argument?: string
    problem: RegExp
    passphrase?: string
  }[] = [
    { why: 'a wrong passphrase', file: shared('cert.pfx'), passphrase: 'not-it', ...wrong },
    { why: 'a missing passphrase', file: shared('cert.pfx'), passphrase: '', ...wrong },
    { why: 'a wrong passphrase with umlauts', file: fixture('umlaut-aes.pfx'), passphrase: 'Grüße', ...wrong },
    { why: 'a wrong passphrase of a legacy file', file: fixture('legacy-rc2.pfx'), passphrase: 'not-it', ...wrong },
    { why: 'a wrong passphrase without a MAC', file: fixture('no-mac.pfx'), passphrase: 'not-it', ...wrong },
    { why: 'a file without a key', file: fixture('no-key.pfx'), problem: /holds no private key/ },
    { why: 'a file without a certificate', file: fixture('no-certificate.pfx'), problem: /holds no certificate$/ },
    {
      why: "another key's certificate",
      file: fixture('other-certificate.pfx'),
      problem: /no certificate that belongs/,
    },
    { why: 'an elliptic-curve key', file: fixture('elliptic-curve.pfx'), problem: /RSA key is needed.*this one is ec/ },
    { why: 'a file that is PEM', file: shared('cert.pem'), problem: /is no PFX, damaged/ },
    { why: 'a missing file', file: fixture('missing.pfx'), problem: /there is no such file/ },
    { why: 'a folder', file: fixture('.'), problem: /is no file/ },
    { why: 'a path through a file', file: `${shared('cert.pfx')}/x`, problem: /can not be read/ },
  ]
  for (const { why, file, argument = 'privateKeyPfxPath', problem, passphrase } of refused)
    it(`is refused for ${why}`, () => refuses(file, passphrase ?? 'hunter2', { argument, problem }))

  describe('of some size', () => {
    let folder = ''
    before(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'pfx-'))))
    after(() => rm(folder, { recursive: true, force: true }))

    it('is refused over 1 MB without being read, and looked into up to there', async () => {
      const file = path.join(folder, 'large.pfx')
      await writeFile(file, '')
      await truncate(file, 1024 * 1024 + 1)
      await refuses(file, 'hunter2', { argument: 'privateKeyPfxPath', problem: /larger than 1 MB/ })
      await truncate(file, 1024 * 1024)
      await refuses(file, 'hunter2', { argument: 'privateKeyPfxPath', problem: /is no PFX/ })
    })

    it('is refused when it was cut off', async () => {
      const file = path.join(folder, 'cut.pfx')
      await writeFile(file, (await readFile(shared('cert.pfx'))).subarray(0, 2000))
      await refuses(file, 'hunter2', { argument: 'passphrase', problem: /or the file is damaged/ })
    })
  })
})
