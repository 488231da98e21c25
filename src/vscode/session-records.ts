import type { Account } from '../msal/index.ts'
import type { ClientConfiguration } from './client-registry.ts'
import { digestText, isObject, parseJson } from './encoding.ts'
import { createLock } from './lock.ts'
import type { ListedPersistence } from './secret-storage-persistence.ts'
import { chooseLabel, createAccountId, type GivenSession, type SignInRecord } from './session.ts'

/** Who is signed in where, and which sessions were given out for it; kept across reloads, tokens are elsewhere. */
export interface SessionRecords {
  /** All records; one that another window removed is gone. */
  all(): Promise<readonly SignInRecord[]>
  /** Who that account is at that client; read from the store once. */
  find(clientId: string, account: Pick<Account, 'environment' | 'homeAccountId'>): Promise<SignInRecord | undefined>
  /** Notes sessions as the last ones given out; resolves to the record, and whether each was given out before. */
  remember(client: ClientConfiguration, account: Account, given: readonly GivenSession[]): Promise<Remembered>
  /** The same for an account that was signed in a moment ago; undefined where it has been signed out meanwhile. */
  rememberKnown(
    client: ClientConfiguration,
    account: Account,
    given: readonly GivenSession[],
  ): Promise<Remembered | undefined>
  forget(record: SignInRecord): Promise<void>
  /** Tells what other windows changed, as soon as it is seen here. */
  follow(changed: (change: RecordChange) => void): void
}

/** Who was signed in or out by another window. */
export interface RecordChange {
  readonly kind: 'added' | 'removed'
  readonly record: SignInRecord
}

/** What {@link SessionRecords.remember} found. */
export interface Remembered {
  readonly record: SignInRecord
  /** Ids among the given ones that the record held before. */
  readonly known: ReadonlySet<string>
  /** Whether nobody was signed in anywhere. */
  readonly isFirst: boolean
}

/** More scope sets than any person's extensions ask for; beyond it the oldest is dropped. */
const MAX_SESSIONS = 100

