import { l10n } from 'vscode'
import { isTenantId } from './allow-lists.ts'
import type { CachedToken, CachedTokens } from './cached-tokens.ts'
import { copyClaim, formatClaim, isSensitive } from './claims.ts'
import { META_TENANTS } from './authority-address.ts'
import { asPlainText } from './display-text.ts'
import type { Bar } from './policy.ts'
import { describeResource, describeScopes } from './resource-name.ts'
import { PERSONAL_TENANT, type SignInRecord } from './session.ts'

/** Someone's sign-in to one client, and what is cached of it; undefined where that could not be read. */
export interface CachedSignIn {
  readonly record: SignInRecord
  readonly cached: CachedTokens | undefined
  /** Whether the server refused the refresh token when it was used last. */
  readonly isRefreshRefused?: boolean
  /** What the policy has against it. */
  readonly bar?: Bar | undefined
}

/** A row of the view; none of its texts holds a token. */
export interface TreeNode {
  /** The same at each reading, so that the view keeps what is open and selected. */
  readonly id: string
  readonly kind:
    | 'account'
    | 'tenant'
    | 'token'
    | 'barredToken'
    | 'idToken'
    | 'scopes'
    | 'claims'
    | 'hiddenClaim'
    | 'shownClaim'
    | 'fact'
  readonly label: string
  readonly description?: string
  /** What a screen reader says. */
  readonly spoken: string
  /** Name of a codicon. */
  readonly icon: string
  readonly children: readonly TreeNode[]
  readonly target?: TreeTarget
  /** What may be copied of it; never a token or a hidden claim. */
  readonly copy?: CopyValue
}

/** A value in full, and what the menu calls it. */
export interface CopyValue {
  readonly kind: 'accountId' | 'tenantId' | 'value'
  readonly text: string
}

/** What the actions of a row work on. */
export type TreeTarget =
  | { readonly records: readonly SignInRecord[] }
  | { readonly record: SignInRecord; readonly tokens: readonly CachedToken[] }

/** How the tree is shown. */
export interface TreeOptions {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Ids of claims that are not hidden. */
  readonly revealed: ReadonlySet<string>
  /** Of seconds since 1970. */
  readonly formatTime: (seconds: number) => string
}

/** Accounts, their tenants, and the tokens that are cached for each; sorted, one account however many clients know it. */
export function createAccountTree(signIns: readonly CachedSignIn[], options: TreeOptions): readonly TreeNode[] {
  const accounts = groupBy(signIns, ({ record }) => record.accountId)
  return [...accounts.values()].map((group) => createAccount(group, options)).sort(byLabel)
}

const byLabel = (one: TreeNode, other: TreeNode) => one.label.localeCompare(other.label)

/** The ID token comes last. */
const rankOf = ({ kind }: TreeNode) => (kind === 'idToken' ? 1 : 0)

/** `Map.groupBy`, which Node 20 lacks. */
function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}

function createAccount(group: readonly CachedSignIn[], options: TreeOptions): TreeNode {
  const [first] = group
  const label = asPlainText(first?.record.label ?? '')
  const tenants = group.flatMap((signIn) => createTenants(signIn, { ...options, isOneOfMany: group.length > 1 }))
  const isBarred = group.every(({ bar }) => bar && !bar.except)
  const count = tenants.length === 1 ? l10n.t('1 tenant') : l10n.t('{0} tenants', tenants.length)
  const description = isBarred ? describeBar(first?.bar) : count
  return {
    id: JSON.stringify(['account', first?.record.accountId]),
    kind: 'account',
    label,
    description,
    spoken: l10n.t('Account {0}, {1}', label, description),
    icon: isBarred ? 'circle-slash' : 'account',
    children: [...tenants.sort(byLabel), ...group.flatMap(describeState)],
    target: { records: group.map(({ record }) => record) },
    ...(first && { copy: { kind: 'accountId', text: first.record.accountId } }),
  }
}

const describeBar = (bar: Bar | undefined): string => l10n.t('not allowed by {0}', bar?.source ?? '')

