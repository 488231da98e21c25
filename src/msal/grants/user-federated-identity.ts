import type { Grant } from './grant.ts'

/** The user whom an agent acts for. */
export type FederatedUser =
  | { readonly username: string; readonly userObjectId?: undefined }
  | { readonly userObjectId: string; readonly tenant: string; readonly username?: undefined }

/** An agent's token for a user. @see https://learn.microsoft.com/entra/agent-id/identity-platform/agent-user-oauth-flow */
export const userFederatedIdentityGrant = (
  assertion: string,
  user: FederatedUser,
  scopes: readonly string[],
): Grant => ({
  type: 'user_fic',
  parameters: {
    user_federated_identity_credential: assertion,
    username: user.username,
    user_id: user.userObjectId,
  },
  scope: { values: scopes, isSent: true },
  endpoint: 'central',
  refreshToken: 'add',
  account: 'establish',
  routingHint: user.username === undefined ? `Oid:${user.userObjectId}@${user.tenant}` : `UPN:${user.username}`,
})
