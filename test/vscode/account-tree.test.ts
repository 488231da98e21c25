import assert from 'node:assert/strict'
import { TokenCache } from '../../src/msal/index.ts'
import { createAccountTree, type TreeNode, type TreeOptions } from '../../src/vscode/account-tree.ts'
import { formatClaim, isSensitive } from '../../src/vscode/claims.ts'
import { MenuAwareClient } from '../../src/vscode/public-client.ts'
import { describeResource, describeScopes } from '../../src/vscode/resource-name.ts'
import type { SignInRecord } from '../../src/vscode/session.ts'
import {
  ADA,
  claimsOf,
  CLIENT_ID,
  createTestPlatform,
  GUEST,
  HOME,
  HOST,
  idTokenOf,
  tokensFor,
} from '../support/entra.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const SIGNATURE = 'CANARYsignature'
const jwt = (claims: object) => idTokenOf(claims).replace(/[^.]+$/, SIGNATURE)
const ACCOUNT = { homeAccountId: `${ADA.uid}.${ADA.utid}`, environment: 'login.microsoftonline.com' }
const record: SignInRecord = {
  clientId: CLIENT_ID,
  ...ACCOUNT,
  accountId: ACCOUNT.homeAccountId,
  username: ADA.username,
  label: ADA.username,
  sessions: [],
}

/** A client whose cache holds Ada's tokens at home and at a guest tenant. */
function createCachedClient() {
  const clock = createFakeClock()
  const cache = new TokenCache(clock)
  const add = (tenant: string, response: object, more: object = {}) =>
    cache.add({
      client_id: CLIENT_ID,
      scope: ['User.Read'],
      token_endpoint: `${HOST}/${tenant}/oauth2/v2.0/token`,
      grant_type: 'authorization_code',
      response: { ...tokensFor(ADA), ...response },
      ...more,
    })
  add(HOME, {
    access_token: jwt({ aud: 'https://graph.microsoft.com', upn: 'CANARYupn', scp: 'User.Read' }),
    refresh_token: 'CANARYrefresh',
    id_token: jwt(
      claimsOf(ADA, { name: 'CANARYname', _claim_sources: { src: { access_token: 'CANARYdistributed' } } }),
    ),
  })
  add(
    GUEST,
    { access_token: 'CANARYopaque', expires_in: 7260, id_token: jwt(claimsOf(ADA, { tid: GUEST })) },
    {
      scope: ['api://its-api/Do'],
      grant_type: undefined,
      skip_account_creation: true,
    },
  )
  const client = new MenuAwareClient(
    { clientId: CLIENT_ID, authority: `${HOST}/${HOME}`, tokenCache: cache },
    createTestPlatform(clock),
  )
  return { client, clock, cache }
}

async function readTree(options: Partial<TreeOptions> = {}, records = [record]) {
  const { client, clock } = createCachedClient()
  const cached = await client.describeCache(ACCOUNT)
  return createAccountTree(
    records.map((each) => ({ record: each, cached })),
    { now: clock.now(), revealed: new Set(), formatTime: (seconds) => `time ${seconds}`, ...options },
  )
}

const flatten = (nodes: readonly TreeNode[]): readonly TreeNode[] =>
  nodes.flatMap((node) => [node, ...flatten(node.children)])
const outline = (nodes: readonly TreeNode[], depth = 3): readonly string[] =>
  nodes.flatMap(({ label, description = '', children }) => [
    [label, description].filter(Boolean).join(' | '),
    ...(depth > 1 ? outline(children, depth - 1).map((line) => `  ${line}`) : []),
  ])
const find = (nodes: readonly TreeNode[], ...labels: readonly string[]): TreeNode => {
  const [label, ...rest] = labels
  const found = nodes.find((node) => node.label === label)
  if (!found) throw new Error(`no ${label} among ${nodes.map((node) => node.label).join(', ')}`)
  return rest.length > 0 ? find(found.children, ...rest) : found
}

