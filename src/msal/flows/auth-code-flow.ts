import { randomText } from '../core/encoding.ts'
import { ConfigurationError } from '../core/errors.ts'
import { isJsonObject, readInteger, readString, type JsonObject } from '../core/json.ts'
import type { TokenResult } from '../core/token-result.ts'
import { authorizationCodeGrant } from '../grants/authorization-code.ts'
import { buildAuthorizationUrl } from '../oauth/authorization-request.ts'
import { judgeAuthorizationResponse, type AuthorizationResponse } from '../oauth/authorization-response.ts'
import { mergeClaims } from '../oauth/claims-request.ts'
import { createPkce } from '../oauth/pkce.ts'
import { routeByUsername } from '../oauth/routing-hint.ts'
import { decorateScopes, validateScopes } from '../oauth/scopes.ts'
import type { ClientContext } from './client-context.ts'
import { redeemGrant } from './redeem-grant.ts'

/** A sign-in that was begun; it survives JSON, and its secrets stay on the side that began it. */
export interface AuthCodeFlow {
  /** The address to send the person to. */
  readonly authUri: string
  /** Comes back with the answer, and is compared there. */
  readonly state: string
  /** Where the answer goes. */
  readonly redirectUri?: string | undefined
  /** Asked for, with those that the library adds. */
  readonly scopes: readonly string[]
  /** Comes back in the ID token, and is compared there. */
  readonly nonce: string
  /** Secret of PKCE. */
  readonly codeVerifier: string
  /** As given. */
  readonly claimsChallenge?: string | undefined
  /** Seconds. */
  readonly maxAge?: number | undefined
}

/** Options of an authorization request, by MSAL's names. */
export interface AuthorizationOptions {
  /** One resource's, as `['User.Read']`, or several resources' for their consent; case counts. */
  readonly scopes: readonly string[]
  /** Where the answer goes, as registered; without it the server uses the registered one. */
  readonly redirectUri?: string | undefined
  /** Comes back with the answer, against forged requests. */
  readonly state?: string | undefined
  /** One of {@link Prompt}; without it the server decides what to ask. */
  readonly prompt?: string | undefined
  /** User name that the page starts with. */
  readonly loginHint?: string | undefined
  /** `consumers`, `organizations` or a domain of the tenant: skips the question whose account it is. */
  readonly domainHint?: string | undefined
  /** JSON text from a resource's `WWW-Authenticate`, see {@link readClaimsChallenge}. */
  readonly claimsChallenge?: string | undefined
}

/** Options of `initiateAuthCodeFlow`. */
export interface InitiateAuthCodeFlowOptions extends AuthorizationOptions {
  /** Seconds that may lie between the sign-in and now. */
  readonly maxAge?: number | undefined
  /** `query` (the default of servers) or, better, `form_post`. */
  readonly responseMode?: string | undefined
}

