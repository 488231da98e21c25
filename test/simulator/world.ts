import { createHash } from 'node:crypto'

/** The tenant of personal accounts; the same everywhere, as in Entra. */
export const consumersTenantId = '9188040d-6c67-4c5b-b112-36a304b66dad'

/** The code that every account's second factor accepts. */
export const secondFactorCode = '123456'

export type Tenant = { readonly id: string; readonly name: 'home' | 'guest' | 'consumers'; readonly domain: string }

export type User = {
  readonly username: string
  readonly password: string
  readonly displayName: string
  /** The tenant whose directory holds the password. */
  readonly tenantId: string
  /** The object id in each tenant that knows this person: the home tenant's first. */
  readonly objectIds: ReadonlyMap<string, string>
  /** What is special about this person, for the list that is printed. */
  readonly note: string
  readonly blocked: boolean
  /** The password is checked by a WS-Trust server instead. */
  readonly federated: boolean
  /** Nobody has consented to anything for this person yet. */
  readonly mustConsent: boolean
  /** A sign-in needs a second factor; tests change it. */
  needsSecondFactor: boolean
}

export type Platform = 'native' | 'web' | 'spa'

export type App = {
  readonly clientId: string
  readonly name: string
  readonly type: 'public' | 'confidential'
  /** `http://localhost` stands for any port; tests add to it. */
  readonly redirectUris: { readonly uri: string; readonly platform: Platform }[]
  readonly secret?: string
  /** PEM certificates whose keys may sign client assertions; tests add to it. */
  readonly certificates: string[]
  /** The family whose refresh tokens this client shares. */
  readonly foci?: string
}

/** Whether a permission was granted for everyone, is asked of each person, or needs an administrator. */
export type Consent = 'granted' | 'user' | 'admin'

export type Resource = {
  readonly appId: string
  /** The first one is what full scope names start with. */
  readonly identifiers: readonly string[]
  readonly audience: string
  readonly delegated: Readonly<Record<string, Consent>>
  /** Roles of app-only tokens. */
  readonly roles: readonly string[]
}

export type World = {
  readonly tenants: { readonly home: Tenant; readonly guest: Tenant; readonly consumers: Tenant }
  readonly users: readonly User[]
  readonly apps: {
    readonly public: App
    readonly confidential: App
    readonly family: App
    readonly familySibling: App
    readonly spa: App
  }
  /** The first one owns scopes without a prefix. */
  readonly resources: readonly [graph: Resource, ...others: Resource[]]
  /** The scope of the API that the confidential app is. */
  readonly apiScope: string
}

const editorSchemes = ['vscode', 'vscode-insiders', 'code-oss', 'vscodium', 'cursor', 'windsurf']

