import assert from 'node:assert/strict'
import { NetworkError, OAuthError } from '../../src/msal/index.ts'
import { createAccountActions, sessionsServedBy, type AccountActionParts } from '../../src/vscode/account-actions.ts'
import { readSignIns } from '../../src/vscode/account-reader.ts'
import type { TreeNode, TreeTarget } from '../../src/vscode/account-tree.ts'
import type { RefreshOutcome } from '../../src/vscode/authentication-provider.ts'
import type { CachedToken } from '../../src/vscode/cached-tokens.ts'
import { createClientRegistry } from '../../src/vscode/client-registry.ts'
import type { NotificationButton } from '../../src/vscode/notifications.ts'
import { PolicyError, PolicyFileError } from '../../src/vscode/policy.ts'
import type { SignInRecord } from '../../src/vscode/session.ts'
import { createClient } from './fakes.ts'

const HOST = 'https://login.microsoftonline.com'
const HOME = '11111111-1111-4111-8111-111111111111'
const given = (id: string, scopes: readonly string[], tenant = HOME) => ({ id, scopes, authority: `${HOST}/${tenant}` })
const record: SignInRecord = {
  clientId: 'app',
  environment: 'login.microsoftonline.com',
  homeAccountId: `ada.${HOME}`,
  accountId: `ada.${HOME}`,
  username: 'ada@contoso.test',
  label: 'ada@contoso.test',
  sessions: [
    given('by domain', ['a'], 'contoso.test'),
    given('one', ['a']),
    given('more', ['a', 'b']),
    given('elsewhere', ['a'], 'organizations'),
    given('openid only', ['openid']),
  ],
}
const token = (scopes: readonly string[], more: Partial<CachedToken> = {}): CachedToken => ({
  kind: 'access',
  key: `key of ${scopes.join(' ')}`,
  realm: HOME,
  scopes,
  tokenType: 'Bearer',
  ...more,
})
const node = (target: TreeTarget): TreeNode => ({
  id: 'id',
  kind: 'fact',
  label: 'Label',
  spoken: 'Label',
  icon: 'key',
  children: [],
  target,
})

/** Actions whose provider and client write down what they are asked. */
function createHarness({
  confirms = true,
  outcome = { isRenewed: true },
  pickProfile = async () => [],
}: {
  readonly confirms?: boolean
  readonly outcome?: RefreshOutcome
  readonly pickProfile?: () => Promise<readonly string[] | undefined>
} = {}) {
  const calls: unknown[] = []
  const note =
    <T>(name: string, result: T) =>
    async (...values: unknown[]) => {
      calls.push([name, ...values])
      return result
    }
  const questions: string[] = []
  const warnings: string[] = []
  const buttons: NotificationButton[] = []
  const parts: AccountActionParts = {
    clients: createClientRegistry(() => createClient({ forgetTokens: note('forget in cache', undefined) })),
    provider: {
      createSession: (...values) => note('createSession', undefined)(...values).then(() => Promise.reject(new Error())),
      refreshSession: note('refreshSession', outcome),
      forgetTokens: (ids) => calls.push(['forget in memory', ids]),
    },
    pickProfile,
    signOut: { ask: note('sign out', undefined) },
    confirm: async (text, action) => {
      questions.push(`${text} [${action}]`)
      return confirms
    },
    warn(text, shown) {
      warnings.push(text)
      buttons.push(...shown)
    },
    showLog: () => calls.push('show log'),
    copyText: async (text) => void calls.push(['copy', text]),
  }
  return { actions: createAccountActions(parts), calls, questions, warnings, buttons }
}