describe('the tree of accounts', () => {
  it('shows accounts, their tenants, and the tokens of each by resource, with the time left', async () => {
    assert.deepEqual(outline(await readTree()), [
      'ada@contoso.com | 2 tenants',
      `  ${GUEST}`,
      '    api://its-api | 2 h 1 min left · Do',
      '    ID token',
      `  contoso.com | ${HOME}`,
      '    Microsoft Graph | 1 h 0 min left · User.Read',
      '    ID token',
      '  Refresh token | kept, so that nobody is asked again',
    ])
  })

  const PERSONAL = '9188040d-6c67-4c5b-b112-36a304b66dad'
  for (const [what, person, tid, expected] of [
    ['the domain of the account, where it is its own', {}, HOME, `contoso.com | ${HOME}`],
    ['its id, where the account is a guest', {}, GUEST, GUEST],
    ['its id, where the user name has no domain', { username: 'ada' }, HOME, HOME],
    ['its meaning, where it is that of personal accounts', {}, PERSONAL, `Personal account | ${PERSONAL}`],
  ] as const)
    it(`names the tenant of a sign-in at "organizations" by ${what}`, () => {
      const claims = { tid }
      const token = { key: 'k', kind: 'id', realm: 'organizations', scopes: [], tokenType: 'ID', claims } as const
      const cached = { tokens: [token], hasRefreshToken: true, sources: new Map<string, string>() }
      const options = { now: 0, revealed: new Set<string>(), formatTime: String }
      const [account] = createAccountTree([{ record: { ...record, ...person }, cached }], options)
      assert.equal(outline(account?.children.slice(0, 1) ?? [], 1).join(), expected)
    })

  it('shows of a token its scopes, its end, how it came, its app, its type and its claims', async () => {
    const token = find(await readTree(), ADA.username, 'contoso.com', 'Microsoft Graph')
    assert.deepEqual(outline(token.children, 2), [
      'Scopes | User.Read',
      '  User.Read',
      'Expires | time 1767229200',
      'Sign-in | by the browser',
      `App | ${CLIENT_ID}`,
      'Type | Bearer',
      'Claims | 3',
      '  aud | https://graph.microsoft.com',
      '  upn | ••••••••',
      '  scp | User.Read',
    ])
  })

  it('says that the claims of a token are not readable where it is no JWT', async () => {
    const claims = find(await readTree(), ADA.username, GUEST, 'api://its-api', 'Claims')
    assert.match(claims.description ?? '', /^not readable/)
  })

  it('holds no token and no sensitive claim in any of its texts and targets', async () => {
    assert.doesNotMatch(JSON.stringify(await readTree()), /CANARYsig|CANARYopa|CANARYref/)
    const texts = flatten(await readTree()).map(({ label, description, spoken }) => [label, description, spoken])
    assert.doesNotMatch(JSON.stringify(texts), /CANARY|eyJ/)
  })

  it('shows a claim once it is revealed, but never a credential inside of it', async () => {
    const hidden = flatten(await readTree()).filter(({ kind }) => kind === 'hiddenClaim')
    const revealed = flatten(await readTree({ revealed: new Set(hidden.map(({ id }) => id)) }))
    const texts = JSON.stringify(revealed.map(({ label, description, spoken }) => [label, description, spoken]))
    assert.match(texts, /CANARYupn/)
    assert.match(texts, /CANARYname/)
    assert.doesNotMatch(texts, /CANARYdistributed|CANARYsignature/)
    assert.equal(revealed.filter(({ kind }) => kind === 'shownClaim').length, hidden.length)
  })

  const copiesOf = (tree: readonly TreeNode[]) =>
    flatten(tree).flatMap(({ label, copy }) => (copy ? [`${label}: ${copy.kind} ${copy.text}`] : []))

  it('has the ids of accounts, tenants and apps, scopes and shown claims copied, but no token and no hidden claim', async () => {
    const tree = await readTree()
    const graph = find(tree, ADA.username, 'contoso.com', 'Microsoft Graph')
    assert.deepEqual(copiesOf([graph]), [
      'User.Read: value User.Read',
      `App: value ${CLIENT_ID}`,
      'aud: value https://graph.microsoft.com',
      'scp: value User.Read',
    ])
    const copies = copiesOf(tree)
    assert.ok(copies.includes(`${ADA.username}: accountId ${ACCOUNT.homeAccountId}`))
    assert.ok(copies.includes(`contoso.com: tenantId ${HOME}`))
    assert.ok(copies.includes(`${GUEST}: tenantId ${GUEST}`))
    assert.doesNotMatch(copies.join(), /CANARY|eyJ/)
  })

  it('has a claim copied once it is revealed, in full, but never a credential', async () => {
    const long = 'group '.repeat(100)
    const claims = { groups: long, access_token: 'CANARYtoken', x: jwt({}), nested: { refresh_token: 'CANARYnested' } }
    const token = { key: 'k', kind: 'id', realm: HOME, scopes: [], tokenType: 'ID', claims } as const
    const cached = { tokens: [token], hasRefreshToken: true, sources: new Map<string, string>() }
    const read = (revealed: ReadonlySet<string>) =>
      createAccountTree([{ record, cached }], { now: 0, revealed, formatTime: String })
    const hidden = flatten(read(new Set())).filter(({ kind }) => kind === 'hiddenClaim')
    const copies = copiesOf(read(new Set(hidden.map(({ id }) => id))))
    assert.ok(copies.includes(`groups: value ${long}`))
    assert.ok(copies.includes('x: value [token]'))
    assert.doesNotMatch(copies.join(), /CANARY|eyJ|access_token:/)
  })

  it('says a hidden claim to a screen reader as hidden, and how to show it', async () => {
    const claim = find(await readTree(), ADA.username, 'contoso.com', 'Microsoft Graph', 'Claims', 'upn')
    assert.equal(claim.spoken, 'upn, hidden; press Enter to show it')
  })

  it('gives every row a name for screen readers, an icon and an id of its own that lasts', async () => {
    const rows = flatten(await readTree())
    assert.deepEqual(
      rows.filter(({ spoken, icon, label }) => !spoken || !icon || !label),
      [],
    )
    const ids = rows.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    assert.deepEqual(
      flatten(await readTree({ now: 0 })).map(({ id }) => id),
      ids,
    )
  })

  it('counts the minutes down, and says when a token has expired', async () => {
    const end = Date.UTC(2026, 0, 1, 1)
    const left = async (now: number) =>
      find(await readTree({ now }), ADA.username, 'contoso.com', 'Microsoft Graph').description
    assert.equal(await left(end - 59 * 60_000), '59 min left · User.Read')
    assert.equal(await left(end - 59_000), '0 min left · User.Read')
    assert.equal(await left(end + 1), 'expired · User.Read')
  })

  it('shows one account however many clients know it, and names the clients then', async () => {
    const other = { ...record, clientId: 'other' }
    const [account, ...more] = await readTree({}, [record, other])
    assert.deepEqual(more, [])
    assert.deepEqual(account?.target, { records: [record, other] })
    assert.deepEqual(
      account.children.filter(({ kind }) => kind === 'tenant').map(({ description }) => description?.split('app ')[1]),
      [CLIENT_ID, 'other', CLIENT_ID, 'other'],
    )
  })

  it('shows an account whose tokens could not be read', () => {
    const tree = createAccountTree([{ record, cached: undefined }], {
      now: 0,
      revealed: new Set(),
      formatTime: String,
    })
    assert.deepEqual(outline(tree), ['ada@contoso.com | 0 tenants', '  Tokens | could not be read, see the log'])
  })

  it('does not promise that nobody is asked where the server refused the refresh token when it was used last', () => {
    const cached = { tokens: [], hasRefreshToken: true, sources: new Map() }
    const options = { now: 0, revealed: new Set<string>(), formatTime: String }
    const tree = createAccountTree([{ record, cached, isRefreshRefused: true }], options)
    assert.deepEqual(outline(tree).slice(1), [
      '  Refresh token | refused by the server when it was used last; sign in again',
    ])
  })

  it('says of an account that the policy shuts out what does not allow it, and offers no refresh of its tokens', async () => {
    const { client, clock } = createCachedClient()
    const cached = await client.describeCache(ACCOUNT)
    const options = { now: clock.now(), revealed: new Set<string>(), formatTime: String }
    const tree = createAccountTree([{ record, cached, bar: { source: '/p' } }], options)
    assert.deepEqual(outline(tree, 2), [
      'ada@contoso.com | not allowed by /p',
      `  ${GUEST} | not allowed by /p`,
      `  contoso.com | not allowed by /p · ${HOME}`,
      '  Refresh token | not allowed by /p',
    ])
    assert.equal(tree[0]?.spoken, 'Account ada@contoso.com, not allowed by /p')
    const kinds = new Set(flatten(tree).map(({ kind }) => kind))
    assert.deepEqual([kinds.has('token'), kinds.has('barredToken'), kinds.has('account')], [false, true, true])
    assert.deepEqual(tree[0].target, { records: [record] })
  })

  it('says of single tenants that the policy does not allow them', async () => {
    const { client, clock } = createCachedClient()
    const cached = await client.describeCache(ACCOUNT)
    const options = { now: clock.now(), revealed: new Set<string>(), formatTime: String }
    const tree = createAccountTree([{ record, cached, bar: { source: '/p', except: [HOME] } }], options)
    assert.deepEqual(outline(tree, 2), [
      'ada@contoso.com | 2 tenants',
      `  ${GUEST} | not allowed by /p`,
      `  contoso.com | ${HOME}`,
      '  Refresh token | kept, so that nobody is asked again',
    ])
    const kindOf = (tenant: string, resource: string) => find(tree, ADA.username, tenant, resource).kind
    assert.equal(kindOf(GUEST, 'api://its-api'), 'barredToken')
    assert.equal(kindOf('contoso.com', 'Microsoft Graph'), 'token')
  })

  it('says so where no refresh token is kept', () => {
    const cached = { tokens: [], hasRefreshToken: false, sources: new Map() }
    const tree = createAccountTree([{ record, cached }], { now: 0, revealed: new Set(), formatTime: String })
    assert.deepEqual(outline(tree).slice(1), ['  Refresh token | none, so a person is asked'])
  })
})