/** Keeps records in entries of their own. A session that is already the latest costs no reading and no writing. */
export function createSessionRecords(
  persistence: ListedPersistence,
  onError: (error: unknown) => void,
): SessionRecords {
  const latest = new Map<string, SignInRecord>()
  const lock = createLock()
  const listeners: ((change: RecordChange) => void)[] = []
  /** Whether all were read, so that a record that is not known is another window's. */
  let isListed = false

  const note = (partition: string, record: SignInRecord | undefined) => {
    if (record) latest.set(partition, record)
    else latest.delete(partition)
  }

  /** Tells where the store differs from what this window knows: it did not change that itself. */
  const compare = (partition: string, found: SignInRecord | undefined) => {
    const known = latest.get(partition)
    const tell = (change: RecordChange) => listeners.forEach((listener) => listener(change))
    if (known && !found) tell({ kind: 'removed', record: known })
    if (!known && found && isListed) tell({ kind: 'added', record: found })
  }

  /** Reads and writes follow one another, so that none is compared with what is being written. */
  const alone = <T>(run: () => Promise<T>): Promise<T> => lock('store', run)

  const read = async (partition: string): Promise<SignInRecord | undefined> => {
    const record = parseRecord((await persistence.load(partition))?.text)
    compare(partition, record)
    note(partition, record)
    return record
  }

  let written: Promise<void> = Promise.resolve()

  const all = async (): Promise<readonly SignInRecord[]> => {
    await written
    return alone(async () => {
      const partitions = await persistence.list()
      const records = await Promise.all([...new Set([...partitions, ...latest.keys()])].map(read))
      isListed = true
      return records.filter((record) => record !== undefined)
    })
  }

  const update = (partition: string, change: (record: SignInRecord | undefined) => SignInRecord | undefined) =>
    alone(async () => {
      for (;;) {
        const entry = await persistence.load(partition)
        const found = parseRecord(entry?.text)
        compare(partition, found)
        const record = change(found)
        const text = record && JSON.stringify(record)
        const isWritten = text === entry?.text || (await persistence.store(partition, text, entry?.version)) !== false
        note(partition, isWritten ? record : found)
        if (isWritten) return record
      }
    })

  /** The order of known sessions is written behind the answer, which must not wait for it. */
  const reorder = (partition: string, record: SignInRecord, given: readonly GivenSession[]): SignInRecord => {
    const isLatest = given.every(({ id }, index) => record.sessions[index]?.id === id)
    if (isLatest) return record
    const reordered = { ...record, sessions: putFirst(given, record.sessions) }
    latest.set(partition, reordered)
    written = written
      .then(() => update(partition, (stored) => stored && { ...stored, sessions: putFirst(given, stored.sessions) }))
      .then(() => undefined, onError)
    return reordered
  }

  /** New records follow one another, for each has to see the labels of the others. */
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => lock('remember', run)

  const remember = async (client: ClientConfiguration, account: Account, wanted: Wanted) => {
    const { given, mustBeKnown } = wanted
    const partition = await partitionOf(client.clientId, account)
    const current = latest.get(partition)
    const ids = given.map(({ id }) => id)
    if (current && given.every((wanted) => current.sessions.some((session) => isSame(session, wanted))))
      return { record: reorder(partition, current, given), known: new Set(ids), isFirst: false }
    return inTurn(async () => {
      const records = await all()
      const before = latest.get(partition)
      const described = {
        clientId: client.clientId,
        environment: account.environment,
        homeAccountId: account.homeAccountId,
        accountId: createAccountId(account, client),
        username: account.username,
      }
      const label = chooseLabel(described, records)
      const record = await update(partition, (stored) =>
        stored || !mustBeKnown ? { ...described, label, sessions: putFirst(given, stored?.sessions ?? []) } : undefined,
      )
      const known = new Set(before?.sessions.map(({ id }) => id).filter((id) => ids.includes(id)))
      return record && { record, known, isFirst: records.length === 0 }
    })
  }

  persistence.watch?.((partition) => {
    // Nobody is told of what this window never knew.
    if (isListed || latest.has(partition)) alone(() => read(partition)).catch(onError)
  })

  return {
    all,
    async find(clientId, account) {
      const partition = await partitionOf(clientId, account)
      return latest.get(partition) ?? alone(() => read(partition))
    },
    async remember(client, account, given) {
      const remembered = await remember(client, account, { given, mustBeKnown: false })
      if (!remembered) throw new Error('a record that was just written is gone')
      return remembered
    },
    rememberKnown: (client, account, given) => remember(client, account, { given, mustBeKnown: true }),
    forget: async (record) => {
      await update(await partitionOf(record.clientId, record), () => undefined)
    },
    follow: (changed) => void listeners.push(changed),
  }
}

/** What is to be noted, and whether only of an account that is signed in still. */
interface Wanted {
  readonly given: readonly GivenSession[]
  readonly mustBeKnown: boolean
}

/** Whether nothing has to be written of a session but its place. */
const isSame = (one: GivenSession, other: GivenSession): boolean =>
  one.id === other.id && one.instanceDiscovery === other.instanceDiscovery

const partitionOf = (clientId: string, account: Pick<Account, 'environment' | 'homeAccountId'>): Promise<string> =>
  digestText(JSON.stringify([clientId, account.environment, account.homeAccountId]))

const putFirst = (given: readonly GivenSession[], sessions: readonly GivenSession[]): readonly GivenSession[] =>
  [...given, ...sessions.filter(({ id }) => given.every((other) => other.id !== id))].slice(0, MAX_SESSIONS)

function parseRecord(text: string | undefined): SignInRecord | undefined {
  const value = text === undefined ? undefined : parseJson(text)
  if (!isObject(value)) return undefined
  const names = ['clientId', 'environment', 'homeAccountId', 'accountId', 'username', 'label']
  if (names.some((name) => typeof value[name] !== 'string')) return undefined
  const sessions = value['sessions']
  if (!Array.isArray(sessions) || !sessions.every(isGivenSession)) return undefined
  return value as unknown as SignInRecord
}

const isGivenSession = (value: unknown): value is GivenSession =>
  isObject(value) &&
  typeof value['id'] === 'string' &&
  typeof value['authority'] === 'string' &&
  URL.canParse(value['authority']) &&
  Array.isArray(value['scopes']) &&
  value['scopes'].every((scope) => typeof scope === 'string')
