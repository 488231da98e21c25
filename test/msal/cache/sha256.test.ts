import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { sha256Sync } from '../../../src/msal/cache/sha256.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('sha256Sync', () => {
  it("gives the digests of NIST's examples", () => {
    const examples = [
      ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
      ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
      [
        'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
        '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
      ],
      ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
    ] as const
    for (const [text, digest] of examples) assert.equal(hex(sha256Sync(text)), digest)
  })

  it('agrees with the platform at every length around the block size', () => {
    for (let length = 0; length <= 200; length++) {
      const text = 'ü'.repeat(length)
      assert.equal(hex(sha256Sync(text)), createHash('sha256').update(text).digest('hex'), `length ${length}`)
    }
  })

  it('agrees with the platform for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        assert.equal(hex(sha256Sync(text)), createHash('sha256').update(text, 'utf8').digest('hex'))
      }),
    )
  })
})
