import { encodeBase64Url } from '../../src/msal/core/encoding.ts'
import type { Logger, Platform, RedirectExpectation } from '../../src/msal/core/ports.ts'
import {
  ConfidentialClientApplication,
  PublicClientApplication,
  TokenCache,
  type ConfidentialClientOptions,
  type PublicClientOptions,
} from '../../src/msal/index.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { createScriptedFetch, type ScriptedExchange, type ScriptedFetch } from './scripted-fetch.ts'

/** A tenant, a client and a person of Entra, as the library's tests know them. */
export const HOME = '11111111-1111-1111-1111-111111111111'
export const GUEST = '22222222-2222-2222-2222-222222222222'
export const CLIENT_ID = 'aaaaaaaa-0000-0000-0000-00000000000a'
export const ADA = { uid: '33333333-3333-3333-3333-333333333333', utid: HOME, username: 'ada@contoso.com' } as const
export const BOB = { uid: '44444444-4444-4444-4444-444444444444', utid: HOME, username: 'bob@contoso.com' } as const
export const HOST = 'https://login.microsoftonline.com'
export const TOKEN_ENDPOINT = `${HOST}/${HOME}/oauth2/v2.0/token`

/** The metadata of a tenant. */
export const discovery = (tenant: string = HOME, extra: object = {}): ScriptedExchange => ({
  url: `${HOST}/${tenant}/v2.0/.well-known/openid-configuration`,
  answer: { json: { ...metadataOf(`${HOST}/${tenant}`), ...extra } },
})

/** Metadata as Entra's, of an authority's URL. */
export const metadataOf = (authority: string) => ({
  issuer: `${authority}/v2.0`,
  authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
  token_endpoint: `${authority}/oauth2/v2.0/token`,
  device_authorization_endpoint: `${authority}/oauth2/v2.0/devicecode`,
  jwks_uri: `${authority}/discovery/v2.0/keys`,
})

/** A person as the token endpoint names them. */
export type Person = typeof ADA | typeof BOB

/** An ID token with a signature that nobody checks. */
export const idTokenOf = (claims: object): string =>
  [encodeBase64Url('{"alg":"RS256","typ":"JWT"}'), encodeBase64Url(JSON.stringify(claims)), 'c2ln'].join('.')

/** The claims of a person's ID token. */
export const claimsOf = (person: Person, extra: object = {}) => ({
  aud: CLIENT_ID,
  iss: `${HOST}/${HOME}/v2.0`,
  iat: 1767225600,
  exp: 1767229200,
  oid: person.uid,
  sub: `sub-${person.uid}`,
  tid: HOME,
  preferred_username: person.username,
  ...extra,
})

/** A token answer for a person. */
export const tokensFor = (person: Person, extra: object = {}, claims: object = {}) => ({
  token_type: 'Bearer',
  access_token: 'at-1',
  refresh_token: 'rt-1',
  expires_in: 3600,
  scope: 'User.Read openid profile',
  client_info: encodeBase64Url(JSON.stringify({ uid: person.uid, utid: person.utid })),
  id_token: idTokenOf(claimsOf(person, claims)),
  ...extra,
})

/** A client over a scripted network and a clock that is moved by hand. */
export interface TestClient {
  readonly clock: FakeClock
  readonly network: ScriptedFetch
  readonly cache: TokenCache
  readonly log: readonly string[]
  readonly client: PublicClientApplication
}

/** A platform of fakes: the clock given, and a listener that answers by `receive`. */
export function createTestPlatform(
  clock: FakeClock,
  {
    receive = () => new Promise(() => undefined),
    ...overrides
  }: Partial<Platform> & {
    readonly receive?: (expectation: RedirectExpectation) => Promise<Readonly<Record<string, string>>>
  } = {},
): Platform {
  return {
    clock,
    createFetch: () => () => Promise.reject(new TypeError('the default transport was used')),
    createDirectFetch: () => () => Promise.reject(new TypeError('the direct transport was used')),
    openBrowser: () => Promise.resolve(true),
    listenForRedirect: () =>
      Promise.resolve({ redirectUri: 'http://localhost:7777', receive, close: () => Promise.resolve() }),
    readEnvironment: () => undefined,
    ...overrides,
  } as Platform
}

/** A logger that remembers everything it was told. */
export function createTestLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = []
  const note = (message: string) => void lines.push(message)
  return { lines, trace: note, debug: note, info: note, warn: note, error: note }
}

/** Makes a public client of the home tenant over these exchanges. */
export function createTestClient(
  script: readonly ScriptedExchange[],
  options: Partial<PublicClientOptions> = {},
  platform: Parameters<typeof createTestPlatform>[1] = {},
): TestClient {
  const clock = createFakeClock()
  const network = createScriptedFetch(script)
  const cache = options.tokenCache ?? new TokenCache(clock)
  const logger = createTestLogger()
  const client = new PublicClientApplication(
    {
      clientId: CLIENT_ID,
      authority: `${HOST}/${HOME}`,
      tokenCache: cache,
      fetch: network.fetch,
      logger,
      ...options,
    },
    createTestPlatform(clock, platform),
  )
  return { clock, network, cache, log: logger.lines, client }
}

/** Makes a confidential client with a secret over these exchanges. */
export function createTestService(
  script: readonly ScriptedExchange[],
  options: Partial<ConfidentialClientOptions> = {},
  platform: Parameters<typeof createTestPlatform>[1] = {},
) {
  const clock = createFakeClock()
  const network = createScriptedFetch(script)
  const logger = createTestLogger()
  const client = new ConfidentialClientApplication(
    {
      clientId: CLIENT_ID,
      clientCredential: 's3cret',
      authority: `${HOST}/${HOME}`,
      fetch: network.fetch,
      logger,
      ...options,
    },
    createTestPlatform(clock, platform),
  )
  return { clock, network, log: logger.lines, client }
}

/** Signs a person in by an imported refresh token: one request after discovery. */
export const signIn = (person: Person = ADA, extra: object = {}): ScriptedExchange => ({
  method: 'POST',
  url: TOKEN_ENDPOINT,
  form: { grant_type: 'refresh_token', refresh_token: 'imported' },
  answer: { json: tokensFor(person, extra) },
})

/** A refresh and its answer. */
export const refresh = (refreshToken: string, json: object, status = 200): ScriptedExchange => ({
  method: 'POST',
  url: TOKEN_ENDPOINT,
  form: { grant_type: 'refresh_token', refresh_token: refreshToken },
  answer: { status, json },
})
