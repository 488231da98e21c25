import assert from 'node:assert/strict'
import { NetworkError, OAuthError, type Account, type TokenResult } from '../../src/msal/index.ts'
import { createAuthenticationProvider } from '../../src/vscode/authentication-provider.ts'
import { createClientRegistry, type ClientConfiguration } from '../../src/vscode/client-registry.ts'
import type { PublicClient } from '../../src/vscode/public-client.ts'
import { createFailureMemory } from '../../src/vscode/failure-memory.ts'
import { combinePolicy, PolicyFileError, type PolicyFile } from '../../src/vscode/policy.ts'
import { createSecretStoragePersistence } from '../../src/vscode/secret-storage-persistence.ts'
import type { SessionChanges } from '../../src/vscode/session-changes.ts'
import { createSessionRecords } from '../../src/vscode/session-records.ts'
import { configurationOf } from '../../src/vscode/session.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import {
  accountOf,
  createClient,
  createHost,
  createSecrets,
  createWindow,
  settingsOf,
  settle,
  tokensOf,
} from './fakes.ts'

const ada = accountOf('ada@contoso.test')
const grace = accountOf('grace@contoso.test')

const NO_POLICY: PolicyFile = { kind: 'absent' }

/** A provider whose people sign in by the browser; `server` says who is known and what is answered. */
function createHarness(
  secrets = createSecrets(),
  settings: object = { clientId: 'app' },
  accounts = new Map<string, Account[]>(),
  file: PolicyFile = NO_POLICY,
) {
  const server = {
    /** Who signs in next. */
    next: ada,
    silent: (async ({ account }) =>
      tokensOf(account!, { tokenSource: 'cache' })) as PublicClient['acquireTokenSilentWithError'],
    sent: [] as {
      configuration: ClientConfiguration
      scopes: readonly string[]
      loginHint?: string | undefined
      claims?: string | undefined
    }[],
    /** What a sign-in brings besides. */
    interactive: {} as Partial<TokenResult>,
    cached: undefined as string | undefined,
    untilSignedIn: Promise.resolve(),
  }
  const people = ({ clientId }: ClientConfiguration) => accounts.get(clientId) ?? []
  const known = (configuration: ClientConfiguration) =>
    people(configuration).filter(({ environment }) => environment === configuration.authority.host)
  const others = (configuration: ClientConfiguration, { homeAccountId }: Account) =>
    people(configuration).filter((account) => account.homeAccountId !== homeAccountId)
  const createScripted = (configuration: ClientConfiguration): PublicClient =>
    createClient({
      getAccounts: async () => known(configuration),
      acquireTokenSilentWithError: (request) => {
        server.sent.push({ configuration, scopes: request.scopes, claims: request.claimsChallenge })
        return server.silent(request)
      },
      acquireTokenInteractive: async ({ scopes, loginHint, claimsChallenge: claims }) => {
        server.sent.push({ configuration, scopes, loginHint, claims })
        await server.untilSignedIn
        accounts.set(configuration.clientId, [...others(configuration, server.next), server.next])
        return tokensOf(server.next, server.interactive)
      },
      removeAccount: async ({ account }) => {
        accounts.set(configuration.clientId, others(configuration, account))
      },
      findCachedToken: async () => server.cached,
    })
  const clock = createFakeClock()
  const window = createWindow()
  const events: SessionChanges[] = []
  const told: unknown[] = []
  const problems: unknown[] = []
  const logged: string[] = []
  const signedIn: boolean[] = []
  const write = (message: string) => void logged.push(message)
  const failures = createFailureMemory(clock)
  const provider = createAuthenticationProvider({
    readSettings: () => settingsOf(settings),
    clients: createClientRegistry(createScripted),
    records: createSessionRecords(createSecretStoragePersistence(secrets, () => undefined)('sessions'), write as never),
    host: createHost(window, clock),
    listMethods: async () => ['browser'],
    isAtHand: () => false,
    readPolicy: async () => combinePolicy(file, settingsOf(settings)),
    failures,
    notifications: {
      signInFailed: (error) => told.push(error),
      settingProblem: () => undefined,
      policyProblem: (error) => problems.push(error),
      secretProblem: () => undefined,
    },
    log: { trace: write, debug: write, info: write, warn: write, error: write },
    fire: (changes) => events.push(changes),
    onSignedIn: (isAnyone) => signedIn.push(isAnyone),
  })
  const signIn = async (account: Account, scopes: string[]) => {
    server.next = account
    const session = provider.createSession(scopes, {})
    await settle()
    window.picks.at(-1)?.choose('Another account…')
    return session
  }
  return {
    provider,
    server,
    clock,
    window,
    events,
    told,
    problems,
    logged,
    signedIn,
    secrets,
    accounts,
    failures,
    signIn,
  }
}

const ids = (sessions: readonly { readonly id: string }[]) => sessions.map(({ id }) => id)

