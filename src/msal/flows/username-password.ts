import { isAllowedEndpoint } from '../authority/openid-configuration.ts'
import { discoverUserRealm, type FederatedRealm } from '../authority/user-realm.ts'
import { isOfDesktop } from '../broker/broker-rules.ts'
import { encodeBase64Url, randomText, sha256 } from '../core/encoding.ts'
import { ConfigurationError, FederationError } from '../core/errors.ts'
import type { TokenResult } from '../core/token-result.ts'
import { samlBearerGrant } from '../grants/saml-bearer.ts'
import { usernamePasswordGrant } from '../grants/username-password.ts'
import { mergeClaims } from '../oauth/claims-request.ts'
import type { PopAuthScheme } from '../pop/pop-auth-scheme.ts'
import { decorateScopes } from '../oauth/scopes.ts'
import { fetchPasswordEndpoint } from '../wstrust/mex.ts'
import { buildTokenRequest } from '../wstrust/rst-request.ts'
import { parseTokenResponse, type SamlAssertion } from '../wstrust/rst-response.ts'
import { TRUST_NAMES, TRUST_VERSIONS, type TrustEndpoint } from '../wstrust/trust-version.ts'
import { openBroker, refusePop } from './broker.ts'
import { acquirePasswordTokensByBroker } from './broker-password.ts'
import type { ClientContext } from './client-context.ts'
import { redeemGrant } from './redeem-grant.ts'

/** Options of `acquireTokenByUsernamePassword`. */
export interface UsernamePasswordOptions {
  /** Usually a user principal name, as `ada@contoso.com`. */
  readonly username: string
  /** It is sent and not kept. */
  readonly password: string
  /** One resource's, as `['User.Read']`; case counts. */
  readonly scopes: readonly string[]
  /** JSON text from a resource's `WWW-Authenticate`. */
  readonly claimsChallenge?: string | undefined
  /** Proof of possession; through a broker of Windows or macOS only, see `isPopSupported`. */
  readonly authScheme?: PopAuthScheme | undefined
  /** Gives up. */
  readonly signal?: AbortSignal | undefined
}

/** Half of a pair of surrogates is no text; no address and no form can hold it. */
const HALF_PAIR = /\p{Cs}/u

/** Made anew by each process, so that what is kept of a password (its hash, for throttling) is worth nothing elsewhere. */
const SALT = randomText(32)

/**
 * Exchanges a user name and a password for tokens: by a broker of Windows or macOS where one is enabled, else at the
 * authority, or where the user's domain is federated, by WS-Trust at its federation server and with that one's assertion at
 * the authority.
 *
 * @throws {OAuthError} where the authority refused
 * @throws {FederationError} where the federation server refused
 * @throws {NetworkError} where no usable answer comes; trying again later may help
 */
export async function acquireByUsernamePassword(
  context: ClientContext,
  options: UsernamePasswordOptions,
): Promise<TokenResult> {
  for (const name of ['username', 'password'] as const)
    if (typeof options[name] !== 'string' || !options[name] || HALF_PAIR.test(options[name]))
      throw new ConfigurationError(name, 'text is needed')
  const { username, password, signal } = options
  const scopes = decorateScopes(options.scopes, context.excludeScopes)
  const claims = mergeClaims(context.capabilities, options.claimsChallenge)
  const correlationId = crypto.randomUUID()
  const broker = await openBroker(context, context.address, { ...options, serves: isOfDesktop })
  if (broker) return acquirePasswordTokensByBroker(context, broker, { ...options, claims, correlationId })
  refusePop(options)
  const authority = await context.resolve(context.address)
  const realm = await discoverUserRealm(context.http, authority, { username, correlationId, signal })
  const grant =
    realm.kind === 'federated'
      ? samlBearerGrant(await requestAssertion(context, realm, options), scopes)
      : usernamePasswordGrant({ username, password, scopes })
  return redeemGrant(context, grant, { authority, claims, correlationId, username, signal })
}

async function requestAssertion(
  context: ClientContext,
  realm: FederatedRealm,
  { username, password, signal }: UsernamePasswordOptions,
): Promise<SamlAssertion> {
  const endpoint = await findTrustEndpoint(context, realm, signal)
  const { host } = new URL(endpoint.url)
  const { status, text } = await context.http({
    method: 'POST',
    url: endpoint.url,
    headers: {
      'content-type': 'application/soap+xml; charset=utf-8',
      soapaction: TRUST_NAMES[endpoint.version].action,
    },
    body: buildTokenRequest(endpoint, { username, password, audience: realm.audience, now: context.clock.now() }),
    account: encodeBase64Url(await sha256(JSON.stringify([SALT, username, password]))),
    signal,
  })
  return parseTokenResponse(text, { host, status, hidden: [password, username] })
}

/** From the federation server's metadata, else from what the authority knows of it. */
async function findTrustEndpoint(
  { address, http }: ClientContext,
  { metadataUrl, activeUrl }: FederatedRealm,
  signal: AbortSignal | undefined,
): Promise<TrustEndpoint> {
  const isAllowed = (url: string) => isAllowedEndpoint(url, address)
  const url = metadataUrl ?? activeUrl
  if (url === undefined || !isAllowed(url))
    throw new FederationError(
      `${address.host} names no https address of the federation server that checks the password`,
    )
  if (metadataUrl !== undefined) return fetchPasswordEndpoint(http, { url: metadataUrl, isAllowed, signal })
  const version = TRUST_VERSIONS.find((candidate) => url.includes(TRUST_NAMES[candidate].path))
  if (!version) throw new FederationError(`${new URL(url).host} is asked in no known version of WS-Trust`)
  return { url, version }
}
