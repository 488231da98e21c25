import { ConfigurationError } from '../core/errors.ts'
import type { TokenResult } from '../core/token-result.ts'
import { onBehalfOfGrant } from '../grants/on-behalf-of.ts'
import { userFederatedIdentityGrant } from '../grants/user-federated-identity.ts'
import { decorateScopes } from '../oauth/scopes.ts'
import type { ClientContext } from './client-context.ts'
import { extensionOf, requestedClaims, type ForwardedClaimsOptions } from './forwarded-claims.ts'
import { redeemGrant } from './redeem-grant.ts'

/** Options of `acquireTokenOnBehalfOf`. */
export interface OnBehalfOfOptions extends ForwardedClaimsOptions {
  /** The token that reached this service. */
  readonly userAssertion: string
  /** The further service's. */
  readonly scopes: readonly string[]
}

/** Options of `acquireTokenByUserFederatedIdentityCredential`; the user is named in one way. */
export interface UserFederatedIdentityOptions extends ForwardedClaimsOptions {
  /** One resource's. */
  readonly scopes: readonly string[]
  /** The agent's own token. */
  readonly assertion: string
  /** The user's principal name; or `userObjectId`. */
  readonly username?: string | undefined
  /** The user's object id in the agent's tenant; or `username`. */
  readonly userObjectId?: string | undefined
}

/**
 * Exchanges a user's token for one of a further service; asks each time. What it brings is found by
 * `acquireTokenSilent` under that user.
 *
 * @throws {OAuthError} where the server refused; `claims` is what the caller has to be challenged with
 */
export async function acquireOnBehalfOf(context: ClientContext, options: OnBehalfOfOptions): Promise<TokenResult> {
  const assertion = requireText('userAssertion', options.userAssertion)
  const scopes = decorateScopes(options.scopes, context.excludeScopes)
  const claims = requestedClaims(context, options)
  const authority = await context.resolve(context.address)
  return redeemGrant(context, onBehalfOfGrant(assertion, scopes), {
    authority,
    claims,
    extension: extensionOf(options),
  })
}

/**
 * An agent's token for a user, by the agent's federated credential; asks each time.
 *
 * @throws {OAuthError} where the server refused
 */
export async function acquireByUserFederatedIdentity(
  context: ClientContext,
  options: UserFederatedIdentityOptions,
): Promise<TokenResult> {
  const assertion = requireText('assertion', options.assertion)
  const { username, userObjectId } = options
  if (username && userObjectId) throw new ConfigurationError('userObjectId', 'give either username or userObjectId')
  const scopes = decorateScopes(options.scopes, context.excludeScopes)
  const claims = requestedClaims(context, options)
  const name = userObjectId ? undefined : requireText('username', username)
  const authority = await context.resolve(context.address)
  const user =
    name === undefined
      ? { userObjectId: requireText('userObjectId', userObjectId), tenant: authority.realm }
      : { username: name }
  return redeemGrant(context, userFederatedIdentityGrant(assertion, user, scopes), {
    authority,
    claims,
    extension: extensionOf(options),
    username: name,
  })
}

function requireText(argument: string, value: unknown): string {
  if (typeof value !== 'string' || !value) throw new ConfigurationError(argument, 'text is needed')
  return value
}
