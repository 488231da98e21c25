import { ConfigurationError } from '../core/errors.ts'

/** Scopes that the library adds by itself where a person signs in. */
const RESERVED_SCOPES = ['openid', 'profile', 'offline_access'] as const

/** Refuses anything but an array of scope tokens (RFC 6749 section 3.3). @throws {ConfigurationError} naming `scopes` */
export function validateScopes(scopes: unknown): readonly string[] {
  if (!Array.isArray(scopes)) throw new ConfigurationError('scopes', 'an array of strings is needed')
  return scopes.map((scope: unknown) => {
    if (typeof scope !== 'string' || !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))
      throw new ConfigurationError('scopes', 'each must be text without spaces, quotes and backslashes')
    return scope
  })
}

/**
 * Adds `openid profile offline_access`, except those that are excluded.
 *
 * @throws {ConfigurationError} where the caller passed one of them
 */
export function decorateScopes(scopes: unknown, excluded: readonly string[]): readonly string[] {
  const wanted = validateScopes(scopes)
  const reserved = RESERVED_SCOPES.filter((scope) => wanted.includes(scope))
  if (reserved.length > 0)
    throw new ConfigurationError('scopes', `${reserved.join(', ')} must not be passed, the library adds them`)
  return [...new Set([...wanted, ...RESERVED_SCOPES])].filter((scope) => !excluded.includes(scope))
}

/** The scopes of a `scope` parameter or answer. */
export const splitScopes = (text: string): readonly string[] => text.split(/\s+/).filter(Boolean)