describe('asking for a session', () => {
  it('gives nobody, without a word, where nobody is signed in or no client is configured', async () => {
    for (const settings of [{ clientId: 'app' }, {}, { clientId: 'app', cloud: 'moon' }]) {
      const { provider, told, events } = createHarness(createSecrets(), settings)
      assert.deepEqual(await provider.getSessions(['User.Read'], {}), [])
      assert.deepEqual([told, events], [[], []])
    }
  })

  it('refuses a malformed scope and names it', async () => {
    const { provider } = createHarness()
    await assert.rejects(provider.getSessions(['VSCODE_TENANT:a/b'], {}), /"VSCODE_TENANT:a\/b"/)
    await assert.rejects(provider.createSession(['VSCODE_TENANT:a/b'], {}), /"VSCODE_TENANT:a\/b"/)
  })

  it('keeps that nobody but the authority may be asked, for what is done with the account later', async () => {
    const { signIn, secrets } = createHarness(createSecrets(), { clientId: 'app', instanceDiscovery: false })
    await signIn(ada, ['a'])
    const persistence = createSecretStoragePersistence(secrets, () => undefined)
    const [record] = await createSessionRecords(persistence('sessions'), () => undefined).all()
    assert.equal(configurationOf(record!).instanceDiscovery, false)
  })

  it('warns once in the log of a pseudo-scope that a later VS Code may know', async () => {
    const { provider, logged } = createHarness()
    for (let times = 0; times < 2; times++) await provider.getSessions(['a', 'VSCODE_FUTURE:ada'], {})
    assert.deepEqual(logged, ['A pseudo-scope that is not known is passed over: "VSCODE_FUTURE"'])
  })

  it("gives the caller's scopes in the caller's order, and sends no pseudo-scope", async () => {
    const { provider, server, signIn } = createHarness()
    const scopes = ['profile', 'VSCODE_TENANT:guest.example', 'b', 'VSCODE_CLIENT_ID:its', 'a', 'VSCODE_X']
    const session = await signIn(ada, scopes)
    assert.deepEqual(session.scopes, scopes)
    assert.deepEqual(server.sent.at(-1)?.scopes, ['a', 'b'])
    assert.equal(server.sent.at(-1)?.configuration.authority.url, 'https://login.microsoftonline.com/guest.example')
    assert.equal(server.sent.at(-1)?.configuration.clientId, 'its')
    const [again] = await provider.getSessions([...scopes].reverse(), {})
    assert.equal(again?.id, session.id)
    assert.deepEqual(again.scopes, [...scopes].reverse())
  })

  it('gives one session for each account that can have a token silently', async () => {
    const { provider, server, signIn, logged } = createHarness()
    await signIn(ada, ['a'])
    await signIn(grace, ['a'])
    assert.deepEqual(
      (await provider.getSessions(['a'], {})).map(({ account }) => account.label),
      ['ada@contoso.test', 'grace@contoso.test'],
    )
    const answer = server.silent
    server.silent = async (request) => {
      if (request.account?.username === ada.username)
        throw new OAuthError({
          error: 'interaction_required',
          errorDescription: 'ada@contoso.test must',
          errorCodes: [50076],
        })
      return answer(request)
    }
    assert.deepEqual(
      (await provider.getSessions(['a'], {})).map(({ account }) => account.label),
      ['grace@contoso.test'],
    )
    assert.match(logged.join('\n'), /interaction_required codes=50076/)
    assert.doesNotMatch(logged.join('\n'), /ada/)
  })

  it('#24 Two accounts asked in parallel got the same session: each gets its own, or none', async () => {
    const { provider, signIn } = createHarness()
    const one = await signIn(ada, ['a'])
    const two = await signIn(grace, ['a'])
    const asked = [one.account, two.account, { id: 'nobody', label: one.account.label }]
    const answers = await Promise.all(asked.map((account) => provider.getSessions(['a'], { account })))
    assert.deepEqual(
      answers.map((sessions) => sessions.map(({ account }) => account.id)),
      [[one.account.id], [two.account.id], []],
    )
  })

  it('answers at once while a sign-in waits', async () => {
    const { provider, server, signIn } = createHarness()
    const { account } = await signIn(ada, ['a'])
    let finish: () => void = () => assert.fail()
    server.untilSignedIn = new Promise((resolve) => (finish = resolve))
    const waiting = provider.createSession(['b'], { account })
    await settle()
    assert.equal((await provider.getSessions(['a'], {})).length, 1)
    assert.equal((await provider.getSessions(undefined, {})).length, 1)
    finish()
    assert.deepEqual((await waiting).account, account)
  })

  it('gives the token of the tenant that the person chose for these scopes, also after a reload', async () => {
    const before = createHarness()
    const guest = await before.signIn(ada, ['a', 'VSCODE_TENANT:guest.example'])
    const session = before.provider.createSession(['b'], { account: guest.account })
    await settle()
    before.window.picks.at(-1)?.choose('guest.example')
    const { id } = await session
    const after = createHarness(before.secrets, { clientId: 'app' }, before.accounts)
    assert.deepEqual(ids(await after.provider.getSessions(['b'], {})), [id])
    assert.equal(after.server.sent[0]?.configuration.authority.tenant, 'guest.example')
    await after.provider.getSessions(['c'], {})
    assert.equal(after.server.sent[1]?.configuration.authority.tenant, 'organizations')
  })

  it('#26 A network error at wake signs people out: it stays signed in when the network is away or the server refuses', async () => {
    const { provider, server, signIn, accounts } = createHarness()
    await signIn(ada, ['a'])
    const answer = server.silent
    for (const error of [new NetworkError('offline'), new OAuthError({ error: 'invalid_grant' })]) {
      server.silent = () => Promise.reject(error)
      assert.deepEqual(await provider.getSessions(['a'], {}), [])
    }
    server.silent = answer
    assert.equal((await provider.getSessions(['a'], {})).length, 1)
    assert.equal(accounts.get('app')?.length, 1)
  })
})

