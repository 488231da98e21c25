import assert from 'node:assert/strict'
import { OAuthError, type Account } from '../../../src/msal/index.ts'
import {
  ADA,
  BOB,
  CLIENT_ID,
  createTestClient,
  discovery,
  GUEST,
  HOME,
  HOST,
  refresh,
  signIn,
  TOKEN_ENDPOINT,
  tokensFor,
  type TestClient,
} from '../../support/entra.ts'
import type { ScriptedExchange } from '../../support/scripted-fetch.ts'

const SCOPES = ['User.Read']
const REFUSED = { error: 'invalid_grant', error_description: 'AADSTS50076: a new policy', suberror: 'basic_action' }

async function signedIn(
  script: readonly ScriptedExchange[],
  first: object = {},
  options: Parameters<typeof createTestClient>[1] = {},
): Promise<TestClient & { readonly account: Account }> {
  const test = createTestClient([discovery(), signIn(ADA, first), ...script], options)
  const { account } = await test.client.acquireTokenByRefreshToken({ refreshToken: 'imported', scopes: SCOPES })
  assert.ok(account)
  return { ...test, account }
}

describe('A silent request', () => {
  it('is answered from the cache without any request', async () => {
    const { client, account, network } = await signedIn([])
    const result = await client.acquireTokenSilent({ scopes: SCOPES, account })
    assert.equal(result?.accessToken, 'at-1')
    assert.equal(result.tokenSource, 'cache')
    assert.equal(result.account?.username, ADA.username)
    network.assertDone()
  })

  it('takes a token as usable while it has 5 minutes or more left', async () => {
    const { client, account, clock, network } = await signedIn([
      refresh('rt-1', tokensFor(ADA, { access_token: 'at-2' })),
    ])
    await clock.advance(3300 * 1000)
    assert.equal((await client.acquireTokenSilent({ scopes: SCOPES, account }))?.accessToken, 'at-1')
    await clock.advance(1000)
    assert.equal((await client.acquireTokenSilent({ scopes: SCOPES, account }))?.accessToken, 'at-2')
    network.assertDone()
  })

  it('takes a missing expires_in as 600 seconds', async () => {
    const { client, account } = await signedIn([], { expires_in: undefined })
    assert.equal((await client.acquireTokenSilent({ scopes: SCOPES, account }))?.expiresIn, 600)
  })

  it('refreshes past refresh_on, and keeps the old token where that fails', async () => {
    const { client, account, clock, network, log } = await signedIn(
      [{ method: 'POST', url: TOKEN_ENDPOINT, answer: new TypeError('fetch failed') }, refresh('rt-1', REFUSED, 400)],
      { refresh_in: 60 },
    )
    await clock.advance(61_000)
    assert.equal((await client.acquireTokenSilent({ scopes: SCOPES, account }))?.accessToken, 'at-1')
    assert.equal((await client.acquireTokenSilent({ scopes: SCOPES, account }))?.accessToken, 'at-1')
    assert.match(log.join('\n'), /early refresh failed/)
    network.assertDone()
  })

  it('tries the newest refresh token first', async () => {
    const { client, account, cache, network } = await signedIn([
      refresh('newest', tokensFor(ADA, { access_token: 'at-2' })),
    ])
    const token = cache.refreshTokensOf(account)[0]
    assert.ok(token)
    cache.apply([
      {
        op: 'put',
        type: 'RefreshToken',
        key: 'other',
        entry: { ...token.entry, secret: 'newest', last_modification_time: '9999999999' },
      },
      {
        op: 'put',
        type: 'RefreshToken',
        key: 'older',
        entry: { ...token.entry, secret: 'older', last_modification_time: '1' },
      },
    ])
    await client.acquireTokenSilent({ scopes: ['Mail.Read'], account })
    network.assertDone()
  })

  it("tries an unknown family's tokens and stops at client_mismatch", async () => {
    const { client, account, cache, network } = await signedIn([
      refresh('sibling-2', { error: 'invalid_grant', error_additional_info: ['client_mismatch'] }, 400),
      refresh('rt-1', tokensFor(ADA, { access_token: 'at-own' })),
    ])
    const own = cache.refreshTokensOf(account)[0]
    assert.ok(own)
    const sibling = { ...own.entry, client_id: 'sibling', family_id: '1' }
    cache.apply([
      { op: 'remove', type: 'AppMetadata', key: `appmetadata-login.microsoftonline.com-${CLIENT_ID}` },
      {
        op: 'put',
        type: 'RefreshToken',
        key: 's1',
        entry: { ...sibling, secret: 'sibling-1', last_modification_time: '1' },
      },
      {
        op: 'put',
        type: 'RefreshToken',
        key: 's2',
        entry: { ...sibling, secret: 'sibling-2', last_modification_time: '2' },
      },
    ])
    assert.equal((await client.acquireTokenSilent({ scopes: ['Mail.Read'], account }))?.accessToken, 'at-own')
    network.assertDone()
  })

  it('keeps a rotated refresh token under its entry, and uses it next', async () => {
    const { client, account, cache, network } = await signedIn([
      refresh('rt-1', tokensFor(ADA, { refresh_token: 'rt-2', access_token: 'at-2', scope: 'Mail.Read' })),
      refresh('rt-2', tokensFor(ADA, { refresh_token: 'rt-3', access_token: 'at-3', scope: 'Chat.Read' })),
    ])
    const [before] = cache.refreshTokensOf(account)
    await client.acquireTokenSilent({ scopes: ['Mail.Read'], account })
    await client.acquireTokenSilent({ scopes: ['Chat.Read'], account })
    assert.deepEqual(
      cache.refreshTokensOf(account).map(({ key, entry }) => [key, entry.secret, entry.target]),
      [[before?.key, 'rt-3', before?.entry.target]],
    )
    network.assertDone()
  })

  it('never lets a refusal delete a refresh token, and says what the server said', async () => {
    const { client, account, cache, network } = await signedIn([refresh('rt-1', REFUSED, 400)])
    await assert.rejects(
      client.acquireTokenSilentWithError({ scopes: ['Mail.Read'], account }),
      (error: unknown) =>
        error instanceof OAuthError && error.error === 'invalid_grant' && error.classification === 'basic_action',
    )
    assert.equal(await client.acquireTokenSilent({ scopes: ['Mail.Read'], account }), null)
    assert.equal(cache.refreshTokensOf(account)[0]?.entry.secret, 'rt-1')
    network.assertDone()
  })

  it('re-reads the store before a refusal is believed, for another window may have rotated the token', async () => {
    const { client, account, cache, network } = await signedIn([
      {
        method: 'POST',
        url: TOKEN_ENDPOINT,
        form: { refresh_token: 'rt-1' },
        answer: () => {
          const token = cache.refreshTokensOf(account)[0]
          if (token) cache.apply([{ op: 'put', ...token, entry: { ...token.entry, secret: 'rt-of-window-2' } }])
          return { status: 400, json: REFUSED }
        },
      },
      refresh('rt-of-window-2', tokensFor(ADA, { access_token: 'at-2' })),
    ])
    assert.equal((await client.acquireTokenSilent({ scopes: ['Mail.Read'], account }))?.accessToken, 'at-2')
    network.assertDone()
  })

  it('makes equal calls in flight one request, and unequal ones not', async () => {
    const { client, account, network } = await signedIn([
      refresh('rt-1', tokensFor(ADA, { access_token: 'at-mail', refresh_token: 'rt-2', scope: 'Mail.Read Mail.Send' })),
      refresh('rt-2', tokensFor(ADA, { access_token: 'at-chat', refresh_token: 'rt-3', scope: 'Chat.Read' })),
    ])
    const results = await Promise.all([
      client.acquireTokenSilent({ scopes: ['Mail.Read', 'Mail.Send'], account }),
      client.acquireTokenSilent({ scopes: ['Mail.Send', 'Mail.Read'], account }),
      client.acquireTokenSilent({ scopes: ['Chat.Read'], account }),
    ])
    assert.deepEqual(
      results.map((result) => result?.accessToken),
      ['at-mail', 'at-mail', 'at-chat'],
    )
    network.assertDone()
  })

  it('answers two accounts that are asked for at once with a token each', async () => {
    // Which of the two requests leaves first is nobody's promise.
    const mail: ScriptedExchange = {
      method: 'POST',
      url: TOKEN_ENDPOINT,
      answer: ({ form }) => {
        const [person, access_token] = form['refresh_token'] === 'rt-bob' ? [BOB, 'mail-of-bob'] : [ADA, 'mail-of-ada']
        return { json: tokensFor(person, { access_token, scope: 'Mail.Read' }) }
      },
    }
    const { client, account, network } = await signedIn([
      { ...signIn(BOB, { access_token: 'at-bob', refresh_token: 'rt-bob' }), form: { refresh_token: 'of-bob' } },
      mail,
      mail,
    ])
    const bob = await client.acquireTokenByRefreshToken({ refreshToken: 'of-bob', scopes: SCOPES })
    const [a, b] = await Promise.all([
      client.acquireTokenSilent({ scopes: ['Mail.Read'], account }),
      client.acquireTokenSilent({ scopes: ['Mail.Read'], account: bob.account }),
    ])
    assert.deepEqual([a?.accessToken, b?.accessToken], ['mail-of-ada', 'mail-of-bob'])
    assert.deepEqual(
      network.requests
        .slice(-2)
        .map(({ form }) => form['refresh_token'])
        .sort(),
      ['rt-1', 'rt-bob'],
    )
    network.assertDone()
  })

  it('gets a guest tenant its own token by the home refresh token, and then from the cache', async () => {
    const { client, account, network } = await signedIn([
      discovery(GUEST),
      {
        method: 'POST',
        url: `${HOST}/${GUEST}/oauth2/v2.0/token`,
        form: { refresh_token: 'rt-1' },
        answer: {
          json: tokensFor(ADA, { access_token: 'at-guest' }, { iss: `${HOST}/${GUEST}/v2.0`, tid: GUEST, sub: 'g' }),
        },
      },
    ])
    const request = { scopes: SCOPES, account, authority: `${HOST}/${GUEST}` }
    assert.equal((await client.acquireTokenSilent(request))?.accessToken, 'at-guest')
    assert.equal((await client.acquireTokenSilent(request))?.tokenSource, 'cache')
    assert.equal((await client.acquireTokenSilent({ scopes: SCOPES, account }))?.accessToken, 'at-1')
    network.assertDone()
  })

  it('does not bring back an account that was removed while it refreshed, and gives no token of it', async () => {
    const { client, account, cache, network } = await signedIn([
      {
        method: 'POST',
        url: TOKEN_ENDPOINT,
        answer: async () => {
          await client.removeAccount({ account })
          return { json: tokensFor(ADA, { access_token: 'at-2', refresh_token: 'rt-2' }) }
        },
      },
    ])
    assert.equal(await client.acquireTokenSilent({ scopes: ['Mail.Read'], account }), null)
    assert.deepEqual(await client.getAccounts(), [])
    assert.deepEqual(cache.refreshTokensOf(account), [])
    network.assertDone()
  })

  it('refuses an ID token of another person that comes with a refresh', async () => {
    const { client, account } = await signedIn([refresh('rt-1', tokensFor(ADA, {}, { sub: 'somebody-else' }))])
    await assert.rejects(client.acquireTokenSilent({ scopes: ['Mail.Read'], account }), { name: 'IdTokenError' })
  })

  it('keeps a rotated refresh token where the keys that its ID token is checked with are out of reach', async () => {
    const { client, account, cache } = await signedIn(
      [
        refresh('rt-1', tokensFor(ADA, { refresh_token: 'rt-2' })),
        { url: `${HOST}/${HOME}/discovery/v2.0/keys`, answer: { status: 503 } },
      ],
      { id_token: undefined },
      { verifyIdTokens: true },
    )
    await assert.rejects(client.acquireTokenSilent({ scopes: ['Mail.Read'], account }), { name: 'NetworkError' })
    assert.deepEqual(
      cache.refreshTokensOf(account).map(({ entry }) => entry.secret),
      ['rt-2'],
    )
  })

  it('resolves to null without an account, and without a refresh token', async () => {
    const { client, account, cache, network } = await signedIn([])
    assert.equal(await client.acquireTokenSilent({ scopes: SCOPES, account: null }), null)
    for (const { type, key } of cache.refreshTokensOf(account)) cache.apply([{ op: 'remove', type, key }])
    assert.equal(await client.acquireTokenSilentWithError({ scopes: ['Mail.Read'], account }), null)
    network.assertDone()
  })

  it('throws when the server is out of order or out of reach, rather than asking for a sign-in', async () => {
    const { client, account, network } = await signedIn([
      refresh('rt-1', { error: 'temporarily_unavailable' }, 503),
      { method: 'POST', url: TOKEN_ENDPOINT, answer: new TypeError('fetch failed') },
    ])
    await assert.rejects(client.acquireTokenSilent({ scopes: ['Mail.Read'], account }), { status: 503 })
    await assert.rejects(client.acquireTokenSilent({ scopes: ['Chat.Read'], account }), { name: 'NetworkError' })
    network.assertDone()
  })

  for (const [what, scopes] of [
    ['text', 'User.Read'],
    ['a scope with a space', ['User.Read Mail.Read']],
  ] as const)
    it(`refuses ${what} as scopes, naming the argument`, async () => {
      const { client, account } = await signedIn([])
      await assert.rejects(client.acquireTokenSilent({ scopes: scopes as readonly string[], account }), {
        name: 'ConfigurationError',
        argument: 'scopes',
      })
    })

  it('finds a token by a scope that the library adds, and refuses to ask for it', async () => {
    const { client, account, network } = await signedIn([])
    assert.equal((await client.acquireTokenSilent({ scopes: ['openid'], account }))?.accessToken, 'at-1')
    await assert.rejects(client.acquireTokenSilent({ scopes: ['openid'], account, forceRefresh: true }), {
      name: 'ConfigurationError',
      argument: 'scopes',
    })
    network.assertDone()
  })
})

