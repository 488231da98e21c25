import type { BrokerFailure } from '../core/broker-runtime.ts'
import { BrokerError, RedirectUriError } from '../core/errors.ts'
import { parseJsonObject } from '../core/json.ts'
import { registeredRedirectUris } from './broker-rules.ts'

/** The runtime's list of statuses, by number. */
const STATUSES = [
  'Unexpected',
  'Reserved',
  'InteractionRequired',
  'NoNetwork',
  'NetworkTemporarilyUnavailable',
  'ServerTemporarilyUnavailable',
  'ApiContractViolation',
  'UserCanceled',
  'ApplicationCanceled',
  'IncorrectConfiguration',
  'InsufficientBuffer',
  'AuthorityUntrusted',
  'UserSwitched',
  'AccountUnusable',
  'UserDataRemovalRequired',
  'KeyNotFound',
  'AccountNotFound',
] as const

/** Statuses after which a person at the broker's window may help. */
const RECOVERABLE: ReadonlySet<string> = new Set(['InteractionRequired', 'AccountUnusable'])

/** Statuses that say nothing about the person. */
const OUT_OF_REACH: ReadonlySet<string> = new Set([
  'NoNetwork',
  'NetworkTemporarilyUnavailable',
  'ServerTemporarilyUnavailable',
])

/** What the server says where the app registration lacks the broker's redirect URI. */
const UNREGISTERED = /AADSTS(50011|7000218)\b/

/** The error that a broker's refusal becomes; its words are kept, for they are all there is. */
export function createBrokerError(
  { status, errorCode, tag, context, telemetry = '' }: BrokerFailure,
  clientId: string,
): BrokerError | RedirectUriError {
  if (UNREGISTERED.test(context)) return new RedirectUriError(registeredRedirectUris(clientId))
  const brokerStatus = STATUSES[status] ?? String(status)
  return new BrokerError(`${context}. Status: ${brokerStatus}, Error code: ${errorCode}, Tag: ${tag}`, {
    brokerStatus,
    brokerErrorCode: errorCode,
    brokerTag: tag,
    msalruntimeTelemetry: readTelemetry(telemetry),
  })
}

/** Whether the broker's window may help after a silent attempt. */
export const isRecoverable = ({ brokerStatus }: BrokerError): boolean =>
  brokerStatus !== undefined && RECOVERABLE.has(brokerStatus)

/** Whether the broker, or what it asks, could not be reached: that says nothing about whether a person has to sign in. */
export const isOutOfReach = ({ brokerStatus }: BrokerError): boolean =>
  brokerStatus === undefined || OUT_OF_REACH.has(brokerStatus)

/** The runtime's telemetry without the part that names the account; undefined where there is none. */
export function readTelemetry(text: string): string | undefined {
  const { wam_telemetry: _, ...telemetry } = parseJsonObject(text) ?? {}
  return Object.keys(telemetry).length > 0 ? JSON.stringify(telemetry) : undefined
}
