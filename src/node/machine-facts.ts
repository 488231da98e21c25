import { get } from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket, type DetailedPeerCertificate } from 'node:tls'

/** What is told about the machine that the extension runs on. */
export interface MachineFacts {
  readonly runtime: string
  readonly system: string
  /** Variables that decide about proxies and certificates, as far as they are set. */
  readonly environment: Readonly<Record<string, string>>
}

/** Who vouches for a server. */
export interface CertificateFacts {
  /** Name of the authority that issued the certificate, and of the last one above it that the server named. */
  readonly issuer: string
  readonly root: string
  /** Why Node does not trust it; absent where it does. */
  readonly problem?: string
}

const VARIABLES = [
  ...['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'https_proxy', 'http_proxy', 'no_proxy'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_TLS_REJECT_UNAUTHORIZED'],
]

/** Describes this machine; nothing is read but the environment. */
export function describeMachine(): MachineFacts {
  const set = VARIABLES.flatMap((name) => {
    const value = process.env[name]
    return value ? [[name, value] as const] : []
  })
  return {
    runtime: `Node ${process.versions.node}`,
    system: `${process.platform} ${process.arch}`,
    environment: Object.fromEntries(set),
  }
}

/**
 * Asks a server for its certificate, by the way that VS Code gives to Node's own requests: its proxy, its certificates.
 * One that is not trusted is told as well, for that is what a person needs to know; nothing is sent that it could keep.
 *
 * @param url - https
 */
export function readCertificate(url: string, signal: AbortSignal): Promise<CertificateFacts> {
  return new Promise((resolve, reject) => {
    const request = get(url, { rejectUnauthorized: false, signal }, ({ socket }) => {
      const facts = describeCertificate(socket)
      // What it answers does not matter.
      request.destroy()
      if (facts) resolve(facts)
      else reject(new Error('the server showed no certificate'))
    })
    request.on('error', reject)
  })
}

function describeCertificate(socket: Socket): CertificateFacts | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  const certificate = socket.getPeerCertificate(true)
  // A resumed session has none.
  if (!Object.hasOwn(certificate, 'issuer')) return undefined
  const { authorizationError } = socket as { readonly authorizationError?: Error | string | null }
  return {
    issuer: nameOf(certificate.issuer),
    root: nameOf(findRoot(certificate).issuer),
    ...(!socket.authorized && authorizationError && { problem: String(authorizationError) }),
  }
}

function findRoot(certificate: DetailedPeerCertificate): DetailedPeerCertificate {
  let current = certificate
  const seen = new Set<string>()
  while (!seen.has(current.fingerprint256)) {
    seen.add(current.fingerprint256)
    const above = current.issuerCertificate as DetailedPeerCertificate | undefined
    if (above) current = above
  }
  return current
}

type DistinguishedName = Readonly<Partial<Record<'CN' | 'O', string | string[]>>>

const nameOf = ({ CN, O }: DistinguishedName): string => [CN, O].flat().filter(Boolean).join(', ')
