import type { Authority } from '../authority/resolve-authority.ts'
import type { Account } from '../core/account.ts'
import { NetworkError } from '../core/errors.ts'
import type { TokenResult } from '../core/token-result.ts'
import type { Grant } from '../grants/grant.ts'
import { judgeOAuthResponse, parseTokenResponse } from '../oauth/token-response.ts'
import { nowInSeconds, type ClientContext } from './client-context.ts'
import { recordTokens } from './record-tokens.ts'

/** What one redemption needs besides the grant. */
export interface RedeemOptions {
  readonly authority: Authority
  /** JSON text of a claims request, capabilities included. */
  readonly claims?: string | undefined
  /** What the ID token must answer to. */
  readonly nonce?: string | undefined
  readonly maxAge?: number | undefined
  /** The account that is refreshed. */
  readonly account?: Account | undefined
  /** Scopes whose cached tokens the answer takes the place of. */
  readonly replaces?: readonly string[] | undefined
  /** Request parameters that set the tokens apart in the cache: `fmi_path`, and `client_claims` for forwarded claims. */
  readonly extension?: Readonly<Record<string, string>> | undefined
  /** The account's user name, where no ID token tells it. */
  readonly username?: string | undefined
  /** Token endpoint of the region, in place of the authority's. */
  readonly regionalEndpoint?: string | undefined
  /** GUID for the server's logs; a new one unless given. */
  readonly correlationId?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * The one pipeline of every grant: form, client authentication, request, judgement, record.
 *
 * @throws {OAuthError} where the server refuses
 * @throws {NetworkError} where no usable answer comes; trying again later may help
 * @throws {IdTokenError} where the answer is not meant for this client
 */
export async function redeemGrant(context: ClientContext, grant: Grant, options: RedeemOptions): Promise<TokenResult> {
  const { authority } = options
  const correlationId = options.correlationId ?? crypto.randomUUID()
  const { kind } = authority.address
  const { clientAuthenticationMethods: methods, clientAssertionAlgorithms: algorithms } = authority
  const proof = await context.authenticate({
    clientId: context.clientId,
    tokenEndpoint: authority.tokenEndpoint,
    isAdfs: kind === 'adfs',
    provider: kind === 'openid' ? { methods, algorithms } : undefined,
    fmiPath: grant.parameters['fmi_path'],
  })
  const response = await context.http({
    method: 'POST',
    url: options.regionalEndpoint ?? authority.tokenEndpoint,
    form: compact({
      client_id: context.clientId,
      client_info: '1',
      grant_type: grant.type,
      scope: (grant.scope.isSent && grant.scope.values.join(' ')) || undefined,
      claims: options.claims,
      ...grant.parameters,
      ...proof.form,
    }),
    headers: compact({
      'client-request-id': correlationId,
      'x-anchormailbox': grant.routingHint,
      ...proof.headers,
    }),
    signal: options.signal,
  })
  const wire = judgeOAuthResponse(response, authority.host)
  const tokens = parseTokenResponse(wire, nowInSeconds(context.clock))
  // B2C answers with an ID token alone where no API's scope was asked for.
  if (tokens.accessToken === undefined && tokens.idToken === undefined)
    throw new NetworkError(`${authority.host} answered without a token`, {
      status: response.status,
      host: authority.host,
    })
  return recordTokens(context, {
    ...options,
    event: {
      ...(options.extension && { data: options.extension }),
      ...(options.username !== undefined && { username: options.username }),
    },
    tokens,
    scopes: grant.scope.values,
    grantType: grant.type,
    tokenSource: 'identity_provider',
    correlationId,
    account: options.account,
    accountPolicy: grant.account,
    rotate: grant.refreshToken === 'add' ? undefined : grant.refreshToken.rotate,
  })
}

/** The members that are present. */
export function compact(members: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const present = Object.entries(members).filter((member): member is [string, string] => member[1] !== undefined)
  return Object.fromEntries(present)
}
