import { sha256 } from '@noble/hashes/sha2.js'

/** SHA-256 of UTF-8 text, at once: the cache is synchronous, and WebCrypto is not. */
export const sha256Sync = (text: string): Uint8Array => sha256(new TextEncoder().encode(text))
