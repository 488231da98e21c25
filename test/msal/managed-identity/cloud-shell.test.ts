import assert from 'node:assert/strict'
import { ManagedIdentityError } from '../../../src/msal/index.ts'
import { createScriptedFetch, type ScriptedAnswer, type ScriptedExchange } from '../../support/scripted-fetch.ts'
import { CLIENT_ID, createTestClient, discovery, HOME, idTokenOf } from '../../support/entra.ts'

const ENDPOINT = 'http://localhost:50342/oauth2/token'
const SCOPES = ['https://management.azure.com/.default']

/** Cloud Shell's answer; unless given, an opaque token. */
const answers = (json: object = {}): ScriptedExchange => ({
  method: 'POST',
  url: ENDPOINT,
  answer: { json: { access_token: 'opaque', expires_in: '3600', token_type: 'Bearer', ...json } },
})
const refuses = (answer: ScriptedAnswer): ScriptedExchange => ({ method: 'POST', url: ENDPOINT, answer })

function createShell(script: readonly ScriptedExchange[], options: Parameters<typeof createTestClient>[1] = {}) {
  const environment: Record<string, string> = { AZUREPS_HOST_ENVIRONMENT: 'cloud-shell/1.0' }
  const test = createTestClient(script, options, { readEnvironment: (name) => environment[name] })
  return { ...test, environment }
}

const signIn = ({ client }: ReturnType<typeof createShell>, scopes: readonly string[] = SCOPES) =>
  client.acquireTokenInteractive({ scopes, prompt: 'none' })

