import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import type { ClientMetadata, Configuration, Provider as ProviderType } from 'oidc-provider'

/** A stock `oidc-provider` with its own sign-in pages, on a loopback origin. */
export interface OpenIdStage {
  readonly issuer: string
  /** What the server does may be listened to. */
  readonly provider: ProviderType
  readonly stop: () => Promise<void>
}

const HOUR = 3600

/** Starts a provider that knows these clients. */
export async function openOpenIdStage(clients: readonly ClientMetadata[]): Promise<OpenIdStage> {
  const { Provider } = await import('oidc-provider')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, { ...(await createConfiguration()), clients: [...clients] })
  const respond = provider.callback()
  server.on('request', (request, response) => void respond(request, response))
  return { issuer, provider, stop: () => close(server) }
}

const createConfiguration = async (): Promise<Configuration> => ({
  jwks: { keys: await Promise.all(['RS256', 'ES256'].map(createSigningKey)) },
  cookies: { keys: ['cookies are signed by this'] },
  scopes: ['openid', 'offline_access', 'api:read', 'api:write'],
  claims: { profile: ['preferred_username'] },
  // Asked for by a scope, these are in the ID token: the library calls no userinfo endpoint.
  conformIdTokenClaims: false,
  findAccount: (_ctx, sub) => ({
    accountId: sub,
    claims: () => ({ sub, preferred_username: `${sub}@example.test` }),
  }),
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: {
      enabled: true,
      // The same pages as its own, their button inside the form.
      userCodeInputSource: (ctx, form) => void (ctx.body = withButton(form)),
      userCodeConfirmSource: (ctx, form) => void (ctx.body = withButton(form)),
      successSource: (ctx) => void (ctx.body = 'You are signed in'),
    },
  },
  ttl: {
    AccessToken: HOUR,
    AuthorizationCode: 60,
    ClientCredentials: HOUR,
    DeviceCode: 600,
    Grant: HOUR,
    IdToken: HOUR,
    Interaction: HOUR,
    RefreshToken: 24 * HOUR,
    Session: HOUR,
  },
})

const createSigningKey = async (alg: string) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: alg }
}

const withButton = (form: string): string => form.replace('</form>', '<button type="submit">Continue</button></form>')

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
