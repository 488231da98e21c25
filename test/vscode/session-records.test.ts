import assert from 'node:assert/strict'
import { parseAuthority } from '../../src/vscode/authority-address.ts'
import { createSecretStoragePersistence, type ListedPersistence } from '../../src/vscode/secret-storage-persistence.ts'
import { configurationOf } from '../../src/vscode/session.ts'
import { createSessionRecords } from '../../src/vscode/session-records.ts'
import { accountOf, createSecrets, settle } from './fakes.ts'

const CLIENT = { clientId: 'app', authority: parseAuthority('https://login.microsoftonline.com/organizations') }
const given = (id: string) => ({ id, scopes: [id], authority: CLIENT.authority.url })

function open(secrets = createSecrets(), watch?: ListedPersistence['watch']) {
  let operations = 0
  const counted = new Proxy(secrets, {
    get: (target, name) => {
      operations++
      return Reflect.get(target, name) as unknown
    },
  })
  const stored = createSecretStoragePersistence(counted, (problem) => assert.equal(problem, undefined))('sessions')
  const persistence = { ...stored, ...(watch && { watch }) }
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

  it('note at once that nobody but the authority may be asked from now on', async () => {
    const { secrets, records } = open()
    await records.remember(CLIENT, ada, [given('one')])
    const { record, known } = await records.remember(CLIENT, ada, [{ ...given('one'), instanceDiscovery: false }])
    assert.deepEqual([record.sessions.length, [...known]], [1, ['one']])
    const [stored] = await open(secrets).records.all()
    assert.equal(configurationOf(stored!).instanceDiscovery, false)
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

  describe('of other windows', () => {
    /** Two windows, the other of which has read who is signed in; `told` is what it was told then. */
    async function openTwo() {
      const first = open()
      await first.records.remember(CLIENT, grace, [given('of grace')])
      const watchers: ((partition: string) => void)[] = []
      const second = open(first.secrets, (changed) => watchers.push(changed))
      const told: string[] = []
      second.records.follow(({ kind, record }) => told.push(`${kind} ${record.username}`))
      await second.records.all()
      /** As a folder tells that any of its files may have changed. */
      const announce = async () => {
        for (const key of [...first.secrets.kept.keys(), ...known])
          for (const watcher of watchers) watcher(key.slice('entra-auth.sessions.'.length))
        for (const key of first.secrets.kept.keys()) known.add(key)
        await settle()
      }
      const known = new Set<string>(first.secrets.kept.keys())
      return { first: first.records, second: second.records, told, announce, secrets: first.secrets }
    }

    it('are told of once, whether the store announces them or they are just read', async () => {
      for (const isAnnounced of [true, false]) {
        const { first, second, told, announce } = await openTwo()
        const learn = isAnnounced ? announce : () => second.all()
        const { record } = await first.remember(CLIENT, ada, [given('one')])
        await learn()
        assert.deepEqual(told, ['added ada@contoso.test'])
        await first.forget(record)
        await learn()
        await second.all()
        await announce()
        assert.deepEqual(told, ['added ada@contoso.test', 'removed ada@contoso.test'])
      }
    })

    it('are told of once where this window writes what another has removed', async () => {
      const { first, second, told, announce } = await openTwo()
      await second.remember(CLIENT, grace, [given('of grace'), given('another')])
      const [record] = await first.all()
      await first.forget(record!)
      await second.remember(CLIENT, grace, [given('another')])
      await settle()
      await announce()
      assert.deepEqual(told, ['removed grace@contoso.test'])
      assert.deepEqual(await second.all(), [])
    })

    it('are not those of this window, however it hears of them', async () => {
      const { second, told, announce } = await openTwo()
      const { record } = await second.remember(CLIENT, ada, [given('one')])
      await announce()
      await second.remember(CLIENT, ada, [given('two')])
      await Promise.all([second.forget(record), announce(), second.all()])
      await announce()
      assert.deepEqual(told, [])
    })

    it('are not told to a window that never knew who is signed in', async () => {
      const { secrets, records } = open()
      const fresh = open(secrets, (changed) => changed('x')).records
      fresh.follow(() => assert.fail('it knew nobody'))
      const { record } = await records.remember(CLIENT, ada, [given('one')])
      assert.equal((await fresh.find('app', grace))?.username, undefined)
      await records.forget(record)
      assert.deepEqual(await fresh.all(), [])
    })

    it('#25 Sign-out does not stick: an answer that was on its way brings nobody back', async () => {
      const { first, second } = await openTwo()
      await second.find('app', grace)
      const [record] = await first.all()
      await first.forget(record!)
      assert.equal(await second.rememberKnown(CLIENT, grace, [given('new')]), undefined)
      assert.deepEqual(await second.all(), [])
      assert.ok(await second.remember(CLIENT, grace, [given('new')]))
      assert.equal((await second.rememberKnown(CLIENT, grace, [given('newer')]))?.record.sessions.length, 2)
    })
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
