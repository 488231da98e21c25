import { encodeBase64Url, randomText, sha256 } from '../core/encoding.ts'

/** A verifier and its S256 challenge; there is no other method here. */
export interface Pkce {
  readonly verifier: string
  readonly challenge: string
}

/** Makes a verifier of 43 characters (256 random bits). @see https://www.rfc-editor.org/rfc/rfc7636#section-4.1 */
export async function createPkce(): Promise<Pkce> {
  const verifier = randomText(32)
  return { verifier, challenge: encodeBase64Url(await sha256(verifier)) }
}