describe('A claims challenge', () => {
  const claimsChallenge = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'

  it('skips the cached token, and what it brings replaces it', async () => {
    const { client, account, network } = await signedIn([
      refresh('rt-1', tokensFor(ADA, { access_token: 'at-2', scope: 'User.Read Mail.Read' })),
    ])
    const challenged = await client.acquireTokenSilent({ scopes: SCOPES, account, claimsChallenge })
    assert.equal(challenged?.accessToken, 'at-2')
    assert.equal((await client.acquireTokenSilent({ scopes: SCOPES, account }))?.accessToken, 'at-2')
    network.assertDone()
  })

  it('is answered once for a burst within 60 seconds, and asked again later', async () => {
    const { client, account, clock, network } = await signedIn([
      refresh('rt-1', tokensFor(ADA, { access_token: 'at-2', refresh_token: 'rt-2' })),
      refresh('rt-2', tokensFor(ADA, { access_token: 'at-3', refresh_token: 'rt-3' })),
    ])
    const ask = () => client.acquireTokenSilent({ scopes: SCOPES, account, claimsChallenge })
    const burst = await Promise.all(Array.from({ length: 10 }, ask))
    await clock.advance(59_000)
    burst.push(await ask())
    assert.deepEqual([...new Set(burst.map((result) => result?.accessToken))], ['at-2'])
    await clock.advance(1_000)
    assert.equal((await ask())?.accessToken, 'at-3')
    network.assertDone()
  })

  it('is asked again once the person has signed in for it', async () => {
    const { client, account, network } = await signedIn([
      refresh('rt-1', tokensFor(ADA, { access_token: 'at-2', refresh_token: 'rt-2' })),
      signIn(ADA, { access_token: 'at-3', refresh_token: 'rt-3' }),
      refresh('rt-3', tokensFor(ADA, { access_token: 'at-4', refresh_token: 'rt-4' })),
    ])
    const ask = () => client.acquireTokenSilent({ scopes: SCOPES, account, claimsChallenge })
    assert.equal((await ask())?.accessToken, 'at-2')
    await client.acquireTokenByRefreshToken({ refreshToken: 'imported', scopes: SCOPES })
    assert.equal((await ask())?.accessToken, 'at-4')
    network.assertDone()
  })

  it('of another kind is another question', async () => {
    const { client, account, network } = await signedIn([
      refresh('rt-1', tokensFor(ADA, { access_token: 'at-2', refresh_token: 'rt-2' })),
      refresh('rt-2', tokensFor(ADA, { access_token: 'at-3' })),
    ])
    await client.acquireTokenSilent({ scopes: SCOPES, account, claimsChallenge })
    const other = await client.acquireTokenSilent({
      scopes: SCOPES,
      account,
      claimsChallenge: '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}',
    })
    assert.equal(other?.accessToken, 'at-3')
    network.assertDone()
  })

  it('that is no JSON object is refused, naming the argument', async () => {
    const { client, account } = await signedIn([])
    for (const wrong of ['[]', 'x', '"a"'])
      await assert.rejects(client.acquireTokenSilent({ scopes: SCOPES, account, claimsChallenge: wrong }), {
        argument: 'claimsChallenge',
      })
  })
})

