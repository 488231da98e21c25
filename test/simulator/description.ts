import type { World } from './world.ts'

/** What `--json` prints: where the simulator is, and who may sign in to what. */
export type Description = {
  readonly http: string
  readonly https: string
  /** A PEM file that lasts as long as the simulator runs. */
  readonly ca: string
  readonly control: string
  readonly tenants: { readonly home: string; readonly guest: string }
  readonly users: readonly {
    readonly username: string
    readonly password: string
    readonly tenant: string
    readonly note: string
  }[]
  readonly clients: {
    readonly public: { readonly clientId: string; readonly redirectUri: string; readonly scopes: readonly string[] }
    readonly confidential: {
      readonly clientId: string
      readonly clientSecret: string
      readonly scopes: readonly string[]
      readonly apiScope: string
    }
  }
}

/** Describes a world that is served at these origins. */
export const describeWorld = (
  { tenants, users, apps, resources, apiScope }: World,
  origins: Pick<Description, 'http' | 'https' | 'ca' | 'control'>,
): Description => ({
  ...origins,
  tenants: { home: tenants.home.id, guest: tenants.guest.id },
  users: users.map(({ username, password, tenantId, note }) => ({ username, password, tenant: tenantId, note })),
  clients: {
    public: { clientId: apps.public.clientId, redirectUri: 'http://localhost', scopes: ['User.Read'] },
    confidential: {
      clientId: apps.confidential.clientId,
      clientSecret: apps.confidential.secret ?? '',
      scopes: [`${resources[0].audience}/.default`],
      apiScope,
    },
  },
})