/** What is to be said of a sign-in beside its tokens. */
function describeState(signIn: CachedSignIn): readonly TreeNode[] {
  const { record, cached } = signIn
  const id = JSON.stringify(['state', record.accountId, record.clientId])
  if (!cached)
    return [createFact(id, l10n.t('Tokens'), { text: l10n.t('could not be read, see the log'), icon: 'warning' })]
  return [createFact(id, l10n.t('Refresh token'), describeRefreshToken(cached, signIn))]
}

function describeRefreshToken({ hasRefreshToken }: CachedTokens, { isRefreshRefused, bar }: CachedSignIn): FactValue {
  if (bar && !bar.except) return { text: describeBar(bar), icon: 'circle-slash' }
  if (!hasRefreshToken) return { text: l10n.t('none, so a person is asked'), icon: 'sync' }
  if (isRefreshRefused)
    return { text: l10n.t('refused by the server when it was used last; sign in again'), icon: 'warning' }
  return { text: l10n.t('kept, so that nobody is asked again'), icon: 'sync' }
}

interface TenantOptions extends TreeOptions {
  /** Whether the account is signed in to several clients, so that each has to be named. */
  readonly isOneOfMany: boolean
}

function createTenants({ record, cached, bar }: CachedSignIn, options: TenantOptions): readonly TreeNode[] {
  const realms = groupBy(cached?.tokens ?? [], ({ realm }) => realm)
  return [...realms].map(([realm, tokens]) => {
    const source = cached?.sources.get(realm) ?? [...(cached?.sources.values() ?? [])][0]
    const tid = tokens.map(({ claims }) => claims?.['tid']).find((claim) => typeof claim === 'string') ?? realm
    const isBarred = bar !== undefined && !bar.except?.includes(tid.toLowerCase())
    const context = { record, options, source: describeSource(source), isBarred }
    const label = asPlainText(nameTenant(META_TENANTS.has(realm) ? tid : realm, record) || record.environment)
    const details = [
      ...(isBarred ? [describeBar(bar)] : []),
      ...(tid && tid !== label ? [asPlainText(tid)] : []),
      ...(options.isOneOfMany ? [l10n.t('app {0}', record.clientId)] : []),
    ].join(' · ')
    const nodes = tokens.map((token) => createToken(token, context))
    return {
      id: JSON.stringify(['tenant', record.accountId, record.clientId, realm]),
      kind: 'tenant',
      label,
      ...(details && { description: details }),
      spoken: l10n.t('Tenant {0}', [label, details].filter(Boolean).join(', ')),
      icon: isBarred ? 'circle-slash' : 'organization',
      children: nodes.sort((one, other) => rankOf(one) - rankOf(other) || byLabel(one, other)),
      target: { record, tokens },
      ...(isTenantId(tid) && { copy: { kind: 'tenantId', text: tid } }),
    }
  })
}

/** The name that people know a tenant by: where it is the account's own, the domain of its user name tells it. */
function nameTenant(tenant: string, { homeAccountId, username }: SignInRecord): string {
  if (tenant === PERSONAL_TENANT) return l10n.t('Personal account')
  const [, domain] = username.split('@')
  return domain && tenant && homeAccountId.endsWith(`.${tenant}`) ? domain : tenant
}

interface TokenContext {
  readonly record: SignInRecord
  readonly options: TreeOptions
  readonly source: string
  /** Whether no new one can be had, for the policy does not allow it. */
  readonly isBarred: boolean
}

function createToken(token: CachedToken, { record, options, source, isBarred }: TokenContext): TreeNode {
  const id = JSON.stringify([token.kind, record.accountId, record.clientId, token.key])
  const isAccess = token.kind === 'access'
  const label = isAccess ? describeResource(token, record) : l10n.t('ID token')
  const left = describeTimeLeft(token, options.now)
  const fact = (name: string, value: FactValue) => createFact(JSON.stringify([id, name]), name, value)
  return {
    id,
    kind: isAccess ? (isBarred ? 'barredToken' : 'token') : 'idToken',
    label,
    ...(isAccess && { description: [left, describeScopes(token)].filter(Boolean).join(' · ') }),
    spoken: isAccess
      ? l10n.t('Access token for {0}, {1}, scopes {2}', label, left, token.scopes.join(', '))
      : l10n.t('ID token, who signed in'),
    icon: isAccess ? 'key' : 'person',
    children: [
      ...(isAccess ? [createScopes(id, token.scopes)] : []),
      ...(token.expiresOn
        ? [fact(l10n.t('Expires'), { text: options.formatTime(token.expiresOn), icon: 'clock' })]
        : []),
      fact(l10n.t('Sign-in'), { text: source, icon: 'sign-in' }),
      { ...fact(l10n.t('App'), { text: record.clientId, icon: 'extensions' }), copy: valueOf(record.clientId) },
      ...(isAccess ? [fact(l10n.t('Type'), { text: asPlainText(token.tokenType), icon: 'tag' })] : []),
      createClaims(id, token, options),
    ],
    target: { record, tokens: [token] },
  }
}

