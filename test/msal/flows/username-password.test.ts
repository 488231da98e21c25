import assert from 'node:assert/strict'
import { decodeBase64Url } from '../../../src/msal/core/encoding.ts'
import { PopAuthScheme } from '../../../src/msal/index.ts'
import {
  ADA,
  claimsOf,
  CLIENT_ID,
  createTestClient,
  createTestService,
  discovery,
  HOST,
  idTokenOf,
  metadataOf,
  TOKEN_ENDPOINT,
  tokensFor,
} from '../../support/entra.ts'
import type { ScriptedAnswer, ScriptedExchange } from '../../support/scripted-fetch.ts'
import {
  ACTION_13,
  ACTION_2005,
  envelopeOf,
  faultOf,
  mexOf,
  responseOf,
  SAML_20,
  URL_13,
  URL_2005,
} from '../wstrust/documents.ts'

const CREDENTIALS = { username: ADA.username, password: 'p4ssw0rd', scopes: ['User.Read'] } as const
const MEX = 'https://fs.contoso.com/adfs/services/trust/mex'
const FEDERATED = {
  account_type: 'Federated',
  federation_metadata_url: MEX,
  federation_active_auth_url: URL_2005,
  cloud_audience_urn: 'urn:federation:MicrosoftOnline',
}
const ASSERTION = '<A:Assertion xmlns:A="urn:a">\r\n<b></b>💜</A:Assertion>'

const realm = (answer: ScriptedAnswer, username: string = ADA.username, origin = HOST): ScriptedExchange => ({
  url: `${origin}/common/userrealm/${encodeURIComponent(username)}?api-version=1.0`,
  answer,
})
const managed = realm({ json: { account_type: 'Managed' } })
const federated = (changes: object = {}) => realm({ json: { ...FEDERATED, ...changes } })
const mex: ScriptedExchange = { url: MEX, answer: { text: mexOf({ name: 'p', url: URL_13, action: ACTION_13 }) } }
const trust = (answer: ScriptedAnswer, url = URL_13): ScriptedExchange => ({ method: 'POST', url, answer })
const asserted: ScriptedAnswer = { text: envelopeOf(responseOf(ASSERTION)) }
const tokens = (
  form: Readonly<Record<string, string>> = {},
  answer: ScriptedAnswer = { json: tokensFor(ADA) },
): ScriptedExchange => ({ method: 'POST', url: TOKEN_ENDPOINT, form, answer })
const byPassword = { grant_type: 'password', username: ADA.username, password: 'p4ssw0rd' }
const byAssertion = { grant_type: 'urn:ietf:params:oauth:grant-type:saml1_1-bearer' }

