import { createHash } from 'node:crypto'
import { AadstsError } from './errors.ts'

/** What an authorization request leaves behind for the redemption of its code. */
export type Challenge = { readonly value: string; readonly method: 'S256' | 'plain' }

/** Reads `code_challenge` and its method. */
export const readChallenge = (parameters: URLSearchParams): Challenge | undefined => {
  const value = parameters.get('code_challenge')
  const method = parameters.get('code_challenge_method') ?? 'plain'
  if (value === null) return undefined
  if (method !== 'S256' && method !== 'plain') throw new AadstsError(90023, { values: ['code_challenge_method'] })
  if (!/^[\w.~-]{43,128}$/.test(value)) throw new AadstsError(90023, { values: ['code_challenge'] })
  return { value, method }
}

/** Refuses a verifier that is absent or not the challenge's. */
export const checkVerifier = (challenge: Challenge | undefined, verifier: string | null): void => {
  if (challenge === undefined) {
    if (verifier !== null) throw new AadstsError(501481)
    return
  }
  if (verifier === null) throw new AadstsError(50148)
  const derived = challenge.method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url')
  if (derived !== challenge.value) throw new AadstsError(501481)
}
