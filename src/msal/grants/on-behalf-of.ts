import type { Grant } from './grant.ts'

/** A middle tier's token for the user whose token reached it. @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow */
export const onBehalfOfGrant = (userAssertion: string, scopes: readonly string[]): Grant => ({
  type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  parameters: { assertion: userAssertion, requested_token_use: 'on_behalf_of' },
  scope: { values: scopes, isSent: true },
  endpoint: 'central',
  refreshToken: 'add',
  account: 'establish',
})
