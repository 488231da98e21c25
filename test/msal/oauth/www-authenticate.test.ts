import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseWwwAuthenticate, readClaimsChallenge, type Challenge } from '../../../src/msal/index.ts'

const CLAIMS = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
const base64 = Buffer.from(CLAIMS).toString('base64')

describe('WWW-Authenticate', () => {
  const cases: readonly [string, readonly Challenge[]][] = [
    ['', []],
    ['Bearer', [{ scheme: 'Bearer', params: {} }]],
    [
      'Bearer realm="a, b", error=invalid_token',
      [{ scheme: 'Bearer', params: { realm: 'a, b', error: 'invalid_token' } }],
    ],
    [
      'Bearer a="1", Basic realm="x", PoP nonce="n"',
      [
        { scheme: 'Bearer', params: { a: '1' } },
        { scheme: 'Basic', params: { realm: 'x' } },
        { scheme: 'PoP', params: { nonce: 'n' } },
      ],
    ],
    [
      'Negotiate abc==, Bearer a=1',
      [
        { scheme: 'Negotiate', params: {} },
        { scheme: 'Bearer', params: { a: '1' } },
      ],
    ],
    [
      'Negotiate, NTLM',
      [
        { scheme: 'Negotiate', params: {} },
        { scheme: 'NTLM', params: {} },
      ],
    ],
    [String.raw`Bearer a="say \"hi\" \\"`, [{ scheme: 'Bearer', params: { a: String.raw`say "hi" \ `.trim() } }]],
    ['Bearer A="1",a="2"', [{ scheme: 'Bearer', params: { a: '1' } }]],
    [' , Bearer  a = "1" ,, b="2"', [{ scheme: 'Bearer', params: { a: '1', b: '2' } }]],
    ['Bearer a="open', [{ scheme: 'Bearer', params: {} }]],
    ['a="no scheme"', []],
  ]
  for (const [field, expected] of cases)
    it(`${field || '(empty)'} is read`, () => assert.deepEqual(parseWwwAuthenticate(field), expected))

  it('comes back as it was printed', () => {
    const token = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/)
    const challenge = fc.record({
      scheme: token,
      params: fc.dictionary(token, fc.string({ unit: 'grapheme-ascii' }), { minKeys: 1 }),
    })
    const print = ({ scheme, params }: Challenge) =>
      `${scheme} ${Object.entries(params)
        .map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`)
        .join(', ')}`
    fc.assert(
      fc.property(fc.array(challenge), (challenges) => {
        const seen = parseWwwAuthenticate(challenges.map(print).join(', '))
        assert.deepEqual(JSON.stringify(seen), JSON.stringify(challenges))
      }),
    )
  })

  it('is read in time and without an error, whatever it holds', () =>
    fc.assert(fc.property(fc.string(), (field) => Array.isArray(parseWwwAuthenticate(field)))))
})

describe('A claims challenge', () => {
  for (const [what, claims] of [
    ['base64', base64],
    ['base64url', Buffer.from(CLAIMS).toString('base64url')],
    ['JSON', CLAIMS.replaceAll('"', '\\"')],
  ] as const)
    it(`is read from ${what}`, () =>
      assert.equal(readClaimsChallenge(`Basic x="y", Bearer error="insufficient_claims", claims="${claims}"`), CLAIMS))

  it('is read from challenges that somebody else took apart, who may leave the backslashes', () => {
    for (const claims of [base64, CLAIMS, CLAIMS.replaceAll('"', '\\"')])
      assert.equal(readClaimsChallenge([{ scheme: 'bearer', params: { claims } }]), CLAIMS)
    assert.equal(
      readClaimsChallenge([{ scheme: 'Bearer', params: { claims: `{"a":"${'b'.repeat(32 * 1024)}"}` } }]),
      undefined,
    )
  })

  for (const field of [
    'Bearer error="invalid_token"',
    `Basic claims="${base64}"`,
    'Bearer claims="!!"',
    `Bearer claims="${Buffer.from('[]').toString('base64')}"`,
    `Bearer claims="${'a'.repeat(64 * 1024)}"`,
  ])
    it(`is absent in ${field.slice(0, 40)}`, () => assert.equal(readClaimsChallenge(field), undefined))
})
