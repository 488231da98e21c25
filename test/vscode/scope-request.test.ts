import assert from 'node:assert/strict'
import { parseGivenScopes, parseScopeRequest, ScopeRequestError } from '../../src/vscode/scope-request.ts'

const CLIENT = '0f0e0d0c-1111-4111-8111-111111111111'

describe('parsing the scopes of a session request', () => {
  const accepted: Record<string, { asked: string[]; expected: object }> = {
    'plain scopes are sent sorted and once': {
      asked: ['User.Read', 'Mail.Read', 'User.Read'],
      expected: { resourceScopes: ['Mail.Read', 'User.Read'], isOpenIdOnly: false },
    },
    'scopes that the library adds are not passed on, email is': {
      asked: ['openid', 'email', 'profile', 'offline_access'],
      expected: { resourceScopes: ['email'], isOpenIdOnly: true },
    },
    'no scope at all counts as OpenID only': { asked: [], expected: { resourceScopes: [], isOpenIdOnly: true } },
    'a client and a tenant are taken out, wherever they stand': {
      asked: ['VSCODE_TENANT:contoso.com', 'User.Read', `VSCODE_CLIENT_ID:${CLIENT}`],
      expected: { resourceScopes: ['User.Read'], clientId: CLIENT, tenant: 'contoso.com' },
    },
    'pseudo-scopes beside OpenID scopes leave the request OpenID only': {
      asked: ['VSCODE_TENANT:organizations', 'openid'],
      expected: { resourceScopes: [], isOpenIdOnly: true, tenant: 'organizations' },
    },
    'of two the last counts': {
      asked: ['VSCODE_TENANT:one.example', 'VSCODE_TENANT:two.example'],
      expected: { tenant: 'two.example' },
    },
    'a profile is named': { asked: ['ENTRA_PROFILE:work'], expected: { profile: 'work' } },
    'pseudo-scopes that a later VS Code may know are never sent, and named once': {
      asked: ['VSCODE_FUTURE:x', 'VSCODE_', 'User.Read', 'VSCODE_FUTURE'],
      expected: { resourceScopes: ['User.Read'], passedOver: ['VSCODE_FUTURE', 'VSCODE_'] },
    },
    'a scope may be named like a member of every object': {
      asked: ['toString'],
      expected: { resourceScopes: ['toString'] },
    },
    'scopes of an API keep their colons and slashes': {
      asked: ['api://contoso/Files.Read', 'https://graph.microsoft.com/.default'],
      expected: { resourceScopes: ['api://contoso/Files.Read', 'https://graph.microsoft.com/.default'] },
    },
  }
  for (const [name, { asked, expected }] of Object.entries(accepted))
    it(name, () => {
      const request = parseScopeRequest(asked)
      assert.deepEqual({ ...request, ...expected }, request)
      assert.deepEqual(request.asked, asked, "the caller's order and text")
    })

  const refused = [
    'VSCODE_TENANT:common/../evil',
    'VSCODE_TENANT:',
    'VSCODE_TENANT',
    'VSCODE_TENANT:a b',
    'VSCODE_TENANT:..',
    'VSCODE_TENANT:-contoso.com',
    'VSCODE_TENANT:contoso.com/',
    'VSCODE_TENANT:contoso%2Fcom',
    'VSCODE_TENANT:contoso.com?x=1',
    'VSCODE_TENANT:contoso.com#x',
    'VSCODE_TENANT:contoso.com\n',
    'VSCODE_CLIENT_ID:',
    'VSCODE_CLIENT_ID',
    'VSCODE_CLIENT_ID:a&b=c',
    'VSCODE_CLIENT_ID: a',
    'ENTRA_PROFILE:',
    'ENTRA_PROFILE:two words',
    'ENTRA_PROFIL:work',
    'ENTRA_TENANT:contoso.com',
    'ENTRA_',
    'User.Read VSCODE_TENANT:evil.example',
    'User.Read\tMail.Read',
    '',
    'quo"te',
    'back\\slash',
  ]
  for (const scope of refused)
    it(`refuses ${JSON.stringify(scope)} and names it`, () => {
      assert.throws(
        () => parseScopeRequest(['User.Read', scope]),
        (error: unknown) => error instanceof ScopeRequestError && error.message.includes(JSON.stringify(scope)),
      )
    })

  it('names those that there are where one is not known', () => {
    assert.throws(() => parseScopeRequest(['ENTRA_PROFIL:work']), {
      message:
        'The scope "ENTRA_PROFIL:work" is not known. Pseudo-scopes are VSCODE_CLIENT_ID, VSCODE_TENANT, ENTRA_PROFILE.',
    })
  })

  it('passes over what it does not know of a session that a later version gave out', () => {
    const asked = ['a', 'ENTRA_FUTURE:x', 'ENTRA_PROFILE:work']
    const { resourceScopes, profile, asked: kept } = parseGivenScopes(asked)
    assert.deepEqual([resourceScopes, profile, kept], [['a'], 'work', asked])
  })

  it('refuses a malformed pseudo-scope even where a later one would count', () => {
    assert.throws(() => parseScopeRequest(['VSCODE_TENANT:a/b', 'VSCODE_TENANT:contoso.com']), ScopeRequestError)
  })

  it('gives the same request for the same scopes in another order', () => {
    const one = parseScopeRequest(['b', 'VSCODE_TENANT:contoso.com', 'a'])
    const two = parseScopeRequest(['a', 'b', 'VSCODE_TENANT:contoso.com'])
    assert.deepEqual({ ...one, asked: two.asked }, two)
  })
})
