import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as tls from 'node:tls'
import { ConfigurationError } from '../msal/core/errors.ts'
import type { Environment } from './proxy-selection.ts'

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * Checks the `ca` option.
 *
 * @param pem - one or more certificates
 * @throws {ConfigurationError} where it holds none, or one that can't be read
 */
export function checkCertificates(pem: string): void {
  const blocks = pem.match(PEM_CERTIFICATE)
  if (blocks === null) throw new ConfigurationError('ca', 'holds no certificate in PEM')
  try {
    for (const block of blocks) new X509Certificate(block)
  } catch (error) {
    throw new ConfigurationError('ca', 'holds a certificate that can not be read', { cause: error })
  }
}

/**
 * A TLS context that trusts `pem` besides what Node trusts by itself: its own list of roots and the file that
 * `NODE_EXTRA_CA_CERTS` names; from Node 22.15 on also the machine's store, if Node was started with `--use-system-ca`.
 *
 * @see https://nodejs.org/api/cli.html#node_extra_ca_certsfile
 */
export function trustAlso(pem: string, environment: Environment): tls.SecureContext {
  return tls.createSecureContext({ ca: [...readDefaultRoots(environment), pem] })
}

function readDefaultRoots(environment: Environment): readonly string[] {
  const { getCACertificates } = tls as { readonly getCACertificates?: (type: 'default') => readonly string[] }
  if (getCACertificates) return getCACertificates('default')
  const file = environment['NODE_EXTRA_CA_CERTS']
  return file ? [...tls.rootCertificates, ...readExtraRoots(file)] : tls.rootCertificates
}

function readExtraRoots(file: string): readonly string[] {
  try {
    return [readFileSync(file, 'utf8')]
  } catch {
    // Node goes on without a file that it can't read, too.
    return []
  }
}