describe('what is cached', () => {
  it('is described without any token', async () => {
    const { client } = createCachedClient()
    const { tokens, hasRefreshToken, sources } = await client.describeCache(ACCOUNT)
    assert.doesNotMatch(JSON.stringify(tokens), /CANARY(signature|refresh|opaque)|eyJ/)
    assert.equal(hasRefreshToken, true)
    assert.deepEqual([...sources], [[HOME, 'authorization_code']])
  })

  it('of another client is not described', async () => {
    const { cache, clock } = createCachedClient()
    const other = new MenuAwareClient(
      { clientId: 'other', authority: `${HOST}/${HOME}`, tokenCache: cache },
      createTestPlatform(clock),
    )
    assert.deepEqual((await other.describeCache(ACCOUNT)).tokens, [])
  })

  it('is forgotten token by token; the account and its refresh token stay', async () => {
    const { client } = createCachedClient()
    const { tokens } = await client.describeCache(ACCOUNT)
    const guest = tokens.filter(({ realm }) => realm === GUEST)
    await client.forgetTokens(
      ACCOUNT,
      guest.map(({ key }) => key),
    )
    const after = await client.describeCache(ACCOUNT)
    assert.deepEqual(
      after.tokens.map(({ realm, kind }) => [realm, kind]),
      [
        [HOME, 'access'],
        [HOME, 'id'],
      ],
    )
    assert.equal(after.hasRefreshToken, true)
    assert.equal((await client.getAccounts()).length, 1)
  })
})

