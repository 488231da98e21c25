import assert from 'node:assert/strict'
import fc from 'fast-check'
import { equalInConstantTime, randomText } from '../../../src/msal/core/encoding.ts'
import { Secret } from '../../../src/msal/core/secret.ts'
import { mergeClaims, mergeClaimsRequests } from '../../../src/msal/oauth/claims-request.ts'
import { createPkce } from '../../../src/msal/oauth/pkce.ts'
import { decorateScopes, splitScopes, validateScopes } from '../../../src/msal/oauth/scopes.ts'
import { judgeOAuthResponse, parseTokenResponse } from '../../../src/msal/oauth/token-response.ts'
import { OAuthError } from '../../../src/msal/core/errors.ts'

const scope = fc.stringMatching(/^[!#-[\]-~]{1,20}$/)

describe('Scopes', () => {
  it('are sent with what the library adds, once each, except what is excluded', () => {
    assert.deepEqual(decorateScopes(['a', 'a'], []), ['a', 'openid', 'profile', 'offline_access'])
    assert.deepEqual(decorateScopes([], ['offline_access']), ['openid', 'profile'])
  })

  for (const wrong of ['a b', undefined, null, {}, [1], [''], ['a b'], ['a"'], ['a\\'], ['ä'], ['a\n']])
    it(`${JSON.stringify(wrong)} are refused by name`, () =>
      assert.throws(() => validateScopes(wrong), { name: 'ConfigurationError', argument: 'scopes' }))

  for (const reserved of ['openid', 'profile', 'offline_access'])
    it(`must not hold ${reserved}`, () =>
      assert.throws(() => decorateScopes(['a', reserved], []), new RegExp(reserved)))

  it('come back from text as they went', () =>
    fc.assert(fc.property(fc.array(scope), (scopes) => assert.deepEqual(splitScopes(scopes.join(' ')), scopes))))
})

describe('A claims request', () => {
  it('holds the capabilities beside the challenge, and keeps the rest of it', () => {
    assert.equal(mergeClaims([], undefined), undefined)
    assert.equal(mergeClaims([], '{"a":1}'), '{"a":1}')
    assert.deepEqual(JSON.parse(mergeClaims(['CP1'], '{"access_token":{"nbf":null},"id_token":{"x":1}}') ?? ''), {
      access_token: { nbf: null, xms_cc: { values: ['CP1'] } },
      id_token: { x: 1 },
    })
  })

  it('loses nothing of two that are merged, and the second wins', () => {
    const claims = fc.dictionary(fc.string(), fc.dictionary(fc.string(), fc.jsonValue()))
    fc.assert(
      fc.property(claims, claims, (a, b) => {
        const merged = JSON.parse(mergeClaimsRequests(JSON.stringify(a), JSON.stringify(b)) ?? '') as typeof a
        for (const [name, members] of Object.entries(b))
          for (const [member, value] of Object.entries(members)) {
            const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
            if (!isObject) assert.deepEqual(merged[name]?.[member], JSON.parse(JSON.stringify(value)))
          }
        for (const name of Object.keys(a)) assert.ok(Object.hasOwn(merged, name))
      }),
    )
  })
})

describe('PKCE', () => {
  it('has a verifier of 43 unreserved characters, another each time', async () => {
    const pairs = await Promise.all(Array.from({ length: 20 }, createPkce))
    for (const { verifier, challenge } of pairs) {
      assert.match(verifier, /^[\w-]{43}$/)
      assert.match(challenge, /^[\w-]{43}$/)
    }
    assert.equal(new Set(pairs.map(({ verifier }) => verifier)).size, 20)
  })
})

describe('A comparison in constant time', () => {
  it('agrees with the plain one', () =>
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        assert.equal(equalInConstantTime(a, b), a === b)
        assert.ok(equalInConstantTime(a, a))
      }),
    ))

  it('tells a text from its beginning and its repetition', () => {
    assert.ok(!equalInConstantTime('aa', 'a'))
    assert.ok(!equalInConstantTime('a', 'aa'))
    assert.ok(!equalInConstantTime('a', ''))
    assert.equal(randomText(32).length, 43)
  })
})

describe('A secret', () => {
  it('prints as [secret], and is told only where it is asked for', async () => {
    const { inspect } = await import('node:util')
    const secret = new Secret('canary')
    assert.equal(`${String(secret)} ${JSON.stringify({ secret })}`, '[secret] {"secret":"[secret]"}')
    assert.doesNotMatch(inspect(secret, { depth: 9, showHidden: true }), /canary/)
    assert.equal(secret.reveal(), 'canary')
  })
})

describe('A token answer', () => {
  it('gives the life of its token in seconds, whatever form it has', () => {
    const life = (wire: object) => parseTokenResponse(wire as never, 1000).expiresIn
    assert.deepEqual(
      [{ expires_in: 60 }, { expires_in: '60' }, { expires_on: '1600' }, {}, { expires_in: 'soon' }].map(life),
      [60, 60, 600, 600, 600],
    )
  })

  it('that holds an error is one, with all that the server said', () => {
    const text = JSON.stringify({
      error: 'invalid_grant',
      error_description: 'AADSTS50076: …',
      error_codes: [50076],
      suberror: 'token_expired',
      claims: '{"a":1}',
      correlation_id: 'c',
      trace_id: 't',
    })
    assert.throws(
      () => judgeOAuthResponse({ status: 400, headers: {}, text }, 'h'),
      (error: unknown) => {
        assert.ok(error instanceof OAuthError)
        assert.deepEqual(Object.fromEntries(Object.entries(error)), {
          name: 'OAuthError',
          error: 'invalid_grant',
          errorDescription: 'AADSTS50076: …',
          errorCodes: [50076],
          suberror: 'token_expired',
          claims: '{"a":1}',
          correlationId: 'c',
          traceId: 't',
          status: 400,
        })
        return true
      },
    )
  })

  for (const suberror of ['basic_action', 'consent_required', 'message_only'])
    it(`shows the classification ${suberror}`, () =>
      assert.equal(new OAuthError({ error: 'x', suberror }).classification, suberror))

  for (const suberror of [
    'bad_token',
    'token_expired',
    'protection_policy_required',
    'client_mismatch',
    'device_authentication_failed',
  ])
    it(`hides the classification ${suberror}, as Entra asks`, () =>
      assert.equal(new OAuthError({ error: 'x', suberror }).classification, undefined))

  for (const [what, status, text] of [
    ['HTML', 200, '<html>canary</html>'],
    ['a list', 200, '[]'],
    ['nothing', 500, ''],
    ['a proxy page', 407, 'canary'],
    ['JSON without an error', 500, '{}'],
  ] as const)
    it(`that is ${what} (HTTP ${status}) is unusable, and is not quoted`, () =>
      assert.throws(
        () => judgeOAuthResponse({ status, headers: {}, text }, 'idp.example'),
        (error: Error) => error.name === 'NetworkError' && !error.message.includes('canary'),
      ))
})