describe('asking for all sessions, as the Accounts menu does', () => {
  it('gives one per account and client, with the scopes asked for last, and asks no server', async () => {
    const { provider, server, signIn } = createHarness()
    await signIn(ada, ['a'])
    await signIn(ada, ['b'])
    await signIn(grace, ['a'])
    await signIn(ada, ['VSCODE_CLIENT_ID:other', 'a'])
    await provider.getSessions(['a'], { account: { id: ada.homeAccountId, label: '' } })
    server.sent.splice(0)
    const sessions = await provider.getSessions(undefined, {})
    assert.deepEqual(sessions.map(({ account, scopes }) => [account.label, scopes.join(' ')]).sort(), [
      ['ada@contoso.test', 'VSCODE_CLIENT_ID:other a'],
      ['ada@contoso.test', 'a'],
      ['grace@contoso.test', 'a'],
    ])
    assert.deepEqual(server.sent, [])
  })

  it('gives the same ids after a reload, with the cached token or none', async () => {
    const before = createHarness()
    const session = await before.signIn(ada, ['a'])
    for (const cached of ['kept token', undefined]) {
      const after = createHarness(before.secrets)
      after.server.cached = cached
      const sessions = await after.provider.getSessions(undefined, {})
      assert.deepEqual(sessions, [{ ...session, accessToken: cached ?? '' }])
      assert.deepEqual(after.server.sent, [])
    }
  })

  it('tells whether anyone is signed in', async () => {
    const { provider, signedIn, signIn } = createHarness()
    await provider.getSessions(undefined, {})
    const session = await signIn(ada, ['a'])
    await provider.removeSession(session.id)
    assert.deepEqual(signedIn, [false, true, false])
  })
})

describe('events', () => {
  it('answer the row of the Accounts menu by the first sign-in, whatever it asked for', async () => {
    const { events, signIn } = createHarness()
    await signIn(ada, ['a'])
    assert.deepEqual(
      events[0]?.added.map(({ scopes }) => scopes),
      [['a'], ['openid', 'profile']],
    )
    await signIn(grace, ['a'])
    assert.deepEqual(
      events[1]?.added.map(({ account }) => account.label),
      ['grace@contoso.test'],
    )
  })

  it('come with a new scope set, a new account and a refresh, and not with a cache hit', async () => {
    const { provider, server, events, signIn } = createHarness()
    await signIn(ada, ['a'])
    events.splice(0)
    await provider.getSessions(['a'], {})
    assert.deepEqual(events, [])
    await provider.getSessions(['b'], {})
    server.silent = async ({ account }) => tokensOf(account!)
    await provider.getSessions(['b'], {})
    server.silent = async ({ account }) => tokensOf(account!, { expiresIn: 200 })
    await provider.getSessions(['b'], {})
    assert.deepEqual(
      events.map(({ added, changed }) => [ids(added).length, ids(changed).length]),
      [
        [1, 0],
        [0, 1],
      ],
    )
  })

  it('tell a sign-in again as changed, but as added where the session could not be had before', async () => {
    const { provider, server, events, signIn } = createHarness()
    await signIn(ada, ['a'])
    await signIn(ada, ['a'])
    server.silent = () => Promise.reject(new OAuthError({ error: 'invalid_grant' }))
    await provider.getSessions(['a'], {})
    await signIn(ada, ['a'])
    assert.deepEqual(
      events.slice(1).map(({ added, changed }) => [added.length, changed.length]),
      [
        [0, 1],
        [1, 0],
      ],
    )
  })
})

