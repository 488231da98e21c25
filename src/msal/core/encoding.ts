import { base64url } from 'jose'
import { trimEnd } from './text.ts'

const decoder = new TextDecoder()

/** Text as UTF-8 in base64url without padding. */
export const encodeBase64Url = (input: string | Uint8Array): string => base64url.encode(input)

/** Text that was encoded as base64url, with or without padding. @throws TypeError where it is none */
export const decodeBase64Url = (text: string): string => decoder.decode(base64url.decode(trimEnd(text, '=')))

/** Random text of `bytes` × 8 bits in base64url, from the cryptographic generator. */
export const randomText = (bytes: number): string => base64url.encode(crypto.getRandomValues(new Uint8Array(bytes)))

/** SHA-256 of UTF-8 text. */
export async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}

/** Compares two texts in a time that depends only on their lengths. */
export function equalInConstantTime(a: string, b: string): boolean {
  const left = new TextEncoder().encode(a)
  const right = new TextEncoder().encode(b)
  let difference = left.length ^ right.length
  for (let i = 0; i < left.length; i++) difference |= (left[i] ?? 0) ^ (right[i % (right.length || 1)] ?? 0)
  return difference === 0
}
