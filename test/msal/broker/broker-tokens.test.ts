import assert from 'node:assert/strict'
import { judgeBrokerAnswer, type BrokerExpectation } from '../../../src/msal/broker/broker-tokens.ts'
import type { BrokerTokens } from '../../../src/msal/core/broker-runtime.ts'
import { decodeBase64Url } from '../../../src/msal/core/encoding.ts'
import { ADA, BOB, CLIENT_ID, HOME, idTokenOf } from '../../support/entra.ts'
import { brokerAccountOf, brokerFailure, brokerTokensFor } from '../../support/scripted-broker.ts'

const NOW = 1767225600
const EXPECTED: BrokerExpectation = { clientId: CLIENT_ID, scopes: ['User.Read'], isBound: false, now: NOW }
const judge = (tokens: Partial<BrokerTokens>, expected: Partial<BrokerExpectation> = {}) =>
  judgeBrokerAnswer(brokerTokensFor(ADA, tokens), { ...EXPECTED, ...expected })
const ID = `${ADA.uid}.${ADA.utid}`

describe("A broker's tokens", () => {
  it('become what a token endpoint would have answered', () => {
    const { tokens, account, claims, telemetry } = judge({ grantedScopes: ['User.Read', 'profile'] })
    const { idToken, wire, ...rest } = tokens
    assert.deepEqual(rest, {
      accessToken: 'broker-at',
      tokenType: 'Bearer',
      expiresIn: 3600,
      scope: 'User.Read profile',
    })
    assert.deepEqual(wire, {
      access_token: 'broker-at',
      token_type: 'Bearer',
      expires_in: 3600,
      id_token: idToken,
      client_info: brokerAccountOf(ADA).clientInfo,
    })
    assert.equal(account.username, ADA.username)
    assert.equal(claims['oid'], ADA.uid)
    assert.equal(telemetry, undefined)
  })

  const expiries: readonly [told: string, expiresOn: number, exp: unknown, expiresIn: number][] = [
    ['seconds', NOW + 1800, undefined, 1800],
    ['milliseconds where seconds belong', (NOW + 1800) * 1000, undefined, 600],
    ['a thousandth of it, in 1970', Math.trunc(NOW / 1000), undefined, 600],
    ['nothing', 0, undefined, 600],
    ['no number', NaN, undefined, 600],
    ['another time than the token itself', NOW + 3, NOW + 4000, 4000],
    ['a later time than the token itself', NOW + 9000, NOW + 4000, 4000],
    ['a time although the token is over', NOW + 9000, NOW - 10, 0],
    ['a time beside a token whose own is in no calendar', NOW + 1800, 9e15, 366 * 24 * 3600],
    ['a time beside a token whose own is no number', NOW + 1800, 'soon', 1800],
  ]
  for (const [told, expiresOn, exp, expiresIn] of expiries)
    it(`last ${expiresIn} s where the broker tells ${told}`, () => {
      const accessToken = exp === undefined ? 'opaque' : idTokenOf({ exp })
      assert.equal(judge({ accessToken, expiresOn }).tokens.expiresIn, expiresIn)
    })

  const granted: readonly [asked: readonly string[], granted: readonly string[], scope: string | undefined][] = [
    [['User.Read'], [], undefined],
    [['User.Read', 'Mail.Read'], ['User.Read'], 'User.Read'],
    [['User.Read'], ['user.read', 'profile'], 'user.read profile'],
    [['User.Read'], ['https://graph.microsoft.com/User.Read'], 'https://graph.microsoft.com/User.Read'],
    [['https://graph.microsoft.com/User.Read'], ['User.Read'], 'User.Read'],
    [['https://graph.microsoft.com/.default'], ['Mail.Read'], 'Mail.Read'],
    [['email'], ['openid'], 'openid'],
  ]
  for (const [asked, given, scope] of granted)
    it(`are reported with what was granted: ${asked.join(' ')} → ${given.join(' ') || 'nothing said'}`, () =>
      assert.equal(judge({ grantedScopes: given }, { scopes: asked }).tokens.scope, scope))

  for (const [asked, given] of [
    ['User.Read', 'Mail.Read'],
    ['User.Read', 'Super.User.Read'],
    ['https://graph.microsoft.com/.default', 'openid'],
  ] as const)
    it(`are refused where nothing that was asked for was granted: ${asked} → ${given}`, () =>
      assert.throws(() => judge({ grantedScopes: [given] }, { scopes: [asked] }), /granted none/))

  const unusable: readonly [
    problem: string,
    tokens: Partial<BrokerTokens>,
    expected: Partial<BrokerExpectation>,
    message: RegExp,
  ][] = [
    ['an empty access token', { accessToken: '' }, {}, /without an access token/],
    ['no account', { account: undefined }, {}, /whose token/],
    ['tokens of another account', {}, { homeAccountId: `${BOB.uid}.${BOB.utid}` }, /another account/],
    ['a plain token for a bound one', {}, { isBound: true }, /not bound/],
    ['a bound token that is empty', { isPop: true, authorizationHeader: 'pop ' }, { isBound: true }, /without an acc/],
  ]
  for (const [problem, tokens, expected, message] of unusable)
    it(`are refused: ${problem}`, () =>
      assert.throws(() => judge(tokens, expected), { name: 'BrokerError', error: 'broker_error', message }))

  it('are those of the account that was asked for, however its id is spelled, or where the broker does not say', () => {
    judge({}, { homeAccountId: ID.toUpperCase() })
    judge({ account: brokerAccountOf(ADA, { homeAccountId: '' }) }, { homeAccountId: ID })
  })

  it('name the home of the account even where the broker passes no client info on', () => {
    const clientInfo = (account: Parameters<typeof brokerAccountOf>[1]) =>
      judge({ account: brokerAccountOf(ADA, { clientInfo: '', ...account }) }).tokens.wire['client_info']
    const made = clientInfo({})
    assert.deepEqual(JSON.parse(decodeBase64Url(String(made))), { uid: ADA.uid, utid: ADA.utid })
    assert.equal(clientInfo({ homeAccountId: 'no-home' }), undefined)
  })

  it('without an ID token tell of the person what the broker told', () => {
    const { claims, tokens } = judge({ idToken: '' })
    assert.deepEqual(claims, { preferred_username: ADA.username, oid: ADA.uid, tid: HOME })
    assert.ok(!('id_token' in tokens.wire) && !('idToken' in tokens))
  })

  for (const [kind, tokens, expected] of [
    ['was asked for', { isPop: true, authorizationHeader: 'pop a.b.c' }, { isBound: true }],
    ['came unasked', { isPop: true, authorizationHeader: 'pop a.b.c' }, {}],
    ['calls itself a bearer token', { accessToken: idTokenOf({ cnf: { kid: 'k' } }) }, {}],
  ] as const)
    it(`are not plain ones where a bound token ${kind}: they say so, and none is left to be kept`, () => {
      const judged = judge(tokens, expected)
      assert.equal(judged.tokens.tokenType, 'pop')
      assert.equal(judged.tokens.wire['access_token'], undefined)
      if ('isPop' in tokens) assert.equal(judged.tokens.accessToken, 'a.b.c')
    })

  it('come with the telemetry, without the part that names the account', () => {
    const telemetry = JSON.stringify({ a: 1, wam_telemetry: '{"account_id":"x"}' })
    assert.equal(judge({ telemetry }).telemetry, '{"a":1}')
    for (const nothing of ['', 'no JSON', '[]', '{"wam_telemetry":"x"}'])
      assert.equal(judge({ telemetry: nothing }).telemetry, undefined)
  })
})