describe('renewing a session that was given out', () => {
  it('passes over the cached token, and tells by an event', async () => {
    const { provider, server, events, signIn } = createHarness()
    const session = await signIn(ada, ['a'])
    const forced: unknown[] = []
    server.silent = async ({ account, forceRefresh }) => {
      forced.push(forceRefresh)
      return tokensOf(account!, { accessToken: 'renewed' })
    }
    assert.deepEqual(await provider.refreshSession(session.id), { isRenewed: true })
    assert.deepEqual(forced, [true])
    assert.deepEqual(
      events.at(-1)?.changed.map(({ id, accessToken }) => [id, accessToken]),
      [[session.id, 'renewed']],
    )
  })

  it('fails without a word where the server refuses, or the session is unknown', async () => {
    const { provider, server, told, signIn } = createHarness()
    const session = await signIn(ada, ['a'])
    const failure = new OAuthError({ error: 'invalid_grant' })
    server.silent = () => Promise.reject(failure)
    assert.deepEqual(await provider.refreshSession(session.id), { isRenewed: false, failure })
    assert.deepEqual(await provider.refreshSession('unknown'), { isRenewed: false })
    assert.deepEqual(told, [])
  })

  it("remembers that the server refused an account's refresh token, until it grants one or the person signs in", async () => {
    const { provider, server, failures, signIn } = createHarness()
    const session = await signIn(ada, ['a'])
    const isRefused = () => failures.isRefreshRefused({ clientId: 'app', ...ada })
    const answer = server.silent
    const failing = async (failure: Error) => {
      server.silent = () => Promise.reject(failure)
      await provider.refreshSession(session.id)
      return isRefused()
    }
    assert.equal(await failing(new NetworkError('fetch failed')), false)
    assert.equal(await failing(new OAuthError({ error: 'temporarily_unavailable' })), false)
    assert.equal(await failing(new OAuthError({ error: 'invalid_grant' })), true)
    assert.equal(await failing(new NetworkError('fetch failed')), true)
    assert.equal(failures.isRefreshRefused({ clientId: 'other', ...ada }), false)
    await signIn(ada, ['b'])
    assert.equal(isRefused(), false)
    assert.equal(await failing(new OAuthError({ error: 'invalid_grant' })), true)
    server.silent = async (request) => ({ ...(await answer(request))!, tokenSource: 'identity_provider' })
    await provider.refreshSession(session.id)
    assert.equal(isRefused(), false)
  })

  it('asks the server even where it refused a moment ago', async () => {
    const { provider, server, signIn } = createHarness()
    const session = await signIn(ada, ['a'])
    const answer = server.silent
    server.silent = () => Promise.reject(new OAuthError({ error: 'invalid_grant', errorCodes: [53003] }))
    await provider.getSessions(['a'], {})
    server.silent = answer
    assert.equal((await provider.refreshSession(session.id)).isRenewed, true)
  })

  it('leaves the cached token in use where the server refuses for good', async () => {
    const { provider, server, signIn } = createHarness()
    const session = await signIn(ada, ['a'])
    const answer = server.silent
    server.silent = () => Promise.reject(new OAuthError({ error: 'invalid_grant', errorCodes: [53003] }))
    assert.equal((await provider.refreshSession(session.id)).isRenewed, false)
    server.silent = answer
    assert.deepEqual(ids(await provider.getSessions(['a'], {})), [session.id])
  })

  it('leaves nothing in memory of tokens that are forgotten', async () => {
    const { provider, signIn } = createHarness()
    const session = await signIn(ada, ['a'])
    provider.forgetTokens([session.id])
    const sessions = await provider.getSessions(undefined, {})
    assert.deepEqual(
      sessions.map(({ accessToken }) => accessToken),
      [''],
    )
  })
})

describe('signing out', () => {
  it('removes all sessions of the account at that client, in every tenant, in one event', async () => {
    const { provider, events, signIn, accounts } = createHarness()
    await signIn(ada, ['a'])
    const guest = await signIn(ada, ['a', 'VSCODE_TENANT:guest.example'])
    await signIn(grace, ['a'])
    events.splice(0)
    await provider.removeSession(guest.id)
    assert.equal(events.length, 1)
    assert.deepEqual(events[0]?.removed.map(({ scopes }) => scopes.join(' ')).sort(), [
      'a',
      'a VSCODE_TENANT:guest.example',
      'openid profile',
    ])
    assert.deepEqual(events[0].changed, [])
    assert.deepEqual(
      accounts.get('app')?.map(({ username }) => username),
      [grace.username],
    )
    assert.deepEqual(
      (await provider.getSessions(['a'], {})).map(({ account }) => account.label),
      ['grace@contoso.test'],
    )
  })

  it('puts what another client holds of the account into the same event', async () => {
    const { provider, events, signIn } = createHarness()
    const session = await signIn(ada, ['a'])
    const other = await signIn(ada, ['VSCODE_CLIENT_ID:other', 'a'])
    await provider.removeSession(session.id)
    assert.deepEqual(ids(events.at(-1)!.changed), [other.id])
    assert.equal((await provider.getSessions(undefined, {})).length, 1)
  })

  it('holds after a reload, by the id that was given before it', async () => {
    const before = createHarness()
    const session = await before.signIn(ada, ['a'])
    const after = createHarness(before.secrets)
    await after.provider.removeSession(session.id)
    assert.equal(after.events[0]?.removed[0]?.account.id, ada.homeAccountId)
    assert.deepEqual(await createHarness(before.secrets).provider.getSessions(undefined, {}), [])
  })

  describe('in another window', () => {
    const openTwo = async () => {
      const one = createHarness()
      await one.signIn(ada, ['a'])
      const other = createHarness(one.secrets, { clientId: 'app' }, one.accounts)
      await other.provider.getSessions(undefined, {})
      await other.provider.getSessions(['a'], {})
      other.events.splice(0)
      return { one, other }
    }

    it('#25 Sign-out does not stick: it is told in this one, and nothing is left in its memory', async () => {
      const { one, other } = await openTwo()
      const [session] = await one.provider.getSessions(undefined, {})
      await one.provider.removeSession(session!.id)
      assert.deepEqual(await other.provider.getSessions(undefined, {}), [])
      await settle()
      assert.deepEqual(
        other.events.map(({ added, removed, changed }) => [added, ids(removed), changed]),
        [[[], one.events.at(-1)?.removed.map(({ id }) => id), []]],
      )
      assert.equal(other.signedIn.at(-1), false)
      await one.signIn(ada, ['a'])
      other.server.cached = undefined
      assert.deepEqual(
        (await other.provider.getSessions(undefined, {})).map(({ accessToken }) => accessToken),
        [''],
      )
    })

    it('keeps what another client holds of the account', async () => {
      const { one, other } = await openTwo()
      await one.signIn(ada, ['VSCODE_CLIENT_ID:second', 'a'])
      const held = await one.provider.getSessions(['VSCODE_CLIENT_ID:second', 'a'], {})
      await other.provider.getSessions(undefined, {})
      const [first] = await one.provider.getSessions(['a'], {})
      await one.provider.removeSession(first!.id)
      await other.provider.getSessions(undefined, {})
      await settle()
      const { removed, changed } = other.events.at(-1)!
      assert.ok(!ids(removed).includes(held[0]!.id))
      assert.deepEqual(ids(changed), ids(held))
    })

    it('gives no session of an account that it signed out while its token came', async () => {
      const { one, other } = await openTwo()
      const [session] = await one.provider.getSessions(undefined, {})
      const answer = other.server.silent
      other.server.silent = async (request) => {
        await one.provider.removeSession(session!.id)
        return answer(request)
      }
      assert.deepEqual(await other.provider.getSessions(['b'], {}), [])
      assert.deepEqual(await other.provider.getSessions(undefined, {}), [])
    })

    it('signs in in this one, too, as far as the policy allows it', async () => {
      for (const allowed of [true, false]) {
        const one = createHarness()
        const policy: PolicyFile = { kind: 'text', path: '/p', text: '{"allowedClientIds":["other"]}' }
        const other = createHarness(one.secrets, { clientId: 'app' }, one.accounts, allowed ? NO_POLICY : policy)
        await other.provider.getSessions(undefined, {})
        const session = await one.signIn(ada, ['a'])
        await other.provider.getSessions(undefined, {})
        await settle()
        const added = other.events.flatMap((event) => ids(event.added))
        assert.equal(added.includes(session.id), allowed)
        assert.equal(added.length, allowed ? 2 : 0)
        assert.equal(other.signedIn.at(-1), allowed)
      }
    })
  })

  it('of an unknown session does nothing', async () => {
    const { provider, events } = createHarness()
    await provider.removeSession('unknown')
    assert.deepEqual(events, [])
  })
})

