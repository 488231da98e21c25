import { extendedKeyOf } from '../cache/cache-key.ts'
import { mergeClaims, mergeClaimsRequests, parseForwardedClaims } from '../oauth/claims-request.ts'
import type { ClientContext } from './client-context.ts'

/** Claims of a request. */
export interface ForwardedClaimsOptions {
  /** JSON text from a resource's `WWW-Authenticate`; skips the cached token, and the new one replaces it. */
  readonly claimsChallenge?: string | undefined
  /** JSON text of claims that the client asks for by itself; tokens are cached apart for each value. */
  readonly forwardedClientClaims?: string | undefined
}

/** The `claims` parameter of a request. @throws {ConfigurationError} naming the option that is no JSON object */
export function requestedClaims(
  { capabilities }: ClientContext,
  { claimsChallenge, forwardedClientClaims }: ForwardedClaimsOptions,
): string | undefined {
  const forwarded = parseForwardedClaims(forwardedClientClaims)
  return mergeClaimsRequests(mergeClaims(capabilities, claimsChallenge), forwarded)
}

/** The parameters that set a request's tokens apart in the cache; undefined where there are none. */
export function extensionOf(options: {
  readonly forwardedClientClaims?: string | undefined
  readonly fmiPath?: string | undefined
}): Readonly<Record<string, string>> | undefined {
  const { forwardedClientClaims, fmiPath } = options
  if (!forwardedClientClaims && !fmiPath) return undefined
  return {
    ...(fmiPath && { fmi_path: fmiPath }),
    ...(forwardedClientClaims && { client_claims: forwardedClientClaims }),
  }
}

/** The same as the hash that the cache knows them by. */
export const extendedCacheKeyOf = (extension: Readonly<Record<string, string>> | undefined): string | undefined =>
  extension && extendedKeyOf(extension)
