import assert from 'node:assert/strict'
import { parseAuthority } from '../../src/vscode/authority-address.ts'
import { createSecretStoragePersistence } from '../../src/vscode/secret-storage-persistence.ts'
import { createSessionRecords } from '../../src/vscode/session-records.ts'
import { accountOf, createSecrets, settle } from './fakes.ts'

const CLIENT = { clientId: 'app', authority: parseAuthority('https://login.microsoftonline.com/organizations') }
const given = (id: string) => ({ id, scopes: [id], authority: CLIENT.authority.url })

function open(secrets = createSecrets()) {
  let operations = 0
  const counted = new Proxy(secrets, {
    get: (target, name) => {
      operations++
      return Reflect.get(target, name) as unknown
    },
  })
  const persistence = createSecretStoragePersistence(counted, (problem) => assert.equal(problem, undefined))('sessions')
  return {
    secrets,
    records: createSessionRecords(persistence, (error) => assert.ifError(error)),
    operations: () => operations,
  }
}

describe('records of sign-ins', () => {
  const ada = accountOf('ada@contoso.test')
  const grace = accountOf('grace@contoso.test')

  it('are there after a reload, the latest session first', async () => {
    const { secrets, records } = open()
    await records.remember(CLIENT, ada, [given('one')])
    await records.remember(CLIENT, ada, [given('two')])
    const [record] = await open(secrets).records.all()
    assert.equal(record?.label, 'ada@contoso.test')
    assert.deepEqual(
      record.sessions.map(({ id }) => id),
      ['two', 'one'],
    )
  })

  it('tell the first sign-in of all, and which sessions are new', async () => {
    const { records } = open()
    const first = await records.remember(CLIENT, ada, [given('one')])
    const second = await records.remember(CLIENT, grace, [given('two')])
    const third = await records.remember(CLIENT, ada, [given('one')])
    assert.deepEqual(
      [first, second, third].map(({ isFirst }) => isFirst),
      [true, false, false],
    )
    assert.deepEqual(
      [first, second, third].map(({ known }) => known.size),
      [0, 0, 1],
    )
  })

  it('read and write nothing for the session that was asked for last', async () => {
    const { records, operations } = open()
    await records.remember(CLIENT, ada, [given('one')])
    const before = operations()
    await records.remember(CLIENT, ada, [given('one')])
    assert.equal(operations(), before)
  })

  it('note behind the answer that another known session was asked for', async () => {
    const { secrets, records } = open()
    for (const id of ['one', 'two', 'one']) await records.remember(CLIENT, ada, [given(id)])
    await settle()
    const [record] = await open(secrets).records.all()
    assert.deepEqual(
      record?.sessions.map(({ id }) => id),
      ['one', 'two'],
    )
  })

  it('do not bring back an account that another window signed out', async () => {
    const { secrets, records } = open()
    for (const id of ['one', 'two']) await records.remember(CLIENT, ada, [given(id)])
    secrets.kept.clear()
    await records.remember(CLIENT, ada, [given('one')])
    await settle()
    assert.deepEqual(await records.all(), [])
  })

  it('give two accounts of one name different labels, even at the same time', async () => {
    const { records } = open()
    const twin = accountOf('ada@contoso.test', { homeAccountId: 'x.9188040d-6c67-4c5b-b112-36a304b66dad' })
    const both = await Promise.all(
      [ada, twin].map((account) => records.remember(CLIENT, account, [given(account.homeAccountId)])),
    )
    assert.deepEqual(new Set(both.map(({ record }) => record.label)).size, 2)
  })

  it('give one account one label at all clients', async () => {
    const { records } = open()
    await records.remember(CLIENT, ada, [given('one')])
    const { record } = await records.remember({ ...CLIENT, clientId: 'other' }, ada, [given('two')])
    assert.equal(record.label, 'ada@contoso.test')
    assert.equal((await records.all()).length, 2)
  })

  it('are forgotten one by one', async () => {
    const { records } = open()
    const { record } = await records.remember(CLIENT, ada, [given('one')])
    await records.remember(CLIENT, grace, [given('two')])
    await records.forget(record)
    assert.deepEqual(
      (await records.all()).map(({ username }) => username),
      ['grace@contoso.test'],
    )
  })

  it('keep at most 100 sessions of an account', async () => {
    const { records } = open()
    for (let i = 0; i < 105; i++) await records.remember(CLIENT, ada, [given(String(i))])
    const [record] = await records.all()
    assert.equal(record?.sessions.length, 100)
    assert.equal(record.sessions[0]?.id, '104')
  })

  const damaged = ['', 'null', '[]', '{}', '{"clientId":1}', '{"clientId":"a"']
  it('pass over what is damaged, and write over it', async () => {
    for (const text of damaged) {
      const { secrets, records } = open()
      await records.remember(CLIENT, ada, [given('one')])
      for (const [key, value] of secrets.kept) secrets.kept.set(key, value.slice(0, 37) + text)
      const again = open(secrets).records
      assert.deepEqual(await again.all(), [], text)
      await again.remember(CLIENT, ada, [given('one')])
      assert.equal((await again.all()).length, 1)
    }
  })

  it('name nobody in the keys of the key store', async () => {
    const { secrets, records } = open()
    await records.remember(CLIENT, ada, [given('one')])
    assert.doesNotMatch([...secrets.kept.keys()].join(), /ada/)
  })
})
