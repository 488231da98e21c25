import { routeByUsername } from '../oauth/routing-hint.ts'
import type { Grant } from './grant.ts'

/** What a password is exchanged with. */
export interface UsernamePasswordParameters {
  readonly username: string
  readonly password: string
  readonly scopes: readonly string[]
}

/** Exchanges a user name and a password. @see https://www.rfc-editor.org/rfc/rfc6749#section-4.3 */
export const usernamePasswordGrant = ({ username, password, scopes }: UsernamePasswordParameters): Grant => ({
  type: 'password',
  parameters: { username, password },
  scope: { values: scopes, isSent: true },
  endpoint: 'central',
  refreshToken: 'add',
  account: 'establish',
  // A header can hold nothing else.
  routingHint: /^[\x20-\x7e]+$/.test(username) ? routeByUsername(username) : undefined,
})
