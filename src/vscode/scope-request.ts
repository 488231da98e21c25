import { l10n } from 'vscode'

/** A caller's scopes, taken apart once at the edge. */
export interface ScopeRequest {
  /** As asked for, in the caller's order; a session shows exactly these. */
  readonly asked: readonly string[]
  /** What the server is asked for, each once and sorted: no pseudo-scope, none that the library adds by itself. */
  readonly resourceScopes: readonly string[]
  /** Whether there is nothing but `openid email profile offline_access`. */
  readonly isOpenIdOnly: boolean
  /** Names of pseudo-scopes of VS Code's that are not known here, perhaps later ones; nothing was done for them. */
  readonly passedOver: readonly string[]
  readonly clientId?: string
  readonly tenant?: string
  readonly profile?: string
}

/** A scope can't be used as it stands; its message names the scope and the problem. */
export class ScopeRequestError extends Error {
  override name = 'ScopeRequestError'
}

const CLIENT_ID = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,254}$/
const TENANT =
  /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/
const PROFILE = /^[^\s\p{Cc}]{1,100}$/u

/** Whether text is a client ID that may be put into a request. */
export const isClientId = (text: string): boolean => CLIENT_ID.test(text)

/** Whether text is a tenant's GUID, a domain name or `common`, `organizations`, `consumers`: one path segment, no more. */
export const isTenant = (text: string): boolean => TENANT.test(text)

/** Whether a scope speaks to this provider, or to VS Code's own, and is never sent. */
export const isPseudoScope = (scope: string): boolean => /^(VSCODE|ENTRA)_/.test(scope)

/** Whether text may be the name of a profile. */
export const isProfileName = (text: string): boolean => PROFILE.test(text)

const PSEUDO_SCOPES = {
  VSCODE_CLIENT_ID: { member: 'clientId', isValid: isClientId },
  VSCODE_TENANT: { member: 'tenant', isValid: isTenant },
  ENTRA_PROFILE: { member: 'profile', isValid: isProfileName },
} as const

/** A scope token by RFC 6749 section 3.3. A space inside would smuggle a second scope past this file. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/
const OPENID_SCOPES: ReadonlySet<string> = new Set(['openid', 'email', 'profile', 'offline_access'])
const ADDED_BY_LIBRARY: ReadonlySet<string> = new Set(['openid', 'profile', 'offline_access'])

/**
 * Takes a caller's scopes apart. Of two equal pseudo-scopes the last counts; the order means nothing otherwise.
 *
 * @throws {ScopeRequestError} naming the first scope that is malformed, or ours and not known: a misspelt profile that is
 * passed over would send people to another client
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-3.3
 */
export function parseScopeRequest(asked: readonly string[]): ScopeRequest {
  const chosen: { clientId?: string; tenant?: string; profile?: string } = {}
  const scopes = new Set<string>()
  const passedOver = new Set<string>()
  for (const scope of asked) {
    const pseudo = parsePseudoScope(scope)
    if (pseudo) chosen[pseudo.member] = pseudo.value
    else if (isOurs(scope)) throw unknown(scope)
    else if (isPseudoScope(scope)) passedOver.add(nameOf(scope))
    else if (SCOPE_TOKEN.test(scope)) scopes.add(scope)
    else throw malformed(scope, l10n.t('a scope is text without spaces, quotes and backslashes'))
  }
  const sorted = [...scopes].sort()
  return {
    asked: [...asked],
    resourceScopes: sorted.filter((scope) => !ADDED_BY_LIBRARY.has(scope)),
    isOpenIdOnly: sorted.every((scope) => OPENID_SCOPES.has(scope)),
    passedOver: [...passedOver],
    ...chosen,
  }
}

/**
 * Takes the scopes of a session apart that was given out, perhaps by a later version that knows more pseudo-scopes.
 *
 * @throws {ScopeRequestError} naming the first malformed scope
 */
export const parseGivenScopes = (asked: readonly string[]): ScopeRequest => ({
  ...parseScopeRequest(asked.filter((scope) => !isOurs(scope) || parsePseudoScope(scope))),
  asked: [...asked],
})

const isOurs = (scope: string): boolean => scope.startsWith('ENTRA_')

const nameOf = (scope: string): string => scope.split(':', 1)[0] ?? ''

function parsePseudoScope(scope: string) {
  const name = nameOf(scope)
  if (!Object.hasOwn(PSEUDO_SCOPES, name)) return undefined
  const { member, isValid } = PSEUDO_SCOPES[name as keyof typeof PSEUDO_SCOPES]
  const value = scope.slice(name.length + 1)
  if (isValid(value)) return { member, value }
  const problem = {
    clientId: l10n.t('a client ID must follow the colon'),
    tenant: l10n.t('a tenant ID or domain name must follow the colon'),
    profile: l10n.t('the name of a profile must follow the colon'),
  }[member]
  throw malformed(scope, problem)
}

const unknown = (scope: string) =>
  new ScopeRequestError(
    l10n.t(
      'The scope {0} is not known. Pseudo-scopes are {1}.',
      JSON.stringify(scope),
      Object.keys(PSEUDO_SCOPES).join(', '),
    ),
  )

const malformed = (scope: string, problem: string) =>
  new ScopeRequestError(l10n.t('The scope {0} is malformed: {1}.', JSON.stringify(scope), problem))