describe('The log', () => {
  const run = async (enablePiiLog: boolean) => {
    const { client, account, log } = await signedIn(
      [refresh('rt-1', tokensFor(ADA, { access_token: 'canary-at', refresh_token: 'canary-rt' }))],
      {},
      { enablePiiLog },
    )
    await client.acquireTokenSilent({
      scopes: ['Mail.Read'],
      account,
      claimsChallenge: '{"access_token":{"canary":1}}',
    })
    return log.join('\n')
  }

  it('holds no user name, account id, token or claim', async () => {
    const log = await run(false)
    assert.ok(log.length > 0)
    assert.doesNotMatch(log, /ada|3333|at-1|rt-1|canary/i)
  })

  it('names the code of a refusal, if it is one, and nothing else that the server says', async () => {
    const refusals = [REFUSED, { error: 'canary of ada@contoso.com\nSigned in', error_description: 'canary' }]
    const { client, account, log } = await signedIn(refusals.map((refusal) => refresh('rt-1', refusal, 401)))
    for (const scope of ['Mail.Read', 'Chat.Read'])
      assert.equal(await client.acquireTokenSilent({ scopes: [scope], account }), null)
    assert.match(log.join('\n'), /refused \(invalid_grant\)/)
    assert.doesNotMatch(log.join('\n'), /canary|AADSTS|ada@|Signed in/)
  })

  it('names the account where enablePiiLog allows it, and still no token or claim', async () => {
    const log = await run(true)
    assert.match(log, /Refreshing a token of ada@contoso\.com/)
    assert.match(log, /POST login\.microsoftonline\.com \([0-9a-f-]{36}\): 200 after/)
    assert.match(log, /Tokens of ada@contoso\.com \(.*\) came by refresh_token/)
    assert.doesNotMatch(log, /at-1|rt-1|canary/)
  })
})