function createScopes(id: string, scopes: readonly string[]): TreeNode {
  const names = scopes.map(asPlainText)
  return {
    id: JSON.stringify([id, 'scopes']),
    kind: 'scopes',
    label: l10n.t('Scopes'),
    description: names.join(' '),
    spoken: l10n.t('Scopes: {0}', names.join(', ')),
    icon: 'shield',
    children: names.map((name) => ({
      id: JSON.stringify([id, 'scope', name]),
      kind: 'fact',
      label: name,
      spoken: name,
      icon: 'circle-small-filled',
      children: [],
      copy: valueOf(name),
    })),
  }
}

function createClaims(id: string, { claims }: CachedToken, options: TreeOptions): TreeNode {
  const label = l10n.t('Claims')
  if (!claims)
    return createFact(JSON.stringify([id, 'claims']), label, {
      text: l10n.t('not readable, only its API can'),
      icon: 'json',
    })
  return {
    id: JSON.stringify([id, 'claims']),
    kind: 'claims',
    label,
    description: String(Object.keys(claims).length),
    spoken: l10n.t('{0} claims', Object.keys(claims).length),
    icon: 'json',
    children: Object.entries(claims).map((claim) =>
      createClaim(JSON.stringify([id, 'claim', claim[0]]), claim, options),
    ),
  }
}

function createClaim(id: string, claim: readonly [string, unknown], options: TreeOptions): TreeNode {
  const label = asPlainText(claim[0])
  const node = { id, label, children: [] }
  if (isSensitive(claim[0]) && !options.revealed.has(id))
    return {
      ...node,
      kind: 'hiddenClaim',
      description: '••••••••',
      spoken: l10n.t('{0}, hidden; press Enter to show it', label),
      icon: 'lock',
    }
  const text = formatClaim(claim, options.formatTime)
  const copied = copyClaim(claim, options.formatTime)
  return {
    ...node,
    kind: isSensitive(claim[0]) ? 'shownClaim' : 'fact',
    description: text,
    spoken: `${label}: ${text}`,
    icon: isSensitive(claim[0]) ? 'unlock' : 'symbol-field',
    ...(copied !== undefined && { copy: valueOf(copied) }),
  }
}

const valueOf = (text: string): CopyValue => ({ kind: 'value', text })

interface FactValue {
  readonly text: string
  readonly icon: string
}

const createFact = (id: string, label: string, value: FactValue): TreeNode => ({
  id,
  kind: 'fact',
  label,
  description: value.text,
  spoken: `${label}: ${value.text}`,
  icon: value.icon,
  children: [],
})

/** In words; empty where nothing tells. An ID token says who signed in, however old it is. */
function describeTimeLeft({ kind, expiresOn }: CachedToken, now: number): string {
  if (kind === 'id' || expiresOn === undefined) return ''
  const minutes = Math.floor((expiresOn * 1000 - now) / 60_000)
  if (minutes < 0) return l10n.t('expired')
  if (minutes < 60) return l10n.t('{0} min left', minutes)
  return l10n.t('{0} h {1} min left', Math.floor(minutes / 60), minutes % 60)
}

/** The way a person signed in, by the grant that the cache names. */
function describeSource(grant: string | undefined): string {
  const names: Readonly<Record<string, string>> = {
    authorization_code: l10n.t('by the browser'),
    'urn:ietf:params:oauth:grant-type:device_code': l10n.t('by device code'),
    broker: l10n.t("by the system's broker"),
  }
  return names[grant ?? ''] ?? l10n.t('not known')
}