/** Options of `acquireTokenByAuthCodeFlow`. */
export interface RedeemAuthCodeFlowOptions {
  /** What `initiateAuthCodeFlow` returned, also after JSON there and back. */
  readonly authCodeFlow: AuthCodeFlow
  /** What reached the redirect URI, by the wire's names. */
  readonly authResponse: AuthorizationResponse
  /** A part of the flow's scopes, where they belong to several resources. */
  readonly scopes?: readonly string[] | undefined
  /** Gives up. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `acquireTokenByAuthorizationCode`. */
export interface RedeemAuthorizationCodeOptions {
  /** From the answer at the redirect URI; good for one use. */
  readonly code: string
  /** One resource's part of those that were consented to. */
  readonly scopes: readonly string[]
  /** The same as in the request. */
  readonly redirectUri?: string | undefined
  /** The same as in the request; the ID token must carry it. */
  readonly nonce?: string | undefined
  /** JSON text from a resource's `WWW-Authenticate`. */
  readonly claimsChallenge?: string | undefined
}

/** Options of `getAuthorizationRequestUrl`. */
export interface AuthorizationUrlOptions extends AuthorizationOptions {
  /** Default `code`. */
  readonly responseType?: string | undefined
  /** Comes back in the ID token; give the same to `acquireTokenByAuthorizationCode`. */
  readonly nonce?: string | undefined
}

/** Begins a sign-in with PKCE, state and nonce. @see https://www.rfc-editor.org/rfc/rfc7636 */
export async function initiateAuthCodeFlow(
  context: ClientContext,
  options: InitiateAuthCodeFlowOptions,
): Promise<AuthCodeFlow> {
  return beginAuthCodeFlow(context, options, decorateScopes(options.scopes, context.excludeScopes))
}

/** The same for scopes that are decorated already. */
export async function beginAuthCodeFlow(
  context: ClientContext,
  options: Omit<InitiateAuthCodeFlowOptions, 'scopes'>,
  scopes: readonly string[],
): Promise<AuthCodeFlow> {
  const { authorizationEndpoint } = await context.resolve(context.address)
  const { redirectUri, claimsChallenge, maxAge } = options
  const state = options.state || randomText(32)
  const nonce = randomText(32)
  const { verifier, challenge } = await createPkce()
  const authUri = buildAuthorizationUrl(authorizationEndpoint, {
    ...commonRequest(context, options, scopes),
    response_type: 'code',
    state,
    nonce,
    max_age: maxAge?.toString(),
    response_mode: options.responseMode,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    client_info: '1',
    'X-AnchorMailbox': options.loginHint ? routeByUsername(options.loginHint) : undefined,
  })
  return {
    authUri,
    state,
    nonce,
    scopes,
    codeVerifier: verifier,
    ...(redirectUri !== undefined && { redirectUri }),
    ...(claimsChallenge && { claimsChallenge }),
    ...(maxAge !== undefined && { maxAge }),
  }
}

/** The address of a sign-in without PKCE, for callers that keep the rest themselves. */
export async function getAuthorizationRequestUrl(
  context: ClientContext,
  options: AuthorizationUrlOptions,
): Promise<string> {
  const scopes = decorateScopes(options.scopes, context.excludeScopes)
  const { authorizationEndpoint } = await context.resolve(context.address)
  return buildAuthorizationUrl(authorizationEndpoint, {
    ...commonRequest(context, options, scopes),
    response_type: options.responseType ?? 'code',
    state: options.state,
    nonce: options.nonce,
  })
}

/**
 * Judges what came back through the browser and redeems its code.
 *
 * @throws {AuthorizationResponseError} where the response belongs to another flow
 * @throws {OAuthError} where the person or the server refused
 */
export async function redeemAuthCodeFlow(
  context: ClientContext,
  options: RedeemAuthCodeFlowOptions,
): Promise<TokenResult> {
  const flow = readFlow(options.authCodeFlow)
  const scopes = options.scopes?.length ? decorateScopes(options.scopes, context.excludeScopes) : flow.scopes
  const strange = scopes.filter((scope) => !flow.scopes.includes(scope))
  if (strange.length > 0)
    throw new ConfigurationError('scopes', 'must be a part of the scopes that the flow began with')
  return redeemAuthorizationResponse(context, { ...options, flow, scopes })
}

/** The last leg of a flow, for scopes that are decorated already. */
export async function redeemAuthorizationResponse(
  context: ClientContext,
  from: {
    readonly flow: AuthCodeFlow
    readonly authResponse: AuthorizationResponse
    readonly scopes: readonly string[]
    readonly signal?: AbortSignal | undefined
  },
): Promise<TokenResult> {
  const { flow, scopes, signal } = from
  const authority = await context.resolve(context.address)
  const { code, clientInfo } = judgeAuthorizationResponse(from.authResponse, {
    state: flow.state,
    isIssuer: (issuer) => authority.isTokenIssuer(issuer, {}) || authority.address.kind !== 'openid',
    mustNameIssuer: authority.namesIssuerInResponse === true && authority.address.kind === 'openid',
  })
  const { redirectUri, codeVerifier } = flow
  return redeemGrant(context, authorizationCodeGrant({ code, scopes, redirectUri, codeVerifier, clientInfo }), {
    authority,
    claims: mergeClaims(context.capabilities, flow.claimsChallenge),
    nonce: flow.nonce,
    maxAge: flow.maxAge,
    replaces: flow.claimsChallenge === undefined ? undefined : scopes,
    signal,
  })
}

/** Redeems a code that the caller got by itself. */
export async function redeemAuthorizationCode(
  context: ClientContext,
  options: RedeemAuthorizationCodeOptions,
): Promise<TokenResult> {
  if (typeof options.code !== 'string' || !options.code) throw new ConfigurationError('code', 'text is needed')
  const scopes = decorateScopes(options.scopes, context.excludeScopes)
  const claims = mergeClaims(context.capabilities, options.claimsChallenge)
  const authority = await context.resolve(context.address)
  const { code, redirectUri, nonce } = options
  return redeemGrant(context, authorizationCodeGrant({ code, scopes, redirectUri }), { authority, claims, nonce })
}

function commonRequest(
  context: ClientContext,
  options: Omit<AuthorizationOptions, 'scopes'>,
  scopes: readonly string[],
) {
  const { loginHint } = options
  return {
    client_id: context.clientId,
    scope: scopes.join(' '),
    redirect_uri: options.redirectUri,
    prompt: options.prompt,
    login_hint: loginHint,
    domain_hint: options.domainHint,
    claims: mergeClaims(context.capabilities, options.claimsChallenge),
  }
}

function readFlow(value: unknown): AuthCodeFlow {
  const flow: JsonObject = isJsonObject(value) ? value : {}
  const text = (name: string): string => {
    const member = readString(flow, name)
    if (!member)
      throw new ConfigurationError('authCodeFlow', `"${name}" is missing: pass what initiateAuthCodeFlow returned`)
    return member
  }
  const redirectUri = readString(flow, 'redirectUri')
  const claimsChallenge = readString(flow, 'claimsChallenge')
  const maxAge = readInteger(flow, 'maxAge')
  return {
    authUri: text('authUri'),
    state: text('state'),
    nonce: text('nonce'),
    codeVerifier: text('codeVerifier'),
    scopes: validateScopes(flow['scopes']),
    ...(redirectUri !== undefined && { redirectUri }),
    ...(claimsChallenge !== undefined && { claimsChallenge }),
    ...(maxAge !== undefined && { maxAge }),
  }
}