describe('signing in', () => {
  it('asks no one which account where none is known, or where one is meant', async () => {
    const { provider, server, window } = createHarness()
    const { account } = await provider.createSession(['a'], {})
    await provider.createSession(['a'], { account })
    assert.deepEqual(window.picks, [])
    assert.equal(server.sent.at(-1)?.loginHint, 'ada@contoso.test')
  })

  it('asks which account among those known, with their home tenants', async () => {
    const { provider, server, window, signIn } = createHarness()
    await signIn(ada, ['a'])
    const session = provider.createSession(['a', 'VSCODE_TENANT:guest.example'], {})
    await settle()
    assert.equal(window.picks[0]?.options.title, 'Sign in to guest.example')
    assert.deepEqual(
      window.picks[0].items.map(({ label, description }) => [label, description]),
      [
        ['ada@contoso.test', 'home tenant 11111111-1111-4111-8111-111111111111'],
        ['Another account…', undefined],
      ],
    )
    window.picks[0].choose('ada@contoso.test')
    await session
    assert.equal(server.sent.at(-1)?.loginHint, 'ada@contoso.test')
  })

  it("refuses another person's sign-in where an account is asked for, and shows who did sign in", async () => {
    const { provider, server, signIn, events, logged } = createHarness()
    const { account } = await signIn(ada, ['a'])
    server.next = grace
    await assert.rejects(
      provider.createSession(['b'], { account }),
      /You signed in as grace@contoso\.test, but ada@contoso\.test was asked for/,
    )
    assert.deepEqual(
      events.at(-1)?.added.map((session) => session.account.label),
      [grace.username],
    )
    assert.doesNotMatch(logged.join(), /grace|ada/, 'the message is for the person, not for the log')
  })

  it('#18 #23 keeps people of several clouds apart, each with one name that stays', async () => {
    const profiles = { gov: { clientId: 'app', cloud: 'usGovernment' } }
    const { provider, server, window, signIn } = createHarness(createSecrets(), { clientId: 'app', profiles })
    const { account } = await signIn(ada, ['a'])
    server.next = accountOf('ada@contoso.test', {
      homeAccountId: 'gov-ada',
      environment: 'login.microsoftonline.us',
    })
    const gov = await provider.createSession(['a', 'ENTRA_PROFILE:gov'], {})
    assert.equal(window.picks.length, 0, 'nobody is known in that cloud')
    assert.deepEqual(gov.account, { id: 'gov-ada', label: 'ada@contoso.test (US Government)' })
    assert.deepEqual(
      (await provider.getSessions(['a'], {})).map((session) => session.account),
      [account],
    )
    assert.deepEqual(
      (await provider.getSessions(['a', 'ENTRA_PROFILE:gov'], {})).map((session) => session.account),
      [gov.account],
    )
    server.next = ada
    const guest = await provider.createSession(['a', 'VSCODE_TENANT:guest.example'], { account })
    assert.deepEqual(guest.account, account, 'the same in every tenant')
  })

  it('is cancelled where no account is picked', async () => {
    const { provider, window, signIn, told } = createHarness()
    await signIn(ada, ['a'])
    const session = provider.createSession(['b'], {})
    await settle()
    window.picks[0]?.choose()
    await assert.rejects(session, { name: 'Canceled' })
    assert.deepEqual(told, [])
  })

  it('asks from the Accounts menu which profile is meant, where there is no default client', async () => {
    const profiles = { work: { clientId: 'app' }, gov: { clientId: 'app', cloud: 'usGovernment' } }
    const { provider, window, events } = createHarness(createSecrets(), { profiles })
    const signedIn = provider.createSession(['openid', 'profile'], {})
    await settle()
    window.picks[0]?.choose('work')
    const session = await signedIn
    assert.deepEqual(session.scopes, ['openid', 'profile', 'ENTRA_PROFILE:work'])
    assert.deepEqual(ids(await provider.getSessions(session.scopes, {})), [session.id])
    const answersTheRow = events[0]?.added.some(({ scopes }) => scopes.join(' ') === 'openid profile')
    assert.ok(answersTheRow, 'VS Code takes the row away for exactly these scopes')
    const cancelled = provider.createSession(['openid', 'profile'], {})
    await settle()
    window.picks.at(-1)?.choose()
    await assert.rejects(cancelled, { name: 'Canceled' })
    await assert.rejects(provider.createSession(['a'], {}), /names no profile/, 'an extension names its own')
  })

  it('says what is needed where no client ID is configured, and asks nothing', async () => {
    const { provider, told, window } = createHarness(createSecrets(), {})
    await assert.rejects(provider.createSession(['a'], {}), /needs the client ID/)
    assert.equal((told[0] as Error).name, 'NoClientIdError')
    assert.deepEqual(window.titles, [])
  })

  it('lets callers show its message without making a link of it', async () => {
    const { provider, server } = createHarness()
    server.next = undefined as never
    Object.defineProperty(server, 'next', {
      get: () => {
        throw new OAuthError({ error: 'x', errorDescription: '[a](command:b)' })
      },
    })
    await assert.rejects(provider.createSession(['a'], {}), (error: Error) => !error.message.includes(']('))
  })
})