describe('a claim', () => {
  const time = (seconds: number) => `time ${seconds}`
  for (const name of ['oid', 'sub', 'name', 'preferred_username', 'email', 'upn', 'ipaddr', 'sid', 'nonce', 'anything'])
    it(`is sensitive: ${name}`, () => assert.equal(isSensitive(name), true))
  for (const name of ['iss', 'aud', 'exp', 'tid', 'scp', 'roles'])
    it(`is not sensitive: ${name}`, () => assert.equal(isSensitive(name), false))

  const cases: [string, unknown, string][] = [
    ['exp', 5, 'time 5'],
    ['exp', 'text', 'text'],
    ['ver', 2, '2'],
    ['amr', ['pwd', 'mfa'], '["pwd","mfa"]'],
    ['wids', { a: 1 }, '{"a":1}'],
    ['access_token', 'CANARY', '[secret]'],
    ['x', { deep: [{ client_secret: 'CANARY' }] }, '{"deep":[{"client_secret":"[secret]"}]}'],
    ['x', `before ${jwt({})} after`, 'before [token] after'],
    ['x', null, 'null'],
    ['x', 'a\nb\u202ec', 'a b c'],
  ]
  for (const [name, value, expected] of cases)
    it(`${name} ${JSON.stringify(value)}`, () => assert.equal(formatClaim([name, value], time), expected))
})

describe('the resource of a token', () => {
  const cases: [readonly string[], string | undefined, string, string][] = [
    [['https://graph.microsoft.com/User.Read', 'openid'], undefined, 'Microsoft Graph', 'User.Read'],
    [['User.Read', 'profile'], '00000003-0000-0000-c000-000000000000', 'Microsoft Graph', 'User.Read'],
    [['https://management.azure.com//user_impersonation'], undefined, 'Azure Resource Manager', 'user_impersonation'],
    [['api://app/a', 'api://app/b'], 'other', 'api://app', 'a b'],
    [['read'], 'its-audience', 'its-audience', 'read'],
    [['read', 'write'], undefined, 'read write', 'read write'],
    [['openid', 'profile'], undefined, 'User info of login.microsoftonline.com', ''],
  ]
  for (const [scopes, aud, resource, short] of cases)
    it(`${scopes.join(' ')} ${aud ?? ''} is ${resource}`, () => {
      const token = {
        kind: 'access',
        key: '',
        realm: '',
        scopes,
        tokenType: '',
        ...(aud && { claims: { aud } }),
      } as const
      assert.equal(describeResource(token, record), resource)
      assert.equal(describeScopes(token), short)
    })
})
