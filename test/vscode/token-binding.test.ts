import assert from 'node:assert/strict'
import { isBound } from '../../src/vscode/token-binding.ts'

const jwt = (claims: object) => ['{"alg":"RS256"}', JSON.stringify(claims), 's'].map(encode).join('.')
const encode = (text: string) => Buffer.from(text).toString('base64url')

describe('a token', () => {
  const cases: readonly [string, string, string, boolean][] = [
    ['a bearer token', 'Bearer', jwt({ aud: 'a', name: 'Zoë ÿþ' }), false],
    ['a bearer token in small letters', 'bearer', 'opaque', false],
    ['a token of another type', 'pop', 'opaque', true],
    ['a bearer token with the claim cnf', 'Bearer', jwt({ cnf: { kid: 'k' } }), true],
    ['a token that is nearly a JWT', 'Bearer', 'a.%%.c', false],
    ['a token whose second part is no object', 'Bearer', `a.${encode('null')}.c`, false],
  ]
  for (const [what, tokenType, accessToken, bound] of cases)
    it(`is ${bound ? '' : 'not '}bound: ${what}`, () => assert.equal(isBound({ tokenType, accessToken }), bound))
})
