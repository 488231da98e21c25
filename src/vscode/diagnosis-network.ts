import { l10n } from 'vscode'
import { CrossOriginError, type Clock, type Fetch } from '../msal/index.ts'
import type { AuthorityAddress } from './authority-address.ts'
import type { Fact } from './diagnosis-fact.ts'
import { isObject } from './encoding.ts'
import { explainFailure, isAboutCertificate } from './failure.ts'

/** Asks a server for its certificate. */
export type CertificateReader = (
  url: string,
  signal: AbortSignal,
) => Promise<{ readonly issuer: string; readonly root: string; readonly problem?: string }>

/** What the checks of the network work with. */
export interface NetworkParts {
  readonly fetch: Fetch
  readonly readCertificate?: CertificateReader
  readonly clock: Pick<Clock, 'now'>
  readonly signal: AbortSignal
}

/** More than a minute off, and servers may refuse what this machine says, or it what they say. */
const TOLERABLE_SKEW_SECONDS = 60

/** Fetches the metadata of an authority, as a sign-in would. */
export async function checkAuthority(
  authority: AuthorityAddress,
  { fetch, clock, signal }: NetworkParts,
): Promise<readonly Fact[]> {
  const url = metadataUrl(authority)
  const start = clock.now()
  try {
    const response = await fetch(url, { signal, headers: { accept: 'application/json' }, cache: 'no-store' })
    const text = await response.text()
    const end = clock.now()
    const date = Date.parse(response.headers.get('date') ?? '')
    return [
      [l10n.t('Asked'), url],
      [l10n.t('Answer'), l10n.t('status {0} in {1} ms', response.status, end - start)],
      [l10n.t('Issuer'), readIssuer(text) ?? l10n.t('none')],
      [l10n.t('Clock of this machine'), describeSkew(Number.isNaN(date) ? undefined : (start + end) / 2 - date)],
    ]
  } catch (error) {
    return [
      [l10n.t('Asked'), url],
      [l10n.t('Problem'), describeFailure(error)],
      [l10n.t('What to do'), advise(error)],
    ]
  }
}

/** Names who vouches for the server: behind a proxy that inspects TLS that is the company's own authority. */
export async function checkCertificate(
  authority: AuthorityAddress,
  { readCertificate, signal }: NetworkParts,
): Promise<readonly Fact[]> {
  const name = l10n.t('Certificate of the sign-in server')
  const url = metadataUrl(authority)
  if (!readCertificate) return [[name, l10n.t('a browser shows it to no extension')]]
  if (!url.startsWith('https:')) return [[name, l10n.t('none, it is on this machine')]]
  try {
    const { issuer, root, problem } = await readCertificate(url, signal)
    const by = root === issuer ? issuer : `${issuer} < ${root}`
    return [
      [name, l10n.t('issued by {0}', by)],
      [l10n.t('Trusted'), problem === undefined ? l10n.t('yes') : l10n.t('no, {0}', problem)],
    ]
  } catch (error) {
    return [[name, describeFailure(error)]]
  }
}

const metadataUrl = ({ kind, url }: AuthorityAddress): string =>
  `${url}${kind === 'adfs' || kind === 'openid' ? '' : '/v2.0'}/.well-known/openid-configuration`

function readIssuer(text: string): string | undefined {
  try {
    const metadata: unknown = JSON.parse(text)
    const issuer = isObject(metadata) ? metadata['issuer'] : undefined
    return typeof issuer === 'string' ? issuer : undefined
  } catch {
    return undefined
  }
}

function describeSkew(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return l10n.t('unknown, the server told no time')
  const seconds = Math.round(milliseconds / 1000)
  if (Math.abs(seconds) <= TOLERABLE_SKEW_SECONDS) return l10n.t('right ({0} s off)', seconds)
  return seconds > 0 ? l10n.t('{0} s fast: set it right', seconds) : l10n.t('{0} s slow: set it right', -seconds)
}

/** What failed is in the innermost cause of what `fetch` throws. */
function describeFailure(error: unknown): string {
  if (error instanceof CrossOriginError) return l10n.t('{0} lets no web page read its answers', error.host)
  let cause = error
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause
  if (!(cause instanceof Error)) return String(cause)
  return 'code' in cause && typeof cause.code === 'string' ? `${cause.message} (${cause.code})` : cause.message
}

function advise(error: unknown): string {
  if (error instanceof CrossOriginError) return explainFailure(error)
  const failure = describeFailure(error)
  const proxyStatus = /^Proxy .*?\((\d{3})\)/.exec(failure)?.[1]
  if (proxyStatus === '407') return l10n.t("Give the proxy's name and password in the setting http.proxy.")
  if (proxyStatus !== undefined) return l10n.t('Ask whoever runs the proxy to allow that address.')
  return isAboutCertificate(failure.toUpperCase())
    ? l10n.t(
        "This machine doesn't trust the certificate. Add your organization's certificate authority to the system and leave http.systemCertificates on.",
      )
    : l10n.t('Check the network, and the proxy that is named above.')
}
