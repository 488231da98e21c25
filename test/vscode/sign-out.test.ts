import assert from 'node:assert/strict'
import { AuthorityError, NetworkError } from '../../src/msal/index.ts'
import { createClientRegistry, type ClientConfiguration } from '../../src/vscode/client-registry.ts'
import { combinePolicy } from '../../src/vscode/policy.ts'
import type { EndSession } from '../../src/vscode/public-client.ts'
import type { SignInRecord } from '../../src/vscode/session.ts'
import { createSignOut } from '../../src/vscode/sign-out.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createClient, createWindow, settingsOf, settle } from './fakes.ts'

const HOST = 'login.microsoftonline.com'
const HOME = '11111111-1111-4111-8111-111111111111'
const PAGE = `https://${HOST}/logout?client_id=app`
const FORGET = 'Forget Here'
const BROWSER = 'Also Sign Out in the Browser'

const recordOf = (name: string, more: Partial<SignInRecord> = {}): SignInRecord => ({
  clientId: 'app',
  environment: HOST,
  homeAccountId: `${name}.${HOME}`,
  accountId: `${name}.${HOME}`,
  username: `${name}@contoso.test`,
  label: `${name}@contoso.test`,
  sessions: [{ id: `session of ${name}`, scopes: ['a'], authority: `https://${HOST}/organizations` }],
  ...more,
})
const ada = recordOf('ada')

/** A person who answers dialogs as told; `page` is what the server says of its page. */
function createHarness({
  records = [ada],
  page = async () => PAGE,
  policy = '{}',
  opens = true,
  answers = [] as (string | undefined)[],
}: {
  readonly records?: readonly SignInRecord[]
  readonly page?: EndSession
  readonly policy?: string
  readonly opens?: boolean
  readonly answers?: (string | undefined)[]
} = {}) {
  const done: string[] = []
  const told: string[] = []
  const logged: string[] = []
  const window = createWindow({ opens })
  const clock = createFakeClock()
  const write = (line: string) => void logged.push(line)
  const answer =
    (kind: string) =>
    (text: string, ...actions: readonly string[]) => {
      told.push([`${kind}: ${text}`, ...actions].join(' | '))
      if (actions.length === 0) return Promise.resolve(undefined)
      return Promise.resolve(answers.shift())
    }
  let logsShown = 0
  const signOut = createSignOut({
    records: { all: async () => records },
    clients: createClientRegistry(({ authority }: ClientConfiguration) =>
      createClient({
        prepareEndSession: async ({ environment }) => {
          done.push(`prepare ${environment} ${authority.tenant}`)
          return () => {
            done.push('look up')
            return page()
          }
        },
      }),
    ),
    provider: { removeSession: async (id) => void done.push(`remove ${id}`) },
    readPolicy: async () => combinePolicy({ kind: 'text', path: '/policy', text: policy }, settingsOf({})),
    window,
    clock,
    log: { trace: write, debug: write, info: write, warn: write, error: write },
    choose: answer('dialog'),
    tell: answer('notification'),
    showLog: () => (logsShown += 1),
  })
  return { signOut, done, told, logged, window, clock, logsShown: () => logsShown }
}