describe('an API that refuses a token', () => {
  const CLAIMS = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
  const claims = Buffer.from(CLAIMS).toString('base64url')
  const challenge = (fallbackScopes: string[], params: object = { claims }) => ({
    challenges: [{ scheme: 'Bearer', params }],
    fallbackScopes,
  })
  const refuse = () => Promise.reject(new OAuthError({ error: 'invalid_grant', suberror: 'basic_action' }))

  it('#15 claims of WWW-Authenticate can not be passed on: they go to the server, silently where that is enough', async () => {
    const { provider, server, signIn, events } = createHarness()
    const session = await signIn(ada, ['b', 'a'])
    server.silent = async ({ account }) => tokensOf(account!, { accessToken: 'stronger' })
    const [renewed] = await provider.getSessionsFromChallenges(challenge(['b', 'a']), {})
    assert.deepEqual(renewed, { ...session, accessToken: 'stronger' })
    assert.equal(server.sent.at(-1)?.claims, CLAIMS)
    assert.deepEqual(ids(events.at(-1)!.changed), [session.id])
  })

  it('#15 claims of WWW-Authenticate can not be passed on: the person proves more, and the session stays the same', async () => {
    const { provider, server, signIn, events, window } = createHarness()
    const session = await signIn(ada, ['a'])
    server.silent = refuse
    assert.deepEqual(await provider.getSessionsFromChallenges(challenge(['a']), {}), [])
    server.interactive = { accessToken: 'stronger' }
    const renewed = await provider.createSessionFromChallenges(challenge(['a']), {})
    assert.deepEqual(renewed, { ...session, accessToken: 'stronger' })
    const { loginHint, claims: sent } = server.sent.at(-1)!
    assert.deepEqual([loginHint, sent], ['ada@contoso.test', CLAIMS])
    assert.deepEqual(window.picks.length, 0)
    assert.match(window.titles.at(-1)!, /again, an API asks for more proof/)
    assert.deepEqual(ids(events.at(-1)!.changed), [session.id])
    assert.equal((await provider.getSessions(undefined, {}))[0]?.accessToken, 'stronger')
  })

  it('asks which account is meant where two are known, and no one where VS Code says it', async () => {
    const { provider, server, window, signIn } = createHarness()
    await signIn(ada, ['a'])
    const { account } = await signIn(grace, ['a'])
    const picks = window.picks.length
    await provider.createSessionFromChallenges(challenge(['a']), { account })
    assert.equal(window.picks.length, picks)
    assert.equal(server.sent.at(-1)?.loginHint, grace.username)
    const session = provider.createSessionFromChallenges(challenge(['a']), {})
    await settle()
    window.picks.at(-1)?.choose(ada.username)
    await session
    assert.equal(server.sent.at(-1)?.loginHint, ada.username)
  })

  it("gets a session for the API's scopes at the caller's tenant and client", async () => {
    const { provider, server, signIn } = createHarness()
    await signIn(ada, ['VSCODE_CLIENT_ID:its', 'a'])
    const constraint = challenge(['VSCODE_CLIENT_ID:its', 'VSCODE_TENANT:guest.example', 'a'], { scope: 'b' })
    const [session] = await provider.getSessionsFromChallenges(constraint, {})
    assert.deepEqual(session?.scopes, ['b', 'VSCODE_CLIENT_ID:its', 'VSCODE_TENANT:guest.example'])
    const { configuration, scopes } = server.sent.at(-1)!
    assert.deepEqual([configuration.clientId, configuration.authority.tenant, scopes], ['its', 'guest.example', ['b']])
    const [plain] = await provider.getSessions(session?.scopes, {})
    assert.equal(plain?.id, session?.id)
  })

  it('is told in a sentence where its challenge makes no sense', async () => {
    const { provider, told, server } = createHarness()
    const broken = challenge(['a'], { claims: 'e30x!' })
    await assert.rejects(provider.getSessionsFromChallenges(broken, {}), /can't be read/)
    await assert.rejects(provider.createSessionFromChallenges(broken, {}), /can't be read/)
    assert.equal(told.length, 1)
    assert.deepEqual(server.sent, [])
  })

  it('tells Entra what the client can handle, as the setting says', async () => {
    for (const [setting, expected] of [
      [undefined, ['CP1']],
      [[], []],
    ]) {
      const { server, signIn } = createHarness(createSecrets(), { clientId: 'app', clientCapabilities: setting })
      await signIn(ada, ['a'])
      assert.deepEqual(server.sent.at(-1)?.configuration.clientCapabilities, expected)
    }
  })
})

describe('#14 A token that is bound to the device is sent as a bearer token, and refused', () => {
  const cnf = ['{}', '{"cnf":{"kid":"k"}}', ''].map((part) => Buffer.from(part).toString('base64url')).join('.')
  const bound: readonly [string, Partial<TokenResult>][] = [
    ['a token of the type pop', { tokenType: 'pop' }],
    ['a bearer token with the claim cnf', { accessToken: cnf }],
  ]
  for (const [what, token] of bound) {
    it(`never gives out ${what}, and stays signed in`, async () => {
      const { provider, server, signIn, accounts } = createHarness()
      await signIn(ada, ['a'])
      server.silent = async ({ account }) => tokensOf(account!, token)
      assert.deepEqual(await provider.getSessions(['a'], {}), [])
      assert.equal(accounts.get('app')?.length, 1)
    })

    it(`says why a sign-in that brings ${what} gives no session`, async () => {
      const { provider, server, told, accounts, signIn } = createHarness()
      server.interactive = token
      await assert.rejects(provider.createSession(['a'], {}), /bound to this device.*Ask your administrator/)
      assert.equal((told[0] as Error).name, 'BoundTokenError')
      assert.deepEqual(accounts.get('app'), [], 'whom no session shows, nobody could sign out')
      server.interactive = {}
      await signIn(ada, ['a'])
      server.interactive = token
      await assert.rejects(signIn(ada, ['b']))
      assert.equal(accounts.get('app')?.length, 1, 'who is signed in stays so')
    })
  }

  it('shows no cached one to the Accounts menu', async () => {
    const before = createHarness()
    await before.signIn(ada, ['a'])
    const after = createHarness(before.secrets)
    after.server.cached = cnf
    assert.equal((await after.provider.getSessions(undefined, {}))[0]?.accessToken, '')
  })
})

describe('#17 A refusal of Conditional Access is shown raw, and asked for in a loop', () => {
  const blocked = new OAuthError({
    error: 'invalid_grant',
    errorDescription: 'AADSTS53003: Access has been blocked for ada@contoso.test',
    errorCodes: [53003],
  })

  /** Ada is signed in and refused from now on. */
  const createBlocked = async (refusal: Error = blocked) => {
    const harness = createHarness()
    await harness.signIn(ada, ['a'])
    await harness.signIn(ada, ['b'])
    const answer = harness.server.silent
    harness.server.silent = () => Promise.reject(refusal)
    harness.server.sent.splice(0)
    return { ...harness, answer }
  }

  it('the server is asked once, however often extensions ask', async () => {
    const { provider, server } = await createBlocked()
    for (let i = 0; i < 5; i++) assert.deepEqual(await provider.getSessions(['a'], {}), [])
    assert.equal(server.sent.length, 1)
  })

  it('other scopes are asked for, and the same again after an hour or a sign-in', async () => {
    const { provider, server, clock, signIn, answer } = await createBlocked()
    await provider.getSessions(['a'], {})
    await provider.getSessions(['b'], {})
    assert.equal(server.sent.length, 2)
    await clock.advance(3_600_000)
    await provider.getSessions(['a'], {})
    assert.equal(server.sent.length, 3)
    server.silent = answer
    assert.deepEqual(await provider.getSessions(['a'], {}), [])
    await signIn(ada, ['b'])
    assert.equal((await provider.getSessions(['a'], {})).length, 1)
  })

  it('what passes by itself is asked again', async () => {
    const { provider, server } = await createBlocked(
      new OAuthError({ error: 'temporarily_unavailable', errorCodes: [90033] }),
    )
    for (let i = 0; i < 3; i++) await provider.getSessions(['a'], {})
    assert.equal(server.sent.length, 3)
  })

  it('the message of a sign-in says what happened and what to do, in plain words', async () => {
    const { provider, server } = createHarness()
    Object.defineProperty(server, 'next', {
      get: () => {
        throw blocked
      },
    })
    await assert.rejects(provider.createSession(['a'], {}), {
      message:
        "A Conditional Access policy of your organization blocks this sign-in. Ask your organization's administrator which policy applies, and show them this message. (AADSTS53003)",
    })
  })
})

describe('under a policy of administrators', () => {
  const OURS = '11111111-1111-4111-8111-111111111111'
  const policyOf = (members: object): PolicyFile => ({ kind: 'text', path: '/p', text: JSON.stringify(members) })
  const only = policyOf({ allowedTenants: [OURS] })

  it('a tenant, client or method that is not allowed is refused before any request', async () => {
    const cases: [PolicyFile, string[], RegExp][] = [
      [only, ['a', 'VSCODE_TENANT:22222222-2222-4222-8222-222222222222'], /tenant 2{8}-.* is not allowed by \/p/],
      [only, ['a', 'VSCODE_TENANT:contoso.com'], /name it instead of contoso\.com/],
      [policyOf({ allowedClientIds: ['its'] }), ['a'], /client ID app is not allowed/],
      [policyOf({ allowedMethods: ['broker'] }), ['a'], /none of the ways to sign in/],
      [{ kind: 'text', path: '/p', text: '{' }, ['a'], /Nobody can sign in: the policy \/p/],
    ]
    for (const [file, scopes, message] of cases) {
      const { provider, server, window, told } = createHarness(createSecrets(), { clientId: 'app' }, undefined, file)
      await assert.rejects(provider.createSession(scopes, {}), message)
      assert.deepEqual(await provider.getSessions(scopes, {}), [])
      assert.deepEqual([server.sent, window.titles, told.length], [[], [], 1])
    }
  })

  it('organizations becomes the only tenant, in sign-in and in silence', async () => {
    const { provider, server, signIn } = createHarness(createSecrets(), { clientId: 'app' }, undefined, only)
    await signIn(ada, ['a'])
    await provider.getSessions(['a'], {})
    assert.deepEqual(
      server.sent.map(({ configuration }) => configuration.authority.tenant),
      [OURS, OURS],
    )
  })

  it('sessions that it does not allow any more are given to nobody, and come back without it', async () => {
    const before = createHarness()
    await before.signIn(ada, ['a'])
    const guest = await before.signIn(ada, ['a', `VSCODE_TENANT:${OURS}`])
    const under = createHarness(before.secrets, { clientId: 'app' }, undefined, only)
    assert.deepEqual(ids(await under.provider.getSessions(undefined, {})), [guest.id])
    const broken = createHarness(before.secrets, { clientId: 'app' }, undefined, {
      kind: 'text',
      path: '/p',
      text: '{',
    })
    assert.deepEqual(await broken.provider.getSessions(undefined, {}), [])
    const after = createHarness(before.secrets)
    assert.equal((await after.provider.getSessions(undefined, {})).length, 1)
  })

  it("is told to the person where it can't be used, whoever asks first; not where it allows less", async () => {
    const broken: PolicyFile = { kind: 'text', path: '/p', text: '{' }
    const ask: ((provider: ReturnType<typeof createHarness>['provider']) => Promise<unknown>)[] = [
      (provider) => provider.getSessions(undefined, {}),
      (provider) => provider.getSessions(['a'], {}),
    ]
    for (const asked of ask) {
      const { provider, problems, told } = createHarness(createSecrets(), { clientId: 'app' }, undefined, broken)
      await asked(provider)
      assert.ok(problems[0] instanceof PolicyFileError)
      assert.deepEqual(told, [])
      const allowing = createHarness(createSecrets(), { clientId: 'app' }, undefined, only)
      await asked(allowing.provider)
      assert.deepEqual(allowing.problems, [])
    }
  })

  it('a tenant that was picked before it is not used any more', async () => {
    const before = createHarness()
    const foreign = await before.signIn(ada, ['a', 'VSCODE_TENANT:guest.example'])
    const session = before.provider.createSession(['b'], { account: foreign.account })
    await settle()
    before.window.picks.at(-1)?.choose('guest.example')
    await session
    const under = createHarness(before.secrets, { clientId: 'app' }, before.accounts, only)
    await under.provider.getSessions(['b'], {})
    await under.provider.createSession(['b'], { account: foreign.account })
    assert.deepEqual(
      under.server.sent.map(({ configuration }) => configuration.authority.tenant),
      [OURS, OURS],
    )
  })

  it('signing out still works', async () => {
    const before = createHarness()
    const session = await before.signIn(ada, ['a'])
    const under = createHarness(before.secrets, { clientId: 'app' }, undefined, { kind: 'text', path: '/p', text: '{' })
    await under.provider.removeSession(session.id)
    assert.deepEqual(await createHarness(before.secrets).provider.getSessions(undefined, {}), [])
  })
})
