import { encodeBase64Url } from '../core/encoding.ts'
import type { SamlAssertion } from '../wstrust/rst-response.ts'
import type { Grant } from './grant.ts'

const TYPES: Readonly<Record<SamlAssertion['version'], string>> = {
  '1.1': 'urn:ietf:params:oauth:grant-type:saml1_1-bearer',
  '2.0': 'urn:ietf:params:oauth:grant-type:saml2-bearer',
}

/** Exchanges a federation server's assertion. @see https://www.rfc-editor.org/rfc/rfc7522#section-2.1 */
export const samlBearerGrant = ({ version, text }: SamlAssertion, scopes: readonly string[]): Grant => ({
  type: TYPES[version],
  parameters: { assertion: encodeBase64Url(text) },
  scope: { values: scopes, isSent: true },
  endpoint: 'central',
  refreshToken: 'add',
  account: 'establish',
})