describe('the actions of the view', () => {
  it('sign in as the Accounts menu does, and leave it to the provider to tell of failures', async () => {
    const { actions, calls, warnings } = createHarness()
    await actions.signIn()
    assert.deepEqual(calls, [['createSession', ['openid', 'profile'], {}]])
    assert.deepEqual(warnings, [])
  })

  it('sign in with the app registration that was picked, and not at all where none was', async () => {
    const picked = createHarness({ pickProfile: async () => ['ENTRA_PROFILE:work'] })
    await picked.actions.signIn()
    assert.deepEqual(picked.calls, [['createSession', ['openid', 'profile', 'ENTRA_PROFILE:work'], {}]])
    const none = createHarness({ pickProfile: async () => undefined })
    await none.actions.signIn()
    assert.deepEqual(none.calls, [])
  })

  it('renew a token by a session that it was given out for', async () => {
    const { actions, calls, warnings } = createHarness()
    await actions.refresh(node({ record, tokens: [token(['a'])] }))
    assert.deepEqual(calls, [['refreshSession', 'one']])
    assert.deepEqual(warnings, [])
  })

  it('say what to do where a token could not be renewed', async () => {
    const { accountId: id, label } = record
    for (const [scopes, outcome, asked] of [
      [['a'], { isRenewed: false, failure: new OAuthError({ error: 'invalid_grant' }) }, ['a']],
      [['a'], { isRenewed: false }, ['a']],
      [['unknown'], { isRenewed: true }, ['openid', 'profile']],
    ] as const) {
      const { actions, warnings, buttons, calls } = createHarness({ outcome })
      await actions.refresh(node({ record, tokens: [token(scopes)] }))
      assert.match(warnings.join(), /^No new token for Label .* Sign in again/)
      assert.deepEqual(
        buttons.map((button) => button.label),
        ['Sign In', 'Show Log'],
      )
      for (const { run } of buttons) run()
      assert.deepEqual(calls.slice(-2), [['createSession', asked, { account: { id, label } }], 'show log'])
    }
  })

  it('ask nobody to sign in again where only the network is down, or the policy is in the way', async () => {
    for (const [failure, expected] of [
      [new NetworkError('fetch failed'), /^No new token for Label: the sign-in server can't be reached.*try again/],
      [new PolicyError('The client ID app is not allowed by /p.'), /^No new token for Label: The client ID app is not/],
    ] as const) {
      const { actions, warnings, buttons } = createHarness({ outcome: { isRenewed: false, failure } })
      await actions.refresh(node({ record, tokens: [token(['a'])] }))
      assert.match(warnings.join(), expected)
      assert.doesNotMatch(warnings.join(), /Sign in again/)
      assert.deepEqual(
        buttons.map(({ label }) => label),
        ['Show Log'],
      )
    }
  })

  it('forget the tokens of one row, in the cache and in memory', async () => {
    const { actions, calls, questions } = createHarness()
    await actions.forget(node({ record, tokens: [token(['a']), token([], { kind: 'id', key: 'id' })] }))
    const [cached, memory] = calls as [[string, { homeAccountId: string }, string[]], unknown]
    assert.deepEqual(
      [cached[0], cached[1].homeAccountId, cached[2]],
      ['forget in cache', record.homeAccountId, ['key of a', 'id']],
    )
    assert.deepEqual(memory, ['forget in memory', ['one', 'by domain']])
    assert.deepEqual(questions, ['Forget the cached tokens of Label? The account stays signed in. [Forget]'])
  })

  it('sign an account out of every client', async () => {
    const { actions, calls } = createHarness()
    const other = { ...record, clientId: 'other', sessions: [given('at other', ['a'])] }
    await actions.signOut(node({ records: [record, other] }))
    assert.deepEqual(calls, [['sign out', [record, other]]])
  })

  it('change nothing unless the person agrees', async () => {
    const { actions, calls, questions } = createHarness({ confirms: false })
    await actions.forget(node({ record, tokens: [token(['a'])] }))
    assert.deepEqual(calls, [])
    assert.equal(questions.length, 1)
  })

  it('copy what may be copied of a row, and nothing of another', async () => {
    const { actions, calls } = createHarness()
    const row = node({ records: [record] })
    await actions.copy(row)
    await actions.copy({ ...row, copy: { kind: 'tenantId', text: HOME } })
    assert.deepEqual(calls, [['copy', HOME]])
  })

  it('do nothing on a row that they are not for', async () => {
    const { actions, calls, questions } = createHarness()
    await actions.signOut(node({ record, tokens: [] }))
    await actions.refresh(node({ records: [record] }))
    await actions.forget(node({ records: [record] }))
    assert.deepEqual([calls, questions], [[], []])
  })
})

describe('the sessions that a token serves', () => {
  const cases: [string, CachedToken, readonly string[]][] = [
    ['those of its tenant with fewer scopes, then those by domain', token(['a', 'b']), ['one', 'more', 'by domain']],
    ['those of the tenant that was asked for', token(['a'], { realm: 'organizations' }), ['elsewhere', 'by domain']],
    ['those for OpenID alone, which ask for User.Read besides', token(['User.Read']), ['openid only']],
    ['none for an ID token', token(['a'], { kind: 'id' }), []],
  ]
  for (const [name, cached, expected] of cases)
    it(`are ${name}`, () =>
      assert.deepEqual(
        sessionsServedBy(record, cached).map(({ id }) => id),
        expected,
      ))
})

describe('reading who is signed in', () => {
  it('shows everybody as shut out where the policy can not be used, and tells that', async () => {
    const problems: unknown[] = []
    const broken = new PolicyFileError('/p', 'broken')
    const nothing = () => undefined
    const signIns = await readSignIns({
      records: { all: async () => [record] },
      clients: createClientRegistry(() => createClient({})),
      readPolicy: () => Promise.reject(broken),
      notifications: { policyProblem: (error) => problems.push(error) },
      failures: { isRefreshRefused: () => false },
      log: { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing },
    })
    assert.deepEqual(
      signIns.map(({ bar }) => bar),
      [{ source: '/p' }],
    )
    assert.deepEqual(problems, [broken])
  })

  it('passes over what can not be read, and names nobody in the log', async () => {
    const logged: string[] = []
    const write = (line: string) => void logged.push(line)
    const other = { ...record, clientId: 'broken' }
    const cached = { tokens: [], hasRefreshToken: true, sources: new Map<string, string>() }
    const signIns = await readSignIns({
      records: { all: async () => [record, other] },
      clients: createClientRegistry(({ clientId }) =>
        createClient(clientId === 'app' ? { describeCache: async () => cached } : {}),
      ),
      readPolicy: async () => ({}),
      notifications: { policyProblem: () => undefined },
      failures: { isRefreshRefused: ({ clientId }) => clientId === 'app' },
      log: { trace: write, debug: write, info: write, warn: write, error: write },
    })
    assert.deepEqual(signIns, [
      { record, cached, isRefreshRefused: true, bar: undefined },
      { record: other, cached: undefined, isRefreshRefused: false, bar: undefined },
    ])
    assert.equal(logged.length, 1)
    assert.doesNotMatch(logged.join(), /ada/)
  })
})
