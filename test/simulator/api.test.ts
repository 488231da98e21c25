import assert from 'node:assert/strict'
import { decodeJwt } from 'jose'
import { codeVerifier, createHarness, redirectUri, type Answer, type Harness } from './harness.ts'
import { startSimulator, type Simulator } from './server.ts'

describe('the protected API', () => {
  let simulator: Simulator
  let harness: Harness

  before(async () => {
    simulator = await startSimulator()
    harness = createHarness(simulator)
  })
  afterEach(() => simulator.controls.reset())
  after(() => simulator.stop())

  const accessToken = async (scope?: string) => (await harness.signIn('ada', scope)).body.access_token
  const refused = ({ status, headers }: Answer, error: string): string => {
    assert.equal(status, 401)
    const challenge = headers.get('www-authenticate') ?? ''
    assert.match(challenge, new RegExp(`^Bearer .*error="${error}"`))
    return challenge
  }
  const claimsOf = (challenge: string): string =>
    Buffer.from(/claims="([\w-]+)"/.exec(challenge)?.[1] ?? '', 'base64url').toString()

  it('says whose token it was given', async () => {
    const { status, body } = await harness.callApi(await accessToken())
    assert.equal(status, 200)
    assert.equal(body['userPrincipalName'], 'ada@contoso.test')
    assert.equal(body['scopes'], 'User.Read')
    assert.equal((await harness.callApi(await accessToken(simulator.clients.confidential.apiScope))).status, 200)
  })

  it('refuses no token, a changed one, one for another API and an expired one', async () => {
    const { status, headers } = await fetch(`${simulator.http}/api/me`)
    assert.equal(status, 401)
    assert.match(headers.get('www-authenticate') ?? '', /^Bearer realm="", authorization_uri="http[^"]+"$/)
    const token = await accessToken()
    refused(await harness.callApi(`${token.slice(0, -8)}AAAAAAAA`), 'invalid_token')
    refused(await harness.callApi(await accessToken('https://management.azure.com/.default')), 'invalid_token')
    simulator.controls.expireTokens({ username: 'ada@contoso.test', kind: 'access' })
    refused(await harness.callApi(token), 'invalid_token')
    const old = await accessToken()
    simulator.controls.advanceClock({ seconds: 3606 })
    refused(await harness.callApi(old), 'invalid_token')
  })

  it('answers a revoked token with a challenge that a refresh satisfies', async () => {
    const { body } = await harness.signIn('ada')
    simulator.controls.revokeTokens({ username: 'ada@contoso.test', kind: 'access' })
    const claims = claimsOf(refused(await harness.callApi(body.access_token), 'insufficient_claims'))
    assert.ok(JSON.parse(claims).access_token.nbf.value)
    const fresh = await harness.refresh(body.refresh_token, { claims })
    assert.equal((await harness.callApi(fresh.body.access_token)).status, 200)
  })

  it('demands claims that only a sign-in with a second factor brings, and takes the token that has them', async () => {
    const { body } = await harness.signIn('ada')
    simulator.controls.demandClaims({ claims: { acrs: { essential: true, value: 'c1' } } })
    const claims = claimsOf(refused(await harness.callApi(body.access_token), 'insufficient_claims'))
    const silent = await harness.refresh(body.refresh_token, { claims })
    assert.deepEqual(silent.body['error_codes'], [50076])
    const answer = await harness.authorize('ada', { claims })
    const stepped = await harness.token({
      grant_type: 'authorization_code',
      code: answer.get('code')!,
      redirect_uri: redirectUri,
      code_verifier: codeVerifier,
      claims,
    })
    assert.equal((await harness.callApi(stepped.body.access_token)).status, 200)
    const next = await harness.refresh(stepped.body.refresh_token, { claims })
    assert.equal((await harness.callApi(next.body.access_token)).status, 200, 'the second factor lasts')
    const plain = await harness.refresh(stepped.body.refresh_token)
    refused(await harness.callApi(plain.body.access_token), 'insufficient_claims')
    simulator.controls.demandClaims({ claims: null })
    assert.equal((await harness.callApi(plain.body.access_token)).status, 200)
  })

  it('demands a token that is younger than a moment', async () => {
    const { body } = await harness.signIn('ada')
    const { now } = simulator.controls.advanceClock({ seconds: 10 })
    simulator.controls.demandClaims({ claims: { nbf: { essential: true, value: `${now}` } } })
    const claims = claimsOf(refused(await harness.callApi(body.access_token), 'insufficient_claims'))
    const fresh = await harness.refresh(body.refresh_token, { claims })
    assert.equal((await harness.callApi(fresh.body.access_token)).status, 200)
  })

  it('sees in the token what the client can handle', async () => {
    const { body } = await harness.signIn('ada')
    const claims = JSON.stringify({ access_token: { xms_cc: { values: ['CP1'] } } })
    const fresh = await harness.refresh(body.refresh_token, { claims })
    assert.deepEqual(decodeJwt(fresh.body.access_token)['xms_cc'], ['CP1'])
  })
})
