import type { Grant } from './grant.ts'

/** Asks whether a person has entered a device code. @see https://www.rfc-editor.org/rfc/rfc8628#section-3.4 */
export const deviceCodeGrant = (deviceCode: string, scopes: readonly string[]): Grant => ({
  type: 'urn:ietf:params:oauth:grant-type:device_code',
  parameters: { device_code: deviceCode },
  scope: { values: scopes, isSent: false },
  endpoint: 'central',
  refreshToken: 'add',
  account: 'establish',
})
