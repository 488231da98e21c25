import { routeByClientInfo } from '../oauth/routing-hint.ts'
import type { Grant } from './grant.ts'

/** What an authorization code is redeemed with. */
export interface AuthorizationCodeParameters {
  readonly code: string
  readonly scopes: readonly string[]
  readonly redirectUri?: string | undefined
  readonly codeVerifier?: string | undefined
  readonly clientInfo?: string | undefined
}

/** Redeems an authorization code. @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3 */
export const authorizationCodeGrant = (from: AuthorizationCodeParameters): Grant => ({
  type: 'authorization_code',
  parameters: { code: from.code, redirect_uri: from.redirectUri, code_verifier: from.codeVerifier },
  scope: { values: from.scopes, isSent: true },
  endpoint: 'central',
  refreshToken: 'add',
  account: 'establish',
  routingHint: routeByClientInfo(from.clientInfo),
})