describe('A user name and a password', () => {
  it('of a managed user go to the token endpoint, and the tokens are found later', async () => {
    const { client, network } = createTestClient([
      discovery(),
      managed,
      tokens({ ...byPassword, scope: 'User.Read openid profile offline_access' }),
    ])
    const { account } = await client.acquireTokenByUsernamePassword(CREDENTIALS)
    assert.equal(account?.accountSource, 'password')
    assert.equal((await client.acquireTokenSilent({ scopes: ['User.Read'], account }))?.tokenSource, 'cache')
    network.assertDone()
    const [, asked, redeemed] = network.requests
    assert.equal(redeemed?.headers.get('x-anchormailbox')?.toLowerCase(), 'upn:ada@contoso.com')
    assert.equal(asked?.headers.get('client-request-id'), redeemed?.headers.get('client-request-id'))
  })

  it('carry the claims of a challenge and the capabilities of the client', async () => {
    const claims = '{"access_token":{"d":1,"xms_cc":{"values":["CP1"]}}}'
    for (const script of [
      [managed, tokens({ claims })],
      [federated(), mex, trust(asserted), tokens({ claims })],
    ]) {
      const { client, network } = createTestClient([discovery(), ...script], { clientCapabilities: ['CP1'] })
      await client.acquireTokenByUsernamePassword({ ...CREDENTIALS, claimsChallenge: '{"access_token":{"d":1}}' })
      network.assertDone()
    }
  })

  it('serve a confidential client with its own secret beside', async () => {
    const { client, network } = createTestService([
      discovery(),
      managed,
      tokens({ ...byPassword, client_secret: 's3cret' }),
    ])
    await client.acquireTokenByUsernamePassword(CREDENTIALS)
    network.assertDone()
  })

  it('give the account the name that was typed where the ID token has none', async () => {
    const nameless = { json: tokensFor(ADA, {}, { preferred_username: undefined }) }
    for (const script of [
      [managed, tokens(byPassword, nameless)],
      [federated(), mex, trust(asserted), tokens(byAssertion, nameless)],
    ]) {
      const { client } = createTestClient([discovery(), ...script])
      assert.equal((await client.acquireTokenByUsernamePassword(CREDENTIALS)).account?.username, ADA.username)
    }
  })

  for (const username of ['a/../b?c#d@contoso.com', `ä&<"'>💜 %41@contoso.com`])
    it(`are escaped in the address that tells the realm: ${username}`, async () => {
      const { client, network } = createTestClient([
        discovery(),
        realm({ status: 404 }, username),
        tokens({ username }),
      ])
      await client.acquireTokenByUsernamePassword({ ...CREDENTIALS, username })
      network.assertDone()
    })

  it('of a name that no header can hold are sent without a routing hint', async () => {
    for (const username of ['äда@contoso.com', 'a\r\nx: y@contoso.com']) {
      const { client, network } = createTestClient([discovery(), realm({ status: 404 }, username), tokens()])
      await client.acquireTokenByUsernamePassword({ ...CREDENTIALS, username })
      assert.equal(network.requests.at(-1)?.headers.get('x-anchormailbox'), null)
    }
  })

  it('find an authority without realms once per client', async () => {
    const { client, network } = createTestClient([discovery(), realm({ status: 404 }), tokens(), tokens()])
    await client.acquireTokenByUsernamePassword(CREDENTIALS)
    await client.acquireTokenByUsernamePassword({ ...CREDENTIALS, username: 'bob@contoso.com' })
    network.assertDone()
    const other = createTestClient([discovery(), realm({ status: 404 }), tokens()])
    await other.client.acquireTokenByUsernamePassword(CREDENTIALS)
    other.network.assertDone()
  })

  it('of AD FS and plain OpenID are given to nobody else before', async () => {
    const adfs = 'https://fs.contoso.com/adfs'
    const openId = 'https://id.example'
    for (const [options, configuration, tokenEndpoint] of [
      [{ authority: adfs }, `${adfs}/.well-known/openid-configuration`, `${adfs}/oauth2/v2.0/token`],
      [
        { authority: undefined, oidcAuthority: openId },
        `${openId}/.well-known/openid-configuration`,
        `${openId}/oauth2/v2.0/token`,
      ],
    ] as const) {
      const origin = new URL(tokenEndpoint).origin
      const issuer = options.authority ?? openId
      const { client, network } = createTestClient(
        [
          { url: configuration, answer: { json: { ...metadataOf(issuer), issuer } } },
          {
            method: 'POST',
            url: tokenEndpoint,
            form: byPassword,
            answer: { json: tokensFor(ADA, { id_token: idTokenOf(claimsOf(ADA, { iss: issuer })) }) },
          },
        ],
        options,
      )
      const result = await client.acquireTokenByUsernamePassword(CREDENTIALS)
      assert.equal(result.account?.environment, new URL(origin).host)
      network.assertDone()
    }
  })

  const wrong: readonly [argument: string, options: object][] = [
    ['username', { username: '' }],
    ['username', { username: undefined }],
    ['username', { username: 'half a pair \ud800' }],
    ['password', { password: '' }],
    ['password', { password: 1 }],
    ['scopes', { scopes: ['profile'] }],
    ['scopes', { scopes: undefined }],
    ['claimsChallenge', { claimsChallenge: 'no JSON' }],
    ['authScheme', { authScheme: new PopAuthScheme({ httpMethod: 'GET', url: 'https://x.example', nonce: 'n' }) }],
  ]
  for (const [argument, options] of wrong)
    it(`are sent nowhere with this ${argument}: ${JSON.stringify(options)}`, async () => {
      const { client, network } = createTestClient([], { clientCapabilities: ['CP1'] })
      await assert.rejects(client.acquireTokenByUsernamePassword({ ...CREDENTIALS, ...options }), {
        name: 'ConfigurationError',
        argument,
      })
      assert.equal(network.requests.length, 0)
    })

  for (const [status, text] of [
    [500, 'out of order'],
    [200, '<html/>'],
  ] as const)
    it(`are sent nowhere where the realm can't be told (HTTP ${status})`, async () => {
      const { client, network } = createTestClient([discovery(), realm({ status, text })])
      await assert.rejects(client.acquireTokenByUsernamePassword(CREDENTIALS), { name: 'NetworkError', status })
      network.assertDone()
    })

  it('can be given up while an answer is awaited', async () => {
    const abort = new AbortController()
    const reason = new Error('enough')
    const { client } = createTestClient([
      discovery(),
      realm(() => {
        abort.abort(reason)
        return { json: FEDERATED }
      }),
      mex,
    ])
    await assert.rejects(client.acquireTokenByUsernamePassword({ ...CREDENTIALS, signal: abort.signal }), reason)
  })

  it('never show in an error or in the log', async () => {
    const echo = faultOf(`${ADA.username} and p4ssw0rd do not fit`)
    const failures: readonly (readonly ScriptedExchange[])[] = [
      [realm(new TypeError(`fetch failed for ${ADA.username}`))],
      [realm({ status: 500, text: ADA.username })],
      [federated(), { url: MEX, answer: { text: 'p4ssw0rd' } }],
      [federated(), mex, trust(new TypeError('p4ssw0rd'))],
      [federated(), mex, trust({ status: 500, text: echo })],
      [federated(), mex, trust({ text: 'p4ssw0rd' })],
      [managed, tokens(byPassword, { status: 500, text: 'p4ssw0rd' })],
    ]
    for (const script of failures) {
      const { client, network, log } = createTestClient([discovery(), ...script])
      await assert.rejects(client.acquireTokenByUsernamePassword(CREDENTIALS), (error: Error) => {
        const shown = [error.message, JSON.stringify(error), ...log].join()
        assert.doesNotMatch(shown, /p4ssw0rd|ada@contoso\.com/)
        return true
      })
      network.assertDone()
    }
  })
})

