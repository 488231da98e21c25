import { createPrivateKey, type KeyObject } from 'node:crypto'
import { ConfigurationError } from '../msal/core/errors.ts'
import type { PrivateKeySource } from '../msal/core/ports.ts'
import { Secret } from '../msal/core/secret.ts'

const PEM_PRIVATE_KEY = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----[\s\S]+?-----END \1PRIVATE KEY-----/
const ENCRYPTED = /ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m

/**
 * The private key in PEM text, decrypted; text around it is left out.
 *
 * @returns PKCS#8 PEM
 * @throws {ConfigurationError} naming `clientCredential.privateKey` or `clientCredential.passphrase`
 */
export function readPrivateKey(source: PrivateKeySource): Secret {
  const passphrase = source.passphrase.reveal()
  const [block] = PEM_PRIVATE_KEY.exec(source.pem.reveal()) ?? []
  if (block === undefined) throw new ConfigurationError('clientCredential.privateKey', 'holds no private key in PEM')
  const isEncrypted = ENCRYPTED.test(block)
  if (isEncrypted && !passphrase)
    throw new ConfigurationError('clientCredential.passphrase', 'is needed, for the private key is encrypted')
  return exportRsaKey(parseKey(block, isEncrypted ? passphrase : undefined), 'clientCredential.privateKey')
}

function parseKey(pem: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(passphrase !== undefined && { passphrase }) })
  } catch (cause) {
    throw passphrase === undefined
      ? new ConfigurationError('clientCredential.privateKey', 'holds a private key that can not be read', { cause })
      : new ConfigurationError('clientCredential.passphrase', 'does not open the private key, or the key is damaged', {
          cause,
        })
  }
}

/**
 * A key as PKCS#8 PEM, if Entra takes its kind.
 *
 * @throws {ConfigurationError} naming `argument`
 * @see https://learn.microsoft.com/entra/identity-platform/certificate-credentials#header
 */
export function exportRsaKey(key: KeyObject, argument: string): Secret {
  if (key.asymmetricKeyType !== 'rsa')
    throw new ConfigurationError(
      argument,
      `an RSA key is needed, for Entra takes no other; this one is ${key.asymmetricKeyType ?? 'secret'}`,
    )
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048)
    throw new ConfigurationError(argument, 'an RSA key of 2048 bits or more is needed')
  return new Secret(key.export({ format: 'pem', type: 'pkcs8' }).toString())
}
