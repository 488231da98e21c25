import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { asn1 as Asn1, pkcs12 as Pkcs12 } from 'node-forge'
import { ConfigurationError } from '../msal/core/errors.ts'
import type { KeyWithCertificate, Pkcs12Source } from '../msal/core/ports.ts'
import { exportRsaKey } from './private-key.ts'

const PATH = 'clientCredential.privateKeyPfxPath'
const LARGEST_FILE_BYTES = 1024 * 1024

type Forge = typeof import('node-forge')

/** Loaded by the first file that is read; few clients have one. */
const loadForge = async (): Promise<Forge> => (await import('node-forge')).default

/**
 * The private key of a PKCS#12 file (PFX) and the certificate that belongs to it.
 *
 * @throws {ConfigurationError} naming `clientCredential.privateKeyPfxPath` or `clientCredential.passphrase`
 * @see https://www.rfc-editor.org/rfc/rfc7292
 */
export async function readPkcs12({ path, passphrase }: Pkcs12Source): Promise<KeyWithCertificate> {
  const bytes = await readSmallFile(path)
  const { keys, certificates } = openFile(await loadForge(), bytes, passphrase.reveal())
  if (!keys.length) throw new ConfigurationError(PATH, 'the file holds no private key')
  if (!certificates.length) throw new ConfigurationError(PATH, 'the file holds no certificate')
  for (const key of keys) {
    const certificate = certificates.find((candidate) => candidate.checkPrivateKey(key))
    if (certificate) return { privateKey: exportRsaKey(key, PATH), certificate: certificate.toString() }
  }
  throw new ConfigurationError(PATH, 'the file holds no certificate that belongs to its private key')
}

async function readSmallFile(path: string): Promise<Buffer> {
  try {
    const found = await stat(path)
    if (!found.isFile()) throw new ConfigurationError(PATH, 'is no file')
    if (found.size > LARGEST_FILE_BYTES) throw new ConfigurationError(PATH, 'the file is larger than 1 MB')
    return await readFile(path)
  } catch (error) {
    if (error instanceof ConfigurationError) throw error
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw new ConfigurationError(PATH, isMissing ? 'there is no such file' : 'the file can not be read', {
      cause: error,
    })
  }
}

function openFile(forge: Forge, bytes: Buffer, passphrase: string) {
  try {
    const pfx = decrypt(forge, forge.asn1.fromDer(bytes.toString('latin1'), false), passphrase)
    const bags = pfx.safeContents.flatMap(({ safeBags }) => safeBags)
    return {
      keys: bags.flatMap((bag) => readKey(forge, bag) ?? []),
      certificates: bags.flatMap((bag) => readCertificate(forge, bag) ?? []),
    }
  } catch (error) {
    throw isPassphraseError(error)
      ? new ConfigurationError('clientCredential.passphrase', 'does not open the PFX file, or the file is damaged')
      : new ConfigurationError(PATH, 'the file is no PFX, damaged, or protected in a way that can not be read', {
          cause: error,
        })
  }
}

function decrypt(forge: Forge, pfx: Asn1.Asn1, passphrase: string): Pkcs12.Pkcs12Pfx {
  try {
    return forge.pkcs12.pkcs12FromAsn1(pfx, false, passphrase)
  } catch (error) {
    // No passphrase is written in two ways: as an empty one, and as none at all.
    if (passphrase === '') return forge.pkcs12.pkcs12FromAsn1(pfx, false)
    if (isMacError(error) || isAscii(passphrase) || !Array.isArray(pfx.value)) throw error
    // The file's integrity was checked with the passphrase in UTF-16, as RFC 7292 has it; newer ciphers take UTF-8.
    const withoutMac = { ...pfx, value: pfx.value.slice(0, 2) }
    return forge.pkcs12.pkcs12FromAsn1(withoutMac, false, forge.util.encodeUtf8(passphrase))
  }
}

const isAscii = (text: string): boolean => !/[^ -~]/.test(text)

const isMacError = (error: unknown): boolean => error instanceof Error && error.message.includes('MAC could not')

const isPassphraseError = (error: unknown): boolean =>
  isMacError(error) || (error instanceof Error && /decrypt/i.test(error.message))

/** A key of whatever kind, decrypted by then; undefined for a bag that holds none. */
function readKey(forge: Forge, bag: Pkcs12.Bag): KeyObject | undefined {
  const { keyBag, pkcs8ShroudedKeyBag } = forge.pki.oids
  if (bag.type !== keyBag && bag.type !== pkcs8ShroudedKeyBag) return undefined
  const info = bag.key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key)) : bag.asn1
  return createPrivateKey({ key: encodeDer(forge, info), format: 'der', type: 'pkcs8' })
}

function readCertificate(forge: Forge, bag: Pkcs12.Bag): X509Certificate | undefined {
  if (bag.type !== forge.pki.oids['certBag']) return undefined
  return new X509Certificate(encodeDer(forge, bag.cert ? forge.pki.certificateToAsn1(bag.cert) : bag.asn1))
}

const encodeDer = (forge: Forge, value: Asn1.Asn1): Buffer => Buffer.from(forge.asn1.toDer(value).getBytes(), 'latin1')
