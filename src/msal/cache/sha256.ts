/** First 32 bits of the fractional parts of the square roots of the first 8 primes. */
const INITIAL_STATE = parseWords('6a09e667 bb67ae85 3c6ef372 a54ff53a 510e527f 9b05688c 1f83d9ab 5be0cd19')

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const ROUND_CONSTANTS = parseWords(`
  428a2f98 71374491 b5c0fbcf e9b5dba5 3956c25b 59f111f1 923f82a4 ab1c5ed5
  d807aa98 12835b01 243185be 550c7dc3 72be5d74 80deb1fe 9bdc06a7 c19bf174
  e49b69c1 efbe4786 0fc19dc6 240ca1cc 2de92c6f 4a7484aa 5cb0a9dc 76f988da
  983e5152 a831c66d b00327c8 bf597fc7 c6e00bf3 d5a79147 06ca6351 14292967
  27b70a85 2e1b2138 4d2c6dfc 53380d13 650a7354 766a0abb 81c2c92e 92722c85
  a2bfe8a1 a81a664b c24b8b70 c76c51a3 d192e819 d6990624 f40e3585 106aa070
  19a4c116 1e376c08 2748774c 34b0bcb5 391c0cb3 4ed8aa4a 5b9cca4f 682e6ff3
  748f82ee 78a5636f 84c87814 8cc70208 90befffa a4506ceb bef9a3f7 c67178f2`)

function parseWords(text: string): readonly number[] {
  return text
    .trim()
    .split(/\s+/)
    .map((word) => Number.parseInt(word, 16))
}

const rotate = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits))

/**
 * SHA-256 of UTF-8 text, at once: a token cache answers synchronously, and WebCrypto does not.
 * It names cache entries and is used for nothing that is secret.
 *
 * @see https://nvlpubs.nist.gov/nistpubs/FIPS/NIST.FIPS.180-4.pdf section 6.2
 */
export function sha256Sync(text: string): Uint8Array {
  const blocks = pad(new TextEncoder().encode(text))
  const state = [...INITIAL_STATE]
  for (let offset = 0; offset < blocks.byteLength; offset += 64) {
    const sum = compress(state, expandBlock(blocks, offset))
    for (let i = 0; i < 8; i++) state[i] = (at(state, i) + at(sum, i)) | 0
  }
  const digest = new DataView(new ArrayBuffer(32))
  state.forEach((word, i) => digest.setInt32(i * 4, word))
  return new Uint8Array(digest.buffer)
}

/** The message, a bit that is set, zeros, and the length in bits, filling whole blocks of 64 bytes. */
function pad(message: Uint8Array): DataView {
  const padded = new Uint8Array((Math.floor((message.length + 8) / 64) + 1) * 64)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setBigUint64(padded.length - 8, BigInt(message.length) * 8n)
  return view
}

function expandBlock(blocks: DataView, offset: number): readonly number[] {
  const words: number[] = []
  for (let t = 0; t < 16; t++) words.push(blocks.getInt32(offset + t * 4))
  for (let t = 16; t < 64; t++) {
    const a = at(words, t - 15)
    const b = at(words, t - 2)
    const small0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3)
    const small1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10)
    words.push((at(words, t - 16) + small0 + at(words, t - 7) + small1) | 0)
  }
  return words
}

function compress(state: readonly number[], words: readonly number[]): readonly number[] {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let t = 0; t < 64; t++) {
    const big1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const big0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const first = (h + big1 + ((e & f) ^ (~e & g)) + at(ROUND_CONSTANTS, t) + at(words, t)) | 0
    const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0]
  }
  return [a, b, c, d, e, f, g, h]
}

const at = (words: readonly number[], index: number): number => words[index] ?? 0
