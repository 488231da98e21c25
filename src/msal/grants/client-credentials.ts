import type { Grant } from './grant.ts'

/** An application's own token. @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4 */
export const clientCredentialsGrant = (
  scopes: readonly string[],
  extra: Readonly<Record<string, string | undefined>> = {},
): Grant => ({
  type: 'client_credentials',
  parameters: extra,
  scope: { values: scopes, isSent: true },
  endpoint: 'regional',
  refreshToken: 'add',
  account: 'none',
})
