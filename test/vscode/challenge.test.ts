import assert from 'node:assert/strict'
import { parseConstraint } from '../../src/vscode/challenge.ts'

const CLAIMS = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
const bearer = (params: object, scheme = 'Bearer') => ({ scheme, params })

describe("an API's challenges", () => {
  const understood: readonly [string, object, object][] = [
    [
      'claims in base64url, for the scopes of the caller',
      { challenges: [bearer({ claims: Buffer.from(CLAIMS).toString('base64url') })], fallbackScopes: ['a'] },
      { scopes: ['a'], claims: CLAIMS },
    ],
    [
      'claims in padded base64 and in JSON, whatever the case of names',
      { challenges: [bearer({ Claims: Buffer.from(CLAIMS).toString('base64') }, 'bearer')], fallbackScopes: ['a'] },
      { scopes: ['a'], claims: CLAIMS },
    ],
    [
      'scopes, which win over those of the caller',
      { challenges: [bearer({ scope: ' b  c ', claims: CLAIMS })], fallbackScopes: ['a'] },
      { scopes: ['b', 'c'], claims: CLAIMS },
    ],
    [
      "the caller's client and tenant beside the API's scopes",
      { challenges: [bearer({ scope: 'b' })], fallbackScopes: ['VSCODE_TENANT:guest.example', 'a', 'ENTRA_PROFILE:p'] },
      { scopes: ['b', 'VSCODE_TENANT:guest.example', 'ENTRA_PROFILE:p'] },
    ],
    [
      'no client or tenant of its own choice',
      { challenges: [bearer({ scope: 'VSCODE_TENANT:evil.example ENTRA_PROFILE:x' })], fallbackScopes: ['a'] },
      { scopes: ['a'] },
    ],
    [
      'a token alone, where it names no claims',
      { challenges: [bearer({ error: 'invalid_token' })], fallbackScopes: ['a'] },
      { scopes: ['a'] },
    ],
    [
      'the bearer challenge among others, and nothing of what is no challenge',
      { challenges: [null, 7, { scheme: 1 }, bearer({ claims: '{}', scope: 'x' }, 'PoP'), bearer({ scope: 'b' })] },
      { scopes: ['b'] },
    ],
  ]
  for (const [what, constraint, expected] of understood)
    it(`are understood as ${what}`, () => assert.deepEqual(parseConstraint(constraint), expected))

  const refused: readonly [string, unknown, RegExp][] = [
    ['no object', undefined, /bearer token/],
    ['no challenge', { challenges: [], fallbackScopes: ['a'] }, /bearer token/],
    [
      'a proof of possession',
      { challenges: [bearer({ claims: CLAIMS }, 'PoP')], fallbackScopes: ['a'] },
      /bearer token/,
    ],
    ['claims that are no JSON', { challenges: [bearer({ claims: 'e30x!' })], fallbackScopes: ['a'] }, /can't be read/],
    ['claims that are no object', { challenges: [bearer({ claims: '[]' })], fallbackScopes: ['a'] }, /can't be read/],
    [
      'claims without measure',
      { challenges: [bearer({ claims: `{"a":"${'b'.repeat(40_000)}"}` })], fallbackScopes: ['a'] },
      /can't be read/,
    ],
    ['no scopes at all', { challenges: [bearer({ claims: CLAIMS })] }, /no scopes/],
  ]
  for (const [what, constraint, message] of refused)
    it(`are refused where there is ${what}`, () =>
      assert.throws(() => parseConstraint(constraint), { name: 'ChallengeError', message }))
})