/** Makes the tenants, users, apps and resources; the same seed gives the same ids, names and secrets. */
export const createWorld = (seed: string): World => {
  const digest = (name: string): Buffer => createHash('sha256').update(`${seed}\n${name}`).digest()
  const guid = (name: string): string => {
    const hex = digest(name).toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  }

  const tenants = {
    home: { id: guid('tenant home'), name: 'home', domain: 'contoso.test' },
    guest: { id: guid('tenant guest'), name: 'guest', domain: 'fabrikam.test' },
    consumers: { id: consumersTenantId, name: 'consumers', domain: 'outlook.test' },
  } as const

  const user = (tenant: Tenant, name: string, traits: Partial<User> & Pick<User, 'note'>): User => {
    const username = `${name.toLowerCase()}@${traits.federated === true ? 'federated.test' : tenant.domain}`
    const homeId =
      tenant.name === 'consumers' ? `00000000-0000-0000-${guid(username).slice(19)}` : guid(`user ${username}`)
    const objectIds = new Map([[tenant.id, homeId]])
    if (tenant.name === 'home') objectIds.set(tenants.guest.id, guid(`guest ${username}`))
    return {
      username,
      password: `Simulated-${digest(`password ${username}`).toString('hex').slice(0, 8)}`,
      displayName: `${name} ${tenant.name === 'home' ? 'Contoso' : tenant.name === 'guest' ? 'Fabrikam' : 'Outlook'}`,
      tenantId: tenant.id,
      objectIds,
      blocked: false,
      federated: false,
      mustConsent: false,
      needsSecondFactor: false,
      ...traits,
    }
  }

  const confidentialId = guid('app confidential')
  const localhost = (platform: Platform) => ({ uri: 'http://localhost', platform })

  return {
    tenants,
    users: [
      user(tenants.home, 'Ada', { note: 'needs nothing but the password; a guest in the guest tenant' }),
      user(tenants.home, 'Grace', { note: 'a second account that needs nothing but the password' }),
      user(tenants.home, 'Mia', { note: `needs a second factor: ${secondFactorCode}`, needsSecondFactor: true }),
      user(tenants.home, 'Cora', { note: 'has to consent to each app', mustConsent: true }),
      user(tenants.home, 'Bob', { note: 'is blocked', blocked: true }),
      user(tenants.home, 'Fred', { note: 'is federated: WS-Trust checks the password', federated: true }),
      user(tenants.guest, 'Gus', { note: 'lives in the guest tenant and is unknown in the home tenant' }),
      user(tenants.consumers, 'Pia', { note: 'a personal account' }),
    ],
    apps: {
      public: {
        clientId: guid('app public'),
        name: 'Simulated desktop app',
        type: 'public',
        redirectUris: [
          localhost('native'),
          ...editorSchemes.map((scheme) => ({
            uri: `${scheme}://entra-auth.entra-auth/callback`,
            platform: 'native' as const,
          })),
        ],
        certificates: [],
      },
      confidential: {
        clientId: confidentialId,
        name: 'Simulated web app and API',
        type: 'confidential',
        redirectUris: [localhost('web'), { uri: 'https://web.contoso.test/signed-in', platform: 'web' }],
        secret: `sim~${digest('secret confidential').toString('base64url')}`,
        certificates: [],
      },
      family: {
        clientId: guid('app family'),
        name: 'Simulated family app',
        type: 'public',
        redirectUris: [localhost('native')],
        certificates: [],
        foci: '1',
      },
      familySibling: {
        clientId: guid('app family sibling'),
        name: 'Simulated sibling of the family app',
        type: 'public',
        redirectUris: [localhost('native')],
        certificates: [],
        foci: '1',
      },
      spa: {
        clientId: guid('app spa'),
        name: 'Simulated single-page app',
        type: 'public',
        redirectUris: [localhost('spa'), { uri: 'https://spa.contoso.test/', platform: 'spa' }],
        certificates: [],
      },
    },
    resources: [
      {
        appId: '00000003-0000-0000-c000-000000000000',
        identifiers: ['https://graph.microsoft.com', '00000003-0000-0000-c000-000000000000'],
        audience: 'https://graph.microsoft.com',
        delegated: {
          'User.Read': 'granted',
          'User.ReadBasic.All': 'granted',
          'Mail.Read': 'granted',
          'Calendars.Read': 'granted',
          'Files.Read': 'granted',
          'Mail.Send': 'user',
          'Directory.ReadWrite.All': 'admin',
        },
        roles: ['User.Read.All'],
      },
      {
        appId: confidentialId,
        identifiers: [`api://${confidentialId}`, confidentialId],
        audience: confidentialId,
        delegated: { access_as_user: 'granted' },
        roles: ['Access.All'],
      },
      {
        appId: '797f4846-ba00-4fd7-ba43-dac1f8f63013',
        identifiers: [
          'https://management.azure.com',
          'https://management.core.windows.net',
          '797f4846-ba00-4fd7-ba43-dac1f8f63013',
        ],
        audience: 'https://management.azure.com',
        delegated: { user_impersonation: 'granted' },
        roles: [],
      },
    ],
    apiScope: `api://${confidentialId}/access_as_user`,
  }
}

/** The tenant that a path segment names by GUID, domain or `consumers`; nothing for `common` and `organizations`. */
export const findTenant = (world: World, segment: string): Tenant | undefined =>
  Object.values(world.tenants).find(
    ({ id, name, domain }) => segment === id || segment === domain || (name === 'consumers' && segment === name),
  )

/** The user of that name, whatever its capitals. */
export const findUser = (world: World, username: string): User | undefined =>
  world.users.find((user) => user.username === username.trim().toLowerCase())

/** The app of that client id. */
export const findApp = (world: World, clientId: string): App | undefined =>
  Object.values(world.apps).find((app) => app.clientId === clientId.toLowerCase())

/** The object id in the person's own directory: half of `homeAccountId`. */
export const homeObjectId = (user: User): string => user.objectIds.get(user.tenantId)!

/** The registration that a redirect URI matches: exactly, but for the port of `http://localhost`. */
export const matchRedirectUri = (app: App, redirectUri: string): { readonly platform: Platform } | undefined => {
  const comparable = (uri: string): string => uri.replace(/^(http:\/\/localhost)(:\d+)?\/?$/, '$1')
  return app.redirectUris.find(({ uri }) => comparable(uri) === comparable(redirectUri))
}
