import { CacheError } from '../core/errors.ts'
import { isJsonObject, parseJsonObject, readInteger } from '../core/json.ts'
import type { JsonObject } from '../core/json.ts'
import type { CredentialType, StoredEntry } from './cache-schema.ts'

/** A cache's text, taken apart. */
export interface CacheDocument {
  readonly entries: readonly StoredEntry[]
  /** What is kept without being used: sections that are not known, and what is damaged. */
  readonly rest: JsonObject
  /** Each place of damage and what is wrong there, without any value. */
  readonly damage: readonly string[]
}

/** `text` and `time` must be there, those with a question mark may be absent or null. */
type FieldKind = 'text' | 'text?' | 'time' | 'time?'

const OWNED = { home_account_id: 'text?', environment: 'text' } as const
const CREDENTIAL = { ...OWNED, credential_type: 'text', secret: 'text', client_id: 'text' } as const

const SHAPES: Readonly<Record<CredentialType, Readonly<Record<string, FieldKind>>>> = {
  AccessToken: {
    ...CREDENTIAL,
    client_id: 'text?',
    realm: 'text',
    target: 'text',
    expires_on: 'time',
    cached_at: 'time?',
    extended_expires_on: 'time?',
    refresh_on: 'time?',
    token_type: 'text?',
    key_id: 'text?',
    ext_cache_key: 'text?',
  },
  RefreshToken: { ...CREDENTIAL, target: 'text?', family_id: 'text?', last_modification_time: 'time?' },
  IdToken: { ...CREDENTIAL, realm: 'text' },
  Account: {
    ...OWNED,
    home_account_id: 'text',
    realm: 'text',
    local_account_id: 'text?',
    username: 'text',
    authority_type: 'text',
    account_source: 'text?',
  },
  AppMetadata: { client_id: 'text?', environment: 'text', family_id: 'text?' },
}

interface Field {
  readonly name: string
  readonly isText: boolean
  readonly mayBeAbsent: boolean
}

/** The same, taken apart once and not for each entry. */
const FIELDS: ReadonlyMap<string, readonly Field[]> = new Map(
  Object.entries(SHAPES).map(([type, shape]) => [type, Object.entries(shape).map(fieldOf)]),
)

function fieldOf([name, kind]: readonly [string, FieldKind]): Field {
  return { name, isText: kind.startsWith('text'), mayBeAbsent: kind.endsWith('?') }
}

const DAMAGED_SECTION = 'Damaged '

/**
 * Reads a cache in MSAL's unified schema; what is damaged is set apart, the rest is given.
 *
 * @throws {CacheError} the text is no JSON object at all
 */
export function parseCacheDocument(text: string): CacheDocument {
  const sections = parseJsonObject(text)
  if (!sections) throw new CacheError('The cache is no JSON object.')
  const known: CacheDocument[] = []
  const unknown: [string, unknown][] = []
  for (const [name, section] of Object.entries(sections)) {
    if (!isCredentialType(name)) unknown.push([name, section])
    else if (isJsonObject(section)) known.push(readSection(name, section))
    else if (section !== null) known.push(setSectionApart(name, section))
  }
  return {
    entries: known.flatMap(({ entries }) => entries),
    damage: known.flatMap(({ damage }) => damage),
    rest: Object.fromEntries([...known.flatMap(({ rest }) => Object.entries(rest)), ...unknown]),
  }
}

/** Writes what {@link parseCacheDocument} reads; an entry takes the place of damage under its key. */
export function printCacheDocument({ entries, rest }: Omit<CacheDocument, 'damage'>): string {
  const sections = new Map<string, Map<string, unknown>>()
  for (const type of Object.keys(SHAPES)) {
    const damaged = rest[type]
    sections.set(type, new Map(isJsonObject(damaged) ? Object.entries(damaged) : []))
  }
  for (const { type, key, entry } of entries) sections.get(type)?.set(key, entry)
  const known = Array.from(sections, ([type, section]) => [type, Object.fromEntries(section)] as const)
  const unknown = Object.entries(rest).filter(([name]) => !isCredentialType(name))
  return JSON.stringify(Object.fromEntries<unknown>([...known, ...unknown]))
}

const isCredentialType = (name: string): name is CredentialType => Object.hasOwn(SHAPES, name)

function readSection(type: CredentialType, section: JsonObject): CacheDocument {
  const entries: StoredEntry[] = []
  const damage: string[] = []
  const rest: [string, unknown][] = []
  Object.entries(section).forEach(([key, value], index) => {
    const problem = findProblem(type, value)
    if (problem === undefined) entries.push({ type, key, entry: value } as StoredEntry)
    else {
      // A key may hold a user name, so the place is told by counting.
      damage.push(`${type}, entry ${index + 1}: ${problem}`)
      rest.push([key, value])
    }
  })
  return { entries, damage, rest: { [type]: Object.fromEntries(rest) } }
}

const setSectionApart = (type: CredentialType, section: unknown): CacheDocument => ({
  entries: [],
  damage: [`${type}: it is no object`],
  rest: { [DAMAGED_SECTION + type]: section },
})

function findProblem(type: CredentialType, value: unknown): string | undefined {
  if (!isJsonObject(value)) return 'it is no object'
  for (const { name, isText, mayBeAbsent } of FIELDS.get(type) ?? []) {
    if (mayBeAbsent && value[name] == null) continue
    if (isText && typeof value[name] !== 'string') return `"${name}" is no text`
    if (!isText && readInteger(value, name) === undefined) return `"${name}" is no number`
  }
  return undefined
}