describe("A broker's refusal", () => {
  const refuse = (status: number, context?: string) => () => {
    const answer = brokerFailure(status, context)
    return judgeBrokerAnswer({ failure: { ...answer.failure, telemetry: '{"a":1,"wam_telemetry":"x"}' } }, EXPECTED)
  }

  for (const [status, name] of [
    [0, 'Unexpected'],
    [2, 'InteractionRequired'],
    [7, 'UserCanceled'],
    [13, 'AccountUnusable'],
    [16, 'AccountNotFound'],
    [17, '17'],
    [4711, '4711'],
    [-1, '-1'],
  ] as const)
    it(`is told with its status ${name}`, () =>
      assert.throws(refuse(status, 'words of the broker'), {
        name: 'BrokerError',
        error: 'broker_error',
        errorDescription: `words of the broker. Status: ${name}, Error code: -2147186943, Tag: 508634112`,
        brokerStatus: name,
        brokerErrorCode: -2147186943,
        brokerTag: 508634112,
        msalruntimeTelemetry: '{"a":1}',
      }))

  it('tells the numbers that Entra gave', () =>
    assert.throws(refuse(2, 'AADSTS50076: more, AADSTS50076, AADSTS53003'), { errorCodes: [50076, 53003] }))

  for (const context of ['AADSTS50011: no such URI', 'x AADSTS7000218 y'])
    it(`names the redirect URIs to register: ${context}`, () =>
      assert.throws(refuse(2, context), {
        name: 'RedirectUriError',
        redirectUris: [
          `ms-appx-web://Microsoft.AAD.BrokerPlugin/${CLIENT_ID}`,
          'msauth.com.msauth.unsignedapp://auth',
          'https://login.microsoftonline.com/common/oauth2/nativeclient',
        ],
      }))

  it('is not taken for a missing redirect URI because of a longer number', () =>
    assert.throws(refuse(2, 'AADSTS500113: other'), { name: 'BrokerError' }))
})