describe("A federated user's password", () => {
  it('goes to the federation server only, whose assertion goes on as it is', async () => {
    const { client, network } = createTestClient([discovery(), federated(), mex, trust(asserted), tokens(byAssertion)])
    const { account } = await client.acquireTokenByUsernamePassword(CREDENTIALS)
    network.assertDone()
    const [, , asked, trusted, redeemed] = network.requests
    assert.equal(asked?.headers.get('client-request-id'), null)
    assert.equal(trusted?.headers.get('content-type'), 'application/soap+xml; charset=utf-8')
    assert.equal(trusted?.headers.get('soapaction'), ACTION_13)
    assert.match(trusted?.body ?? '', /p4ssw0rd.*urn:federation:MicrosoftOnline/)
    assert.match(trusted?.body ?? '', />2026-01-01T00:00:00Z<.*>2026-01-01T00:10:00Z</)
    assert.equal(decodeBase64Url(redeemed?.form['assertion'] ?? ''), ASSERTION)
    assert.doesNotMatch(redeemed?.form['assertion'] ?? '', /[+/=]/)
    assert.equal(redeemed?.form['scope'], 'User.Read openid profile offline_access')
    for (const { body, url } of [asked, redeemed]) assert.doesNotMatch(body + url.href, /p4ssw0rd/)
    assert.equal(account?.username, ADA.username)
    assert.equal(account.accountSource, undefined)
    assert.equal((await client.acquireTokenSilent({ scopes: ['User.Read'], account }))?.tokenSource, 'cache')
  })

  it('may bring an assertion of SAML 2.0', async () => {
    const answer = { text: envelopeOf(responseOf('<Assertion/>', SAML_20)) }
    const form = { grant_type: 'urn:ietf:params:oauth:grant-type:saml2-bearer', assertion: 'PEFzc2VydGlvbi8-' }
    const { client, network } = createTestClient([discovery(), federated(), mex, trust(answer), tokens(form)])
    await client.acquireTokenByUsernamePassword(CREDENTIALS)
    network.assertDone()
  })

  for (const [url, action] of [
    [URL_2005, ACTION_2005],
    [URL_13, ACTION_13],
  ] as const)
    it(`goes to ${new URL(url).pathname} where the server has no metadata`, async () => {
      const { client, network } = createTestClient([
        discovery(),
        federated({ federation_metadata_url: undefined, federation_active_auth_url: url }),
        trust(asserted, url),
        tokens(byAssertion),
      ])
      await client.acquireTokenByUsernamePassword(CREDENTIALS)
      network.assertDone()
      assert.equal(network.requests[2]?.headers.get('soapaction'), action)
    })

  it('is for the cloud that the realm names, and escaped', async () => {
    const { client, network } = createTestClient([
      discovery(),
      federated({ cloud_audience_urn: 'urn:federation:<Other>' }),
      mex,
      trust(asserted),
      tokens(),
    ])
    await client.acquireTokenByUsernamePassword({ ...CREDENTIALS, password: `<&"'>` })
    const body = network.requests[3]?.body ?? ''
    assert.match(body, />urn:federation:&lt;Other&gt;</)
    assert.match(body, />&lt;&amp;&quot;&apos;&gt;</)
  })

  it('is asked about once a day', async () => {
    const { client, clock, network } = createTestClient([
      discovery(),
      ...[federated(), mex, trust(asserted), tokens()],
      ...[trust(asserted), tokens()],
      ...[federated(), mex, trust(asserted), tokens()],
    ])
    await client.acquireTokenByUsernamePassword(CREDENTIALS)
    await client.acquireTokenByUsernamePassword(CREDENTIALS)
    await clock.advance(25 * 3600 * 1000)
    await client.acquireTokenByUsernamePassword(CREDENTIALS)
    network.assertDone()
  })

  const nowhere: readonly [why: string, changes: object, script: readonly ScriptedExchange[]][] = [
    ['its metadata is on plain http', { federation_metadata_url: MEX.replace('https', 'http') }, []],
    ['its metadata has no address', { federation_metadata_url: 'mex' }, []],
    ['it has no address', { federation_metadata_url: undefined, federation_active_auth_url: undefined }, []],
    [
      'its address is on plain http',
      { federation_metadata_url: '', federation_active_auth_url: 'http://fs.contoso.com/trust/13/usernamemixed' },
      [],
    ],
    [
      'its address is of no known version',
      { federation_metadata_url: '', federation_active_auth_url: 'https://fs.contoso.com/saml' },
      [],
    ],
    ['its metadata names no endpoint for passwords', {}, [{ url: MEX, answer: { text: mexOf() } }]],
    [
      'its metadata names a plain http endpoint',
      {},
      [{ url: MEX, answer: { text: mexOf({ name: 'p', url: URL_13.replace('https', 'http') }) } }],
    ],
    [
      'its metadata names an endpoint of this machine',
      {},
      [{ url: MEX, answer: { text: mexOf({ name: 'p', url: 'http://127.0.0.1/x' }) } }],
    ],
    ['its metadata is hostile', {}, [{ url: MEX, answer: { text: `<!DOCTYPE x [<!ENTITY e "e">]>${mexOf()}` } }]],
  ]
  for (const [why, changes, script] of nowhere)
    it(`goes nowhere where ${why}`, async () => {
      const { client, network } = createTestClient([discovery(), federated(changes), ...script])
      await assert.rejects(client.acquireTokenByUsernamePassword(CREDENTIALS), { name: 'FederationError' })
      network.assertDone()
    })

  it("goes nowhere while the federation server's metadata can't be had", async () => {
    const { client, network } = createTestClient([discovery(), federated(), { url: MEX, answer: { status: 503 } }])
    await assert.rejects(client.acquireTokenByUsernamePassword(CREDENTIALS), { name: 'NetworkError', status: 503 })
    network.assertDone()
  })

  it('may go to a federation server on this machine where the authority is there too', async () => {
    const origin = 'http://127.0.0.1:8080'
    const { client, network } = createTestClient(
      [
        {
          url: `${origin}/t/v2.0/.well-known/openid-configuration`,
          answer: { json: { ...metadataOf(`${origin}/t`), issuer: `${origin}/t` } },
        },
        realm({ json: { ...FEDERATED, federation_metadata_url: `${origin}/mex` } }, ADA.username, origin),
        { url: `${origin}/mex`, answer: { text: mexOf({ name: 'p', url: `${origin}/trust` }) } },
        trust(asserted, `${origin}/trust`),
        {
          method: 'POST',
          url: `${origin}/t/oauth2/v2.0/token`,
          answer: { json: { ...tokensFor(ADA, { id_token: idTokenOf(claimsOf(ADA, { iss: `${origin}/t` })) }) } },
        },
      ],
      { authority: `${origin}/t`, instanceDiscovery: false, clientId: CLIENT_ID },
    )
    await client.acquireTokenByUsernamePassword(CREDENTIALS)
    network.assertDone()
  })

  it('that is wrong is a refusal in the words of the federation server', async () => {
    const { client } = createTestClient([
      discovery(),
      federated(),
      mex,
      trust({ status: 500, text: faultOf('MSIS3126: Access denied.') }),
    ])
    await assert.rejects(client.acquireTokenByUsernamePassword(CREDENTIALS), {
      name: 'FederationError',
      code: 'a:FailedAuthentication',
      status: 500,
      message: 'fs.contoso.com refused: MSIS3126: Access denied.',
    })
  })

  it('that was wrong is not asked again for a minute, while another one and other people are', async () => {
    const denied = trust({ status: 500, text: faultOf('Access denied.') })
    const bob = 'bob@contoso.com'
    const { client, network } = createTestClient([
      discovery(),
      ...[federated(), mex, denied],
      ...[trust(asserted), tokens()],
      ...[realm({ json: FEDERATED }, bob), trust(asserted), tokens()],
    ])
    const wrong = { ...CREDENTIALS, password: 'wr0ng' }
    await assert.rejects(client.acquireTokenByUsernamePassword(wrong), { name: 'FederationError' })
    await assert.rejects(client.acquireTokenByUsernamePassword(wrong), { name: 'FederationError' })
    await client.acquireTokenByUsernamePassword(CREDENTIALS)
    await client.acquireTokenByUsernamePassword({ ...CREDENTIALS, username: bob, password: 'wr0ng' })
    network.assertDone()
  })

  it('that the authority does not believe is a refusal of the authority', async () => {
    const answer = {
      status: 400,
      json: { error: 'invalid_grant', error_description: 'AADSTS50008: SAML token is invalid.' },
    }
    const { client } = createTestClient([discovery(), federated(), mex, trust(asserted), tokens(byAssertion, answer)])
    await assert.rejects(client.acquireTokenByUsernamePassword(CREDENTIALS), {
      name: 'OAuthError',
      error: 'invalid_grant',
      errorDescription: 'AADSTS50008: SAML token is invalid.',
    })
  })
})
