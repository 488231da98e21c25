import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { OAuthError } from '../../../src/msal/index.ts'
import {
  ADA,
  claimsOf,
  createTestClient,
  discovery,
  idTokenOf,
  TOKEN_ENDPOINT,
  tokensFor,
} from '../../support/entra.ts'
import type { ScriptedAnswer } from '../../support/scripted-fetch.ts'

const redeemed = (answer: ScriptedAnswer) => ({
  method: 'POST',
  url: TOKEN_ENDPOINT,
  form: { grant_type: 'authorization_code' },
  answer,
})

/** Begins a flow and answers it with an ID token of these claims. */
async function complete(claims: object, options: { readonly maxAge?: number } = {}) {
  let nonce: string | null = null
  const test = createTestClient([
    discovery(),
    redeemed(() => ({ json: tokensFor(ADA, { id_token: idTokenOf(claimsOf(ADA, { nonce, ...claims })) }) })),
  ])
  const flow = await test.client.initiateAuthCodeFlow({
    scopes: ['User.Read'],
    redirectUri: 'http://localhost',
    ...options,
  })
  nonce = new URL(flow.authUri).searchParams.get('nonce')
  return test.client.acquireTokenByAuthCodeFlow({ authCodeFlow: flow, authResponse: { code: 'c', state: flow.state } })
}

describe('An auth code flow', () => {
  it('sends PKCE S256, state and nonce, fresh each time', async () => {
    const { client } = createTestClient([discovery()])
    const flows = await Promise.all([1, 2].map(() => client.initiateAuthCodeFlow({ scopes: ['User.Read'] })))
    const queries = flows.map(({ authUri }) => new URL(authUri).searchParams)
    for (const name of ['state', 'nonce', 'code_challenge']) {
      const values = queries.map((query) => query.get(name))
      assert.ok(values.every((value) => value !== null && value.length >= 43))
      assert.notEqual(values[0], values[1])
    }
    assert.equal(queries[0]?.get('code_challenge_method'), 'S256')
  })

  it('survives JSON, and redeems the code with the verifier of its challenge', async () => {
    const { client, network } = createTestClient([
      discovery(),
      redeemed({ json: { access_token: 'at', expires_in: 60 } }),
    ])
    const flow = await client.initiateAuthCodeFlow({ scopes: ['User.Read'], redirectUri: 'http://localhost:1' })
    const authCodeFlow = JSON.parse(JSON.stringify(flow)) as typeof flow
    await client.acquireTokenByAuthCodeFlow({
      authCodeFlow,
      authResponse: new URLSearchParams({ code: 'c-1', state: flow.state }),
    })
    const form = network.requests[1]?.form ?? {}
    const challenge = createHash('sha256')
      .update(form['code_verifier'] ?? '')
      .digest('base64url')
    assert.equal(challenge, new URL(flow.authUri).searchParams.get('code_challenge'))
    assert.equal(form['redirect_uri'], 'http://localhost:1')
    network.assertDone()
  })

  it('refuses a response with another state, with none, or with neither code nor error', async () => {
    const { client, network } = createTestClient([discovery()])
    const flow = await client.initiateAuthCodeFlow({ scopes: ['User.Read'] })
    for (const authResponse of [{ code: 'c', state: 'other' }, { code: 'c' }, { state: flow.state }, {}])
      await assert.rejects(client.acquireTokenByAuthCodeFlow({ authCodeFlow: flow, authResponse }), {
        name: 'AuthorizationResponseError',
      })
    network.assertDone()
  })

  it('refuses a response that carries a parameter twice (RFC 6749 section 3.1)', async () => {
    const { client, network } = createTestClient([discovery()])
    const flow = await client.initiateAuthCodeFlow({ scopes: ['User.Read'] })
    for (const more of ['code=other', 'state=other']) {
      const authResponse = new URLSearchParams(`code=c&state=${flow.state}&${more}`)
      await assert.rejects(client.acquireTokenByAuthCodeFlow({ authCodeFlow: flow, authResponse }), {
        name: 'AuthorizationResponseError',
      })
    }
    network.assertDone()
  })

  it("refuses a response of another issuer (RFC 9207) where the provider is a plain OpenID one's", async () => {
    const metadata = {
      issuer: 'https://idp.example/realm',
      authorization_endpoint: 'https://idp.example/realm/auth',
      token_endpoint: 'https://idp.example/realm/token',
    }
    const { client } = createTestClient(
      [{ url: 'https://idp.example/realm/.well-known/openid-configuration', answer: { json: metadata } }],
      { oidcAuthority: 'https://idp.example/realm', authority: undefined as never },
    )
    const flow = await client.initiateAuthCodeFlow({ scopes: ['a'] })
    const authResponse = { code: 'c', state: flow.state, iss: 'https://evil.example' }
    await assert.rejects(client.acquireTokenByAuthCodeFlow({ authCodeFlow: flow, authResponse }), {
      name: 'AuthorizationResponseError',
    })
  })

  it("rejects with the server's refusal, without what else the response carried", async () => {
    const { client } = createTestClient([discovery()])
    const flow = await client.initiateAuthCodeFlow({ scopes: ['User.Read'] })
    await assert.rejects(
      client.acquireTokenByAuthCodeFlow({
        authCodeFlow: flow,
        authResponse: { error: 'access_denied', error_description: 'no', access_token: 'canary', state: flow.state },
      }),
      (error: unknown) =>
        error instanceof OAuthError && error.error === 'access_denied' && !JSON.stringify(error).includes('canary'),
    )
  })

  it('routes by the login hint, which a plain authorization address does not', async () => {
    const { client } = createTestClient([discovery()])
    const options = { scopes: ['User.Read'], loginHint: ADA.username }
    const { authUri } = await client.initiateAuthCodeFlow(options)
    assert.equal(new URL(authUri).searchParams.get('X-AnchorMailbox'), `UPN:${ADA.username}`)
    const plain = new URL(await client.getAuthorizationRequestUrl(options)).searchParams
    assert.deepEqual([plain.get('login_hint'), plain.get('X-AnchorMailbox')], [ADA.username, null])
  })

  it('refuses scopes that the flow did not begin with', async () => {
    const { client } = createTestClient([discovery()])
    const authCodeFlow = await client.initiateAuthCodeFlow({ scopes: ['User.Read'] })
    const authResponse = { code: 'c', state: authCodeFlow.state }
    await assert.rejects(client.acquireTokenByAuthCodeFlow({ authCodeFlow, authResponse, scopes: ['Mail.Read'] }), {
      argument: 'scopes',
    })
  })

  for (const maxAge of [-1, Number.NaN, '60'])
    it(`is not begun with ${typeof maxAge} ${maxAge} as maxAge`, async () => {
      const { client } = createTestClient([])
      await assert.rejects(client.initiateAuthCodeFlow({ scopes: [], maxAge: maxAge as number }), {
        argument: 'maxAge',
      })
    })

  it('names what is missing in a flow that is none', async () => {
    const { client } = createTestClient([])
    const authCodeFlow = { state: 's' } as never
    await assert.rejects(client.acquireTokenByAuthCodeFlow({ authCodeFlow, authResponse: {} }), {
      argument: 'authCodeFlow',
    })
  })
})

