import { AuthorityError, ConfigurationError, CrossOriginError, NetworkError, OAuthError } from '../core/errors.ts'
import { isJsonObject, readInteger, readString, requireString, type JsonObject } from '../core/json.ts'
import { asLogWord } from '../core/redact.ts'
import type { TokenResult } from '../core/token-result.ts'
import { deviceCodeGrant } from '../grants/device-code.ts'
import { mergeClaims } from '../oauth/claims-request.ts'
import { decorateScopes, validateScopes } from '../oauth/scopes.ts'
import { judgeOAuthResponse } from '../oauth/token-response.ts'
import { nowInSeconds, type ClientContext } from './client-context.ts'
import { compact, redeemGrant } from './redeem-grant.ts'

/** A device authorization that waits for a person; it survives JSON. */
export interface DeviceFlow {
  /** What the person types. */
  readonly userCode: string
  /** Stands for this sign-in at the server; a secret. */
  readonly deviceCode: string
  /** Where the person types it. */
  readonly verificationUri: string
  /** The server's own instruction; text, never to be shown as a link. */
  readonly message: string
  /** Seconds that the code lives, from the start. */
  readonly expiresIn: number
  /** Seconds between two questions. */
  readonly interval: number
  /** Seconds since 1970. */
  readonly expiresAt: number
  /** Asked for, with those that the library adds. */
  readonly scopes: readonly string[]
  /** GUID that the server's logs know the sign-in by. */
  readonly correlationId: string
  /** Whether a claims challenge began it, so that the new token takes the place of the old one. */
  readonly isChallenged?: true
}

/** Options of `initiateDeviceFlow`. */
export interface InitiateDeviceFlowOptions {
  /** One resource's, as `['User.Read']`; without them the person is only signed in. */
  readonly scopes?: readonly string[] | undefined
  /** JSON text from a resource's `WWW-Authenticate`. */
  readonly claimsChallenge?: string | undefined
}

/** Options of `acquireTokenByDeviceFlow`. */
export interface RedeemDeviceFlowOptions {
  /** What `initiateDeviceFlow` returned, also after JSON there and back. */
  readonly flow: DeviceFlow
  /** JSON text from a resource's `WWW-Authenticate`. */
  readonly claimsChallenge?: string | undefined
  /** Gives up waiting. */
  readonly signal?: AbortSignal | undefined
}

const DEFAULT_INTERVAL = 5
const SLOW_DOWN_SECONDS = 5

/**
 * Asks for a code that a person enters on another device.
 *
 * @throws {OAuthError} where the server refuses
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.1
 */
export async function initiateDeviceFlow(
  context: ClientContext,
  options: InitiateDeviceFlowOptions = {},
): Promise<DeviceFlow> {
  const scopes = decorateScopes(options.scopes ?? [], context.excludeScopes)
  const claims = mergeClaims(context.capabilities, options.claimsChallenge)
  const { deviceAuthorizationEndpoint: url, host } = await context.resolve(context.address)
  if (url === undefined) throw new AuthorityError(`${host} offers no device code sign-in`)
  const correlationId = crypto.randomUUID()
  const response = await context.http({
    method: 'POST',
    url,
    form: compact({ client_id: context.clientId, scope: scopes.join(' '), claims }),
    headers: { 'client-request-id': correlationId },
  })
  const wire = judgeOAuthResponse(response, host)
  const expiresIn = readInteger(wire, 'expires_in') ?? 1800
  return {
    userCode: requireString(wire, 'user_code', host),
    deviceCode: requireString(wire, 'device_code', host),
    verificationUri: readString(wire, 'verification_uri') ?? requireString(wire, 'verification_url', host),
    message: readString(wire, 'message') ?? '',
    interval: readInteger(wire, 'interval') ?? DEFAULT_INTERVAL,
    expiresIn,
    expiresAt: nowInSeconds(context.clock) + expiresIn,
    scopes,
    correlationId,
    ...(options.claimsChallenge && { isChallenged: true }),
  }
}

/**
 * Asks in the server's rhythm until the person has entered the code.
 *
 * @throws {OAuthError} `expired_token`, `authorization_declined`; neither is worth retrying with the same flow
 * @throws the signal's reason when it is aborted
 */
export async function redeemDeviceFlow(context: ClientContext, options: RedeemDeviceFlowOptions): Promise<TokenResult> {
  const { signal } = options
  for (let { interval } = readFlow(options.flow); ;) {
    // Read each time: who sets its `expiresAt` to 0 ends the wait, as with MSAL Python.
    const flow = readFlow(options.flow)
    signal?.throwIfAborted()
    if (nowInSeconds(context.clock) >= flow.expiresAt)
      throw new OAuthError({ error: 'expired_token', errorDescription: 'The code expired before anyone entered it' })
    const polled = await pollDeviceFlow(context, flow, options)
    if (typeof polled !== 'number') return polled
    interval += polled
    await context.clock.sleep(Math.max(1, interval) * 1000, signal)
  }
}

/**
 * Asks once; it does not wait.
 *
 * @returns tokens, or the seconds by which the interval grows (5 after `slow_down`, RFC 8628 section 3.5)
 */
async function pollDeviceFlow(
  context: ClientContext,
  flow: DeviceFlow,
  { claimsChallenge, signal }: RedeemDeviceFlowOptions,
): Promise<TokenResult | number> {
  const authority = await context.resolve(context.address)
  try {
    return await redeemGrant(context, deviceCodeGrant(flow.deviceCode, flow.scopes), {
      authority,
      claims: mergeClaims(context.capabilities, claimsChallenge),
      correlationId: flow.correlationId,
      replaces: flow.isChallenged || claimsChallenge ? flow.scopes : undefined,
      signal,
    })
  } catch (error) {
    if (error instanceof OAuthError && error.error === 'authorization_pending') return 0
    if (error instanceof OAuthError && error.error === 'slow_down') return SLOW_DOWN_SECONDS
    if (isOutOfOrder(error) && !signal?.aborted) {
      const reason = error instanceof OAuthError ? asLogWord(error.error) : error.message
      context.logger.warn(`Polling for the device code failed and goes on: ${reason}`)
      return SLOW_DOWN_SECONDS
    }
    throw error
  }
}

/** Whether the server is out of reach, out of order or busy, rather than saying no, be it by a page of a proxy. */
const isOutOfOrder = (error: unknown): error is NetworkError | OAuthError => {
  if (error instanceof OAuthError) return isBusy(error.status)
  if (!(error instanceof NetworkError) || error instanceof CrossOriginError) return false
  return error.status === undefined || error.status < 400 || isBusy(error.status)
}

const isBusy = (status = 0): boolean => status >= 500 || status === 429 || status === 408

function readFlow(value: unknown): DeviceFlow {
  const flow: JsonObject = isJsonObject(value) ? value : {}
  const text = (name: string): string => {
    const member = readString(flow, name)
    if (member === undefined)
      throw new ConfigurationError('flow', `"${name}" is missing: pass what initiateDeviceFlow returned`)
    return member
  }
  return {
    userCode: text('userCode'),
    deviceCode: text('deviceCode'),
    verificationUri: text('verificationUri'),
    message: text('message'),
    correlationId: text('correlationId'),
    interval: readInteger(flow, 'interval') ?? DEFAULT_INTERVAL,
    expiresIn: readInteger(flow, 'expiresIn') ?? 0,
    expiresAt: readInteger(flow, 'expiresAt') ?? 0,
    scopes: validateScopes(flow['scopes']),
    ...(flow['isChallenged'] === true && { isChallenged: true }),
  }
}