describe('Cloud Shell', () => {
  for (const [scopes, resource] of [
    [['https://management.azure.com/.default'], 'https://management.azure.com'],
    [['https://vault.azure.net//.default'], 'https://vault.azure.net/'],
    [['HTTPS://Management.azure.com/user_impersonation'], 'https://Management.azure.com'],
    [['api://my-app/read'], 'api://my-app'],
    [['bbbbbbbb-0000-0000-0000-00000000000b/.default'], 'bbbbbbbb-0000-0000-0000-00000000000b'],
    [['User.Read'], 'User.Read'],
    [['https://analysis.windows.net/powerbi/api/Report.Read.All'], 'https://analysis.windows.net/powerbi/api'],
    [['https://pas.windows.net/CheckMyAccess/Linux/.default'], 'https://pas.windows.net/CheckMyAccess/Linux/.default'],
    [['https://a.example/x', 'https://b.example/y'], 'https://a.example https://b.example'],
  ] as const)
    it(`is asked for ${resource} where ${scopes.join(' ')} is wanted`, async () => {
      const shell = createShell([discovery(), answers()])
      await signIn(shell, scopes)
      const [, request] = shell.network.requests
      assert.deepEqual(request?.form, { resource })
      assert.equal(request?.headers.get('metadata'), 'true')
    })

  it('gives an account and a token that are used silently afterwards', async () => {
    const shell = createShell([discovery(), answers()])
    const result = await signIn(shell)
    assert.deepEqual([result.accessToken, result.tokenSource, result.scopes], ['opaque', 'broker', SCOPES])
    const [account, ...others] = await shell.client.getAccounts()
    assert.deepEqual(others, [])
    assert.deepEqual(account, {
      homeAccountId: 'user.cloudshell',
      environment: 'login.microsoftonline.com',
      realm: HOME,
      localAccountId: 'user',
      username: 'currentuser@cloudshell',
      authorityType: 'CLOUDSHELL',
    })
    assert.deepEqual(result.account, account)
    const silent = await shell.client.acquireTokenSilent({ scopes: SCOPES, account })
    assert.deepEqual([silent?.accessToken, silent?.tokenSource], ['opaque', 'cache'])
    shell.network.assertDone()
  })

  it('names the person as the token does, where that can be read', async () => {
    const accessToken = idTokenOf({
      oid: 'the-oid',
      tid: 'the-tid',
      iss: 'https://sts.windows.net/the-tid/',
      sub: 'the-sub',
      iat: 1,
      exp: 2,
      unique_name: 'ada@contoso.com',
    })
    const shell = createShell([discovery(), answers({ access_token: accessToken })])
    const { account, idTokenClaims } = await signIn(shell)
    assert.deepEqual(
      [account?.homeAccountId, account?.localAccountId, account?.username],
      ['the-oid.the-tid', 'the-sub', 'ada@contoso.com'],
    )
    assert.deepEqual(idTokenClaims, {
      iss: 'https://sts.windows.net/the-tid/',
      sub: 'the-sub',
      aud: CLIENT_ID,
      exp: 2,
      iat: 1,
      preferred_username: 'ada@contoso.com',
      tid: 'the-tid',
    })
  })

  for (const token of ['a.b', 'a.!!!.c', 'a.W10.c', 'a.b.c.d'])
    it(`calls the person its current user where the token is "${token}"`, async () => {
      const shell = createShell([discovery(), answers({ access_token: token })])
      assert.equal((await signIn(shell)).account?.homeAccountId, 'user.cloudshell')
    })

  it('renews its own tokens silently, and asks no refresh token endpoint', async () => {
    const shell = createShell([
      discovery(),
      answers({ refresh_token: 'rt' }),
      answers({ access_token: 'second' }),
      answers({ access_token: 'third' }),
    ])
    const { account } = await signIn(shell)
    const forced = await shell.client.acquireTokenSilent({ scopes: SCOPES, account, forceRefresh: true })
    assert.deepEqual([forced?.accessToken, forced?.account], ['second', account])
    shell.clock.set(shell.clock.now() + 3_400_000)
    const renewed = await shell.client.acquireTokenSilent({ scopes: SCOPES, account })
    assert.equal(renewed?.accessToken, 'third')
    shell.network.assertDone()
  })

  it('lists its account nowhere else', async () => {
    const shell = createShell([discovery(), answers()])
    await signIn(shell)
    delete shell.environment['AZUREPS_HOST_ENVIRONMENT']
    assert.deepEqual(await shell.client.getAccounts(), [])
  })

  it('is not meant by another prompt, nor anywhere else', async () => {
    for (const [prompt, host] of [
      ['login', 'cloud-shell/1.0'],
      ['none', 'visual-studio'],
    ] as const) {
      const shell = createShell([discovery()])
      shell.environment['AZUREPS_HOST_ENVIRONMENT'] = host
      await assert.rejects(shell.client.acquireTokenInteractive({ scopes: SCOPES, prompt, openBrowser: () => false }), {
        reason: 'browser_not_opened',
      })
      shell.network.assertDone()
    }
  })

  for (const [answer, error, description] of [
    [{ status: 400, json: { error: { code: 'invalid_resource', message: 'no' } } }, 'invalid_resource', 'no'],
    [{ status: 400, json: { error: 'bad', error_description: 'words' } }, 'bad', 'words'],
    [{ status: 500, json: {} }, 'invalid_response', 'No token came (HTTP 500)'],
    [{ status: 400, json: { access_token: 'at' } }, 'invalid_response', 'No token came (HTTP 400)'],
    [{ status: 200, json: {} }, 'invalid_response', 'No token came (HTTP 200)'],
    [
      { status: 200, json: { access_token: 'at', token_type: 'pop' } },
      'broker_error',
      'Cloud Shell gave no bearer token',
    ],
    [{ status: 200, text: 'oops' }, 'invalid_response', /no JSON object \(HTTP 200\)/],
  ] as const)
    it(`refuses with ${error} for ${JSON.stringify(answer)}, and leaves no account`, async () => {
      const shell = createShell([discovery(), refuses(answer)])
      await assert.rejects(signIn(shell), { name: 'ManagedIdentityError', error, errorDescription: description })
      assert.deepEqual(await shell.client.getAccounts(), [])
    })

  it('has nobody sign in where it refuses silently, and says why where that is asked for', async () => {
    const answer = { status: 400, json: { error: { code: 'invalid_resource', message: 'no' } } }
    const shell = createShell([discovery(), answers(), refuses(answer)])
    const { account } = await signIn(shell)
    const other = { scopes: ['https://other.example/.default'], account }
    assert.equal(await shell.client.acquireTokenSilent(other), null)
    // A 400 is repeated from memory.
    await assert.rejects(shell.client.acquireTokenSilentWithError(other), ManagedIdentityError)
    assert.equal(shell.network.requests.length, 3)
  })

  it('is asked without a proxy, whatever the client uses elsewhere', async () => {
    const direct: string[] = []
    const network = createScriptedFetch([discovery()])
    const { client } = createTestClient(
      [],
      { fetch: undefined },
      {
        readEnvironment: () => 'cloud-shell/1.0',
        createFetch: () => network.fetch,
        createDirectFetch: () => async (input) => {
          direct.push(new Request(input).url)
          return Response.json({ access_token: 'opaque', expires_in: 3600 })
        },
      },
    )
    await client.acquireTokenInteractive({ scopes: SCOPES, prompt: 'none' })
    assert.deepEqual(direct, [ENDPOINT])
    network.assertDone()
  })
})