describe('An ID token that a code brought', () => {
  it('is taken with our audience, issuer and nonce', async () => {
    assert.equal((await complete({})).idTokenClaims?.['oid'], ADA.uid)
  })

  it('is taken with times that are hours off: a wrong clock must not lock people out', async () => {
    assert.ok(await complete({ exp: 1, nbf: 4000000000 }))
  })

  for (const [what, claims] of [
    ['another audience', { aud: 'another-client' }],
    ['a list of audiences without ours', { aud: ['x', 'y'] }],
    [
      'several audiences and another authorized party',
      { aud: ['aaaaaaaa-0000-0000-0000-00000000000a', 'x'], azp: 'x' },
    ],
    ['no audience', { aud: undefined }],
    ['another issuer', { iss: 'https://login.microsoftonline.com/22222222-2222-2222-2222-222222222222/v2.0' }],
    ['no issuer', { iss: undefined }],
    ['another nonce', { nonce: 'another' }],
    ['no nonce', { nonce: undefined }],
  ] as const)
    it(`is refused with ${what}`, () => assert.rejects(complete(claims), { name: 'IdTokenError' }))

  it('is refused with a sign-in longer ago than maxAge, or without auth_time', async () => {
    const now = Date.UTC(2026, 0, 1) / 1000
    assert.ok(await complete({ auth_time: now - 100 }, { maxAge: 60 }))
    await assert.rejects(complete({ auth_time: now - 200 }, { maxAge: 60 }), { name: 'IdTokenError' })
    await assert.rejects(complete({}, { maxAge: 60 }), { name: 'IdTokenError' })
  })

  it('leaves nothing in the cache when it is refused', async () => {
    const { client, cache } = createTestClient([discovery(), redeemed({ json: tokensFor(ADA, {}, { aud: 'x' }) })])
    const flow = await client.initiateAuthCodeFlow({ scopes: ['User.Read'] })
    const authResponse = { code: 'c', state: flow.state }
    await assert.rejects(client.acquireTokenByAuthCodeFlow({ authCodeFlow: flow, authResponse }))
    assert.deepEqual(cache.entries(), [])
  })

  it('is refused where it is no JWT or not signed', async () => {
    for (const id_token of ['x', 'a.b', 'a.b.c.d', 'eyJhbGciOiJub25lIn0.e30.'])
      await assert.rejects(
        async () => {
          const { client } = createTestClient([discovery(), redeemed({ json: tokensFor(ADA, { id_token }) })])
          const flow = await client.initiateAuthCodeFlow({ scopes: ['User.Read'] })
          await client.acquireTokenByAuthCodeFlow({
            authCodeFlow: flow,
            authResponse: { code: 'c', state: flow.state },
          })
        },
        { name: 'IdTokenError' },
      )
  })
})
