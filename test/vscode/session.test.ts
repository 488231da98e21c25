import assert from 'node:assert/strict'
import { parseAuthority } from '../../src/vscode/authority-address.ts'
import type { ClientConfiguration } from '../../src/vscode/client-registry.ts'
import { changesOfAnswer, changesOfSignOut, withMenuSession } from '../../src/vscode/session-changes.ts'
import {
  chooseLabel,
  createAccountId,
  createSessionId,
  type Session,
  type SignInRecord,
} from '../../src/vscode/session.ts'
import { accountOf } from './fakes.ts'

const configuration = (clientId: string, url: string): ClientConfiguration => ({
  clientId,
  authority: parseAuthority(url),
})
const HERE = configuration('app', 'https://login.microsoftonline.com/organizations')

describe('a session id', () => {
  const ofAda = { homeAccountId: 'ada', asked: ['b', 'a'] }

  it('is base64url of SHA-256 and the same in every window', async () => {
    assert.equal(await createSessionId(HERE, ofAda), 'dsPPeV003mvFZiQT9OO-zzU3N_8klzWaYch-fI-s_98')
  })

  it('does not depend on the order of scopes or the case of the tenant', async () => {
    const other = configuration('app', 'https://login.microsoftonline.com/Organizations')
    assert.equal(
      await createSessionId(other, { homeAccountId: 'ada', asked: ['a', 'b'] }),
      await createSessionId(HERE, ofAda),
    )
  })

  const others: [string, ClientConfiguration, { homeAccountId: string; asked: string[] }][] = [
    ['client', configuration('other', HERE.authority.url), ofAda],
    ['host', configuration('app', 'https://login.microsoftonline.us/organizations'), ofAda],
    ['tenant', configuration('app', 'https://login.microsoftonline.com/contoso.com'), ofAda],
    ['account', HERE, { homeAccountId: 'grace', asked: ['b', 'a'] }],
    ['scope', HERE, { homeAccountId: 'ada', asked: ['a'] }],
    ['split of scopes', HERE, { homeAccountId: 'ada', asked: ['a","b'] }],
  ]
  for (const [what, client, subject] of others)
    it(`differs with the ${what}`, async () =>
      assert.notEqual(await createSessionId(client, subject), await createSessionId(HERE, ofAda)))
})

describe('an account id', () => {
  it("is the home account id at Entra, and carries the server's host where ids are its own", () => {
    const account = accountOf('ada', { homeAccountId: 'h', environment: 'adfs.example' })
    assert.equal(createAccountId(account, HERE), 'h')
    assert.equal(createAccountId(account, configuration('app', 'https://adfs.example/adfs')), 'adfs.example.h')
  })
})

describe("an account's label", () => {
  const record = (accountId: string, label: string, more: Partial<SignInRecord> = {}): SignInRecord => ({
    clientId: 'app',
    environment: 'login.microsoftonline.com',
    homeAccountId: accountId,
    accountId,
    username: 'ada@contoso.com',
    label,
    sessions: [],
    ...more,
  })
  const PERSONAL = 'x.9188040d-6c67-4c5b-b112-36a304b66dad'
  const ada = record('1', 'ada@contoso.com')
  const cases: [string, SignInRecord, SignInRecord[], string][] = [
    ['is the user name', ada, [], 'ada@contoso.com'],
    [
      'is kept once given, at other clients too',
      ada,
      [record('1', 'ada@contoso.com (US Government)')],
      'ada@contoso.com (US Government)',
    ],
    ['tells a personal account of the same name apart', record(PERSONAL, ''), [ada], 'ada@contoso.com (personal)'],
    ['has no suffix where a personal account is alone', record(PERSONAL, ''), [], 'ada@contoso.com'],
    [
      'tells another cloud apart',
      record('2', '', { environment: 'login.microsoftonline.us' }),
      [ada],
      'ada@contoso.com (US Government)',
    ],
    [
      'tells another server apart',
      record('2', '', { environment: 'login.example:81' }),
      [ada],
      'ada@contoso.com (login.example:81)',
    ],
    [
      'is numbered where nothing else tells accounts apart',
      record('3', ''),
      [ada, record('2', 'ada@contoso.com (work or school)')],
      'ada@contoso.com (2)',
    ],
    ['is the account id where a server tells no name', record('1', '', { username: '' }), [], '1'],
  ]
  for (const [name, account, records, expected] of cases)
    it(name, () => assert.equal(chooseLabel(account, records), expected))
})

describe('session changes', () => {
  const session = (id: string): Session => ({ id, accessToken: '', account: { id: 'a', label: 'a' }, scopes: [id] })
  const known = { wasKnown: true, isNewToken: true, expiresIn: 3600 }
  const [one, menu] = [session('one'), session('menu')]

  it('tell a new session as added, even from the cache', () => {
    const changes = changesOfAnswer(one, { wasKnown: false, isNewToken: false, expiresIn: 10 })
    assert.deepEqual(changes, { added: [one], removed: [], changed: [] })
  })
  it('tell a refreshed one as changed', () => {
    assert.deepEqual(changesOfAnswer(one, known), { added: [], removed: [], changed: [one] })
  })
  it('tell nothing of a cache hit', () =>
    assert.equal(changesOfAnswer(one, { ...known, isNewToken: false }), undefined))
  it('tell nothing of a new token that lasts less than 5 minutes, or consumers would refresh without end', () => {
    assert.equal(changesOfAnswer(one, { ...known, expiresIn: 299 }), undefined)
    assert.ok(changesOfAnswer(one, { ...known, expiresIn: 300 }))
  })
  it('answer the row of the Accounts menu by the first sign-in', () => {
    const changes = changesOfAnswer(one, { ...known, wasKnown: false })!
    assert.deepEqual(withMenuSession(changes, menu).added, [one, menu])
  })
  it('do so once, where the sign-in came from that row', () => {
    const changes = changesOfAnswer(menu, { ...known, wasKnown: false })!
    assert.deepEqual(withMenuSession(changes, menu).added, [menu])
  })
  it('do so by its own list of scopes, where the sign-in asked for them in another order', () => {
    const other = { ...menu, scopes: ['other order'] }
    const changes = changesOfAnswer(other, { ...known, wasKnown: false })!
    assert.deepEqual(withMenuSession(changes, menu).added, [other, menu])
  })
  it('tell a sign-out with what other clients still hold in the same event', () => {
    assert.deepEqual(changesOfSignOut([one], [menu]), { added: [], removed: [one], changed: [menu] })
  })
})
