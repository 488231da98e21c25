import type { BrokerPlatform, BrokerPopParameters, BrokerRequest } from '../core/broker-runtime.ts'
import { ConfigurationError } from '../core/errors.ts'
import type { PopAuthScheme } from '../pop/pop-auth-scheme.ts'
import { redirectUriOf } from './broker-rules.ts'

/** Who asks, as brokers tell it to Entra. */
const SKU = 'EntraAuth'
/** Of `package.json`. */
const VERSION = '0.1.0'

/** What a request is made of. */
export interface BrokerRequestFacts {
  readonly platform: BrokerPlatform
  /** In place of the platform's usual one. */
  readonly redirectUri?: string | undefined
  readonly clientId: string
  /** Origin and tenant of the authority. */
  readonly authority: string
  readonly scopes: readonly string[]
  readonly claims?: string | undefined
  readonly authScheme?: PopAuthScheme | undefined
  readonly accessTokenToRenew?: string | undefined
  /** Further parameters; those that are absent are not sent. */
  readonly additional?: Readonly<Record<string, string | undefined>> | undefined
  readonly correlationId: string
}

/** Makes what all requests for a token have in common. */
export function createBrokerRequest(facts: BrokerRequestFacts): BrokerRequest {
  const { clientId, authority, scopes, claims, authScheme, accessTokenToRenew, correlationId } = facts
  const additional = Object.entries(facts.additional ?? {}).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return {
    clientId,
    authority,
    scopes,
    redirectUri: facts.redirectUri ?? redirectUriOf(facts.platform),
    claims,
    accessTokenToRenew,
    pop: authScheme && bindTo(authScheme),
    additional: { msal_client_sku: SKU, msal_client_ver: VERSION, ...Object.fromEntries(additional) },
    correlationId,
  }
}

function bindTo({ httpMethod, url, nonce }: PopAuthScheme): BrokerPopParameters {
  const { host, pathname } = new URL(url)
  return { method: httpMethod, host, path: pathname, nonce }
}

/** The bytes of a window's native handle, little-endian. @throws {ConfigurationError} naming `parentWindowHandle` */
export function encodeWindowHandle(handle: unknown): Uint8Array {
  if (handle instanceof Uint8Array && handle.length <= 8) return handle
  const number = typeof handle === 'number' && Number.isSafeInteger(handle) ? BigInt(handle) : handle
  if (typeof number !== 'bigint' || number < 0n || number >= 2n ** 64n)
    throw new ConfigurationError(
      'parentWindowHandle',
      "a broker's dialog needs the native handle of your window, or CONSOLE_WINDOW_HANDLE where you have none",
    )
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, number, true)
  return bytes
}
