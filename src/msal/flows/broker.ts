import type { AuthorityAddress } from '../authority/authority.ts'
import type { Authority } from '../authority/resolve-authority.ts'
import { createBrokerRequest, type BrokerRequestFacts } from '../broker/broker-request.ts'
import { isOfDesktop } from '../broker/broker-rules.ts'
import { judgeBrokerAnswer, type JudgedTokens } from '../broker/broker-tokens.ts'
import type { BrokerAnswer, BrokerRequest } from '../core/broker-runtime.ts'
import { ConfigurationError } from '../core/errors.ts'
import { readInteger } from '../core/json.ts'
import type { TokenResult } from '../core/token-result.ts'
import type { AccountPolicy } from '../grants/grant.ts'
import type { PopAuthScheme } from '../pop/pop-auth-scheme.ts'
import { nowInSeconds, type ClientContext, type StartBrokerOptions, type StartedBroker } from './client-context.ts'
import { recordTokens, type TokenRecord } from './record-tokens.ts'

/** A broker, and the authority that it is to ask. */
export interface BrokerSession extends StartedBroker {
  readonly authority: Authority
}

/** What one request for tokens says. */
export type BrokerCall = Pick<
  BrokerRequestFacts,
  'scopes' | 'claims' | 'authScheme' | 'accessTokenToRenew' | 'additional' | 'correlationId'
>

/** Starts the broker for an authority; undefined where it must go without one. A request that binds tokens takes a desktop's. */
export async function openBroker(
  context: ClientContext,
  address: AuthorityAddress,
  {
    signal,
    authScheme,
    serves = authScheme && isOfDesktop,
  }: StartBrokerOptions & { readonly authScheme?: PopAuthScheme | undefined },
): Promise<BrokerSession | undefined> {
  const broker = await context.startBroker(address, { signal, serves })
  return broker && { ...broker, authority: await context.resolve(address) }
}

/** Refuses proof of possession where no broker is there for it. @throws {ConfigurationError} naming `authScheme` */
export function refusePop({ authScheme }: { readonly authScheme?: PopAuthScheme | undefined }): void {
  if (authScheme)
    throw new ConfigurationError(
      'authScheme',
      'takes a broker of Windows or macOS that is enabled; see isPopSupported()',
    )
}

/** The request for the broker. */
export function toBrokerRequest({ clientId }: ClientContext, session: BrokerSession, call: BrokerCall): BrokerRequest {
  const { platform, redirectUri, authority } = session
  const origin = new URL(authority.address.url).origin
  return createBrokerRequest({ ...call, platform, redirectUri, clientId, authority: `${origin}/${authority.realm}` })
}

/** Parameters of sign-ins. */
export const signInParameters = ({
  validatesAuthority,
}: BrokerSession): Readonly<Record<string, string | undefined>> => ({
  validateAuthority: validatesAuthority ? undefined : 'no',
})

/**
 * Judges an answer.
 *
 * @throws {BrokerError} where the broker refused, or its tokens are not what was asked for
 * @throws {RedirectUriError} where the app registration lacks the broker's redirect URI
 */
export function readBrokerAnswer(
  { clientId, clock }: ClientContext,
  answer: BrokerAnswer,
  { scopes, authScheme, homeAccountId }: BrokerCall & { readonly homeAccountId?: string },
): JudgedTokens {
  const isBound = authScheme !== undefined
  return judgeBrokerAnswer(answer, { clientId, scopes, isBound, homeAccountId, now: nowInSeconds(clock) })
}

/** Keeps the tokens of a broker and makes the result. @throws {IdTokenError} where the ID token is not meant for this client */
export async function recordBrokerTokens(
  context: ClientContext,
  { authority }: BrokerSession,
  from: Pick<TokenRecord, 'scopes' | 'correlationId' | 'maxAge' | 'replaces' | 'onlyWith' | 'account'> & {
    readonly judged: JudgedTokens
    readonly extension?: Readonly<Record<string, string>> | undefined
    /** Default `establish`. */
    readonly accountPolicy?: AccountPolicy
  },
): Promise<TokenResult> {
  const { judged, extension, maxAge, scopes, correlationId, replaces, onlyWith, accountPolicy = 'establish' } = from
  const { tokens, account, claims, telemetry } = judged
  const result = await recordTokens(context, {
    tokens,
    authority,
    scopes,
    correlationId,
    replaces,
    onlyWith,
    accountPolicy,
    account: from.account,
    grantType: 'broker',
    tokenSource: 'broker',
    idTokenClaims: claims,
    // Not every broker's ID token tells when the person signed in.
    maxAge: readInteger(claims, 'auth_time') === undefined ? undefined : maxAge,
    event: {
      username: account.username,
      ...(account.localAccountId && { local_account_id: account.localAccountId }),
      ...(extension && { data: extension }),
    },
  })
  return { ...result, ...(telemetry !== undefined && { msalruntimeTelemetry: telemetry }) }
}