describe('signing out by our own dialog', () => {
  const QUESTION = `dialog: Sign out ada@contoso.test? Extensions that use this account have to ask again. | ${FORGET} | ${BROWSER}`

  it('does nothing before the person chooses, nor where they cancel', async () => {
    const { signOut, done, told, window } = createHarness({ answers: [undefined] })
    await signOut.ask([ada])
    assert.deepEqual([done, told, window.opened], [[], [QUESTION], []])
  })

  it('forgets here alone, and asks the server nothing', async () => {
    const { signOut, done, told, window } = createHarness({ answers: [FORGET] })
    await signOut.ask([ada])
    assert.deepEqual([done, told, window.opened], [['remove session of ada'], [QUESTION], []])
  })

  it('signs out in the browser too: who it is is read before it is forgotten, the page opens afterwards', async () => {
    const { signOut, done, told, window } = createHarness({ answers: [BROWSER] })
    await signOut.ask([ada])
    assert.deepEqual(done, [`prepare ${HOST} organizations`, 'remove session of ada', 'look up'])
    assert.deepEqual([told, window.opened], [[QUESTION], [PAGE]])
  })

  it('signs out of every client, and opens the page of each server once', async () => {
    const other = recordOf('ada', { clientId: 'other', sessions: [{ ...ada.sessions[0]!, id: 'at other' }] })
    const { signOut, done, window } = createHarness({ answers: [BROWSER] })
    await signOut.ask([ada, other])
    assert.deepEqual(
      done.filter((step) => step.startsWith('remove')),
      ['remove session of ada', 'remove at other'],
    )
    assert.deepEqual(window.opened, [PAGE])
  })

  const obstacles: readonly (readonly [string, Parameters<typeof createHarness>[0], RegExp])[] = [
    [
      'has no such page',
      { page: async () => undefined },
      /^notification: Signed out here\. login\S+ has no page to sign out in the browser\. \| OK$/,
    ],
    [
      "can't be reached",
      { page: () => Promise.reject(new NetworkError('fetch failed')) },
      /^notification: Signed out here, but not in the browser: login\S+ can't be reached now\. \| Show Log$/,
    ],
    [
      'is none that can be used',
      { page: () => Promise.reject(new AuthorityError('It names a "token_endpoint" that [is](command:x) none')) },
      /^notification: Signed out here, but not in the browser: It names a "token_endpoint" that \[is\]\u2060\(/,
    ],
    [
      'opens no browser',
      { opens: false },
      /^notification: Signed out here, but no browser could be opened\. \| Copy Address$/,
    ],
    [
      'is not allowed by the policy',
      { policy: '{"allowedClientIds":["another"]}' },
      /^notification: Signed out here, but not in the browser: The client ID app is not allowed by \/policy\./,
    ],
  ]
  for (const [name, options, expected] of obstacles)
    it(`forgets all the same where the server ${name}, and says so plainly`, async () => {
      const { signOut, done, told, logged, window } = createHarness({ ...options, answers: [BROWSER] })
      await signOut.ask([ada])
      assert.ok(done.includes('remove session of ada'))
      assert.equal(told.length, 2)
      assert.match(told[1] ?? '', expected)
      assert.equal(window.opened.length, options?.opens === false ? 1 : 0)
      assert.doesNotMatch(logged.join(), /ada/)
    })

  it('has the address copied where no browser opens, and the log shown where the page is not to be had', async () => {
    const unopened = createHarness({ opens: false, answers: [BROWSER, 'Copy Address'] })
    await unopened.signOut.ask([ada])
    await settle()
    assert.deepEqual(unopened.window.copied, [PAGE])
    const page = () => Promise.reject(new NetworkError('fetch failed'))
    const unreachable = createHarness({ page, answers: [BROWSER, 'Show Log'] })
    await unreachable.signOut.ask([ada])
    await settle()
    assert.equal(unreachable.logsShown(), 1)
  })

  it('asks no server that the policy does not allow', async () => {
    const { signOut, done } = createHarness({ policy: '{"allowedClientIds":["another"]}', answers: [BROWSER] })
    await signOut.ask([ada])
    assert.deepEqual(done, ['remove session of ada'])
  })

  it('waits 10 seconds for a server, and no longer', async () => {
    const { signOut, told, clock } = createHarness({ page: () => new Promise(() => undefined), answers: [BROWSER] })
    const signingOut = signOut.ask([ada])
    await settle()
    await clock.advance(9_999)
    assert.equal(told.length, 1)
    await clock.advance(1)
    await signingOut
    assert.match(told[1] ?? '', /can't be reached now/)
  })
})

describe('the command to sign out', () => {
  it('asks which account, by their names and home tenants, and signs that one out', async () => {
    const records = [ada, recordOf('ada', { clientId: 'other', sessions: [] }), recordOf('grace')]
    const { signOut, done, window } = createHarness({ records, answers: [FORGET] })
    const signingOut = signOut.pick()
    await settle()
    assert.deepEqual(
      window.picks[0]?.items.map(({ label, description }) => [label, description]),
      [
        ['ada@contoso.test', `home tenant ${HOME}`],
        ['grace@contoso.test', `home tenant ${HOME}`],
      ],
    )
    window.picks[0].choose('grace@contoso.test')
    await signingOut
    assert.deepEqual(done, ['remove session of grace'])
  })

  it('does nothing where none is picked, or nobody is within 5 minutes', async () => {
    for (const wait of [0, 300_000]) {
      const { signOut, done, told, window, clock } = createHarness()
      const signingOut = signOut.pick()
      await settle()
      if (wait) await clock.advance(wait)
      else window.picks[0]?.choose()
      await signingOut
      assert.deepEqual([done, told], [[], []])
    }
  })

  it('says where nobody is signed in', async () => {
    const { signOut, told } = createHarness({ records: [] })
    await signOut.pick()
    assert.deepEqual(told, ['notification: Nobody is signed in.'])
  })
})

describe("signing out by VS Code's own menu", () => {
  const OFFER = `notification: ada@contoso.test is signed out here. The browser may still be signed in. | ${BROWSER}`

  it('offers the browser afterwards, and opens nothing unasked', async () => {
    for (const answer of [undefined, BROWSER]) {
      const { signOut, done, told, window } = createHarness({ answers: [answer] })
      await signOut.removeSession('session of ada')
      await settle()
      assert.deepEqual(done, [`prepare ${HOST} organizations`, 'remove session of ada', 'look up'])
      assert.deepEqual(told, [OFFER])
      assert.deepEqual(window.opened, answer ? [PAGE] : [])
    }
  })

  it('does not wait for the server', async () => {
    const { signOut, done, told } = createHarness({ page: () => new Promise(() => undefined) })
    await signOut.removeSession('session of ada')
    assert.deepEqual([done.at(-2), told], ['remove session of ada', []])
  })

  it('offers nothing where there is no such page, it is not known, or the policy forbids to ask', async () => {
    for (const options of [
      { page: async () => undefined },
      { page: () => Promise.reject(new NetworkError('fetch failed')) },
      { policy: '{"allowedTenants":["22222222-2222-4222-8222-222222222222","33333333-3333-4333-8333-333333333333"]}' },
    ]) {
      const { signOut, done, told } = createHarness(options)
      await signOut.removeSession('session of ada')
      await settle()
      assert.ok(done.includes('remove session of ada'))
      assert.deepEqual(told, [])
    }
  })

  it('offers once for an account, of however many clients it is signed out', async () => {
    const other = recordOf('ada', { clientId: 'other', sessions: [{ ...ada.sessions[0]!, id: 'at other' }] })
    const { signOut, done, told } = createHarness({ records: [ada, other, recordOf('grace')] })
    const sessions = ['session of ada', 'at other', 'session of grace']
    await Promise.all(sessions.map((id) => signOut.removeSession(id)))
    await settle()
    assert.equal(done.filter((step) => step.startsWith('remove')).length, 3)
    assert.equal(told.length, 2)
  })

  it('of an unknown session asks nothing and offers nothing', async () => {
    const { signOut, done, told } = createHarness()
    await signOut.removeSession('unknown')
    await settle()
    assert.deepEqual([done, told], [['remove unknown'], []])
  })
})
