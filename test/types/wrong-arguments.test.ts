import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { inspect } from 'node:util'
import { readDeclarations, type Declarations } from './declarations.ts'

type Library = Readonly<Record<string, (new (...values: unknown[]) => object) & ((...values: unknown[]) => unknown)>>

const HOST = 'https://login.microsoftonline.com'
const ACCOUNT = { homeAccountId: 'a.b', environment: 'login.microsoftonline.com', username: 'u', realm: 'r' }

/** What is none of anything; `undefined` stands for an option that is left out. */
const WRONG: readonly unknown[] = [
  5,
  Number.NaN,
  '',
  'x',
  true,
  null,
  {},
  [],
  [5],
  Symbol('s'),
  new Map(),
  () => undefined,
  -1,
  10n,
  '\ud800',
  Object.create(null),
]

/** Something right for each name that the library takes, where it needs one. */
const RIGHT: Readonly<Record<string, unknown>> = {
  clientId: 'c',
  scopes: ['a'],
  account: ACCOUNT,
  code: 'c',
  refreshToken: 'r',
  username: 'u',
  password: 'p',
  userAssertion: 'a',
  assertion: 'a',
  resource: 'https://api.test',
  authCodeFlow: { authUri: `${HOST}/authorize`, state: 's', nonce: 'n', codeVerifier: 'v', scopes: ['a'] },
  authResponse: { state: 's', code: 'c' },
  flow: {
    ...{ userCode: 'u', deviceCode: 'd', verificationUri: HOST, message: 'm', correlationId: 'c' },
    ...{ interval: 0, expiresIn: 9, expiresAt: 1, scopes: ['a'] },
  },
  openBrowser: () => false,
  managedIdentity: { ManagedIdentityIdType: 'SystemAssigned' },
  httpMethod: 'GET',
  url: HOST,
  nonce: 'n',
  directory: tmpdir(),
  client: { eval: () => Promise.resolve(null) },
  instance: 'login.test',
  tenant: 't',
  getAssertion: () => 'a',
  credentialType: 'AccessToken',
  client_id: 'c',
  token_endpoint: `${HOST}/t/token`,
  response: { access_token: 'a' },
}

/** Discovers, and refuses whatever else it is asked. */
const fetch = (input: URL | RequestInfo): Promise<Response> => {
  const metadata = {
    issuer: `${HOST}/11111111-1111-1111-1111-111111111111/v2.0`,
    authorization_endpoint: `${HOST}/authorize`,
    token_endpoint: `${HOST}/token`,
    device_authorization_endpoint: `${HOST}/devicecode`,
  }
  const isMetadata = input instanceof Request ? input.url : String(input)
  return Promise.resolve(
    isMetadata.includes('openid-configuration')
      ? Response.json(metadata)
      : Response.json({ error: 'invalid_grant' }, { status: 400 }),
  )
}

const APPLICATIONS = ['PublicClientApplication', 'ConfidentialClientApplication', 'ManagedIdentityClient'] as const

describe('A wrong argument', function () {
  this.timeout(120_000)

  let library: Library
  let declared: Declarations

  before(async () => {
    library = (await import(new URL('../../dist/msal.mjs', import.meta.url).href)) as Library
    declared = readDeclarations()
  })

  const optionsOf = (name: string, method: string): Readonly<Record<string, unknown>> => ({
    ...Object.fromEntries(
      [...declared.parametersOf(name, method)].flatMap((option) => (option in RIGHT ? [[option, RIGHT[option]]] : [])),
    ),
    // Without an end it would wait for the answer of a browser that took an address and shows nothing.
    ...(method === 'acquireTokenInteractive' && { timeout: 0.1 }),
  })
  const clientOf = (name: string, options: object = {}): object =>
    new library[name]!({
      ...(name === 'ManagedIdentityClient' ? { managedIdentity: RIGHT['managedIdentity'] } : { clientId: 'c' }),
      ...(name === 'ConfidentialClientApplication' && { clientCredential: 'secret' }),
      fetch,
      ...options,
    })
  const call = (target: object, method: string, ...values: unknown[]): unknown =>
    (Reflect.get(target, method) as (...values: unknown[]) => unknown).apply(target, values)

  /** Runs with each wrong value in place of one option after another. */
  const tryAll = async (
    right: Readonly<Record<string, unknown>>,
    options: Iterable<string>,
    run: (...values: unknown[]) => unknown,
  ): Promise<void> => {
    const strange: string[] = []
    const attempt = async (label: string, ...values: unknown[]) => {
      try {
        await run(...values)
      } catch (error) {
        if (!(error instanceof (library['MsalError'] as never))) strange.push(`${label}: ${String(error)}`)
      }
    }
    await attempt('nothing')
    for (const value of WRONG) await attempt(describeValue(value), value)
    for (const option of options)
      for (const value of WRONG) await attempt(`${option}: ${describeValue(value)}`, { ...right, [option]: value })
    assert.deepEqual(strange, [])
  }

  for (const name of APPLICATIONS) {
    it(`is an error of the library's own in new ${name}, or on first use`, async () => {
      const { fetch: _, ...right } = { ...optionsOf(name, 'constructor'), fetch }
      await tryAll({ ...right, fetch }, declared.parametersOf(name, 'constructor'), async (...values) => {
        const given: unknown = values[0]
        const client = new library[name]!(...values)
        if (typeof given !== 'object' || given === null || !('fetch' in given) || given.fetch !== fetch) return
        if ('acquireTokenByRefreshToken' in client)
          await call(client, 'acquireTokenByRefreshToken', { refreshToken: 'r', scopes: ['a'] })
      })
    })

    it(`is an error of the library's own in each method of ${name}`, async () => {
      const client = clientOf(name)
      const methods = [...declared.propertiesOf(name)].filter(
        (member) => !['isPopSupported', '#private'].includes(member),
      )
      for (const method of methods) {
        const right = optionsOf(name, method)
        await tryAll(right, declared.parametersOf(name, method), (...values) => call(client, method, ...values))
      }
    })
  }

  for (const name of ['PopAuthScheme', 'UserAssignedManagedIdentity', 'EncryptedFilePersistence', 'RedisPersistence'])
    it(`is an error of the library's own in new ${name}`, () =>
      tryAll(
        optionsOf(name, 'constructor'),
        declared.parametersOf(name, 'constructor'),
        (...values) => new library[name]!(...values),
      ))

  it("is an error of the library's own in functions and caches", async () => {
    const cache = new library['SerializableTokenCache']!()
    for (const run of [
      (...values: unknown[]) => new library['AuthorityBuilder']!(...values),
      (...values: unknown[]) => new library['AuthorityBuilder']!('login.test', ...values),
      (...values: unknown[]) => library['AutoRefresher']!(...values),
      (...values: unknown[]) => library['AutoRefresher']!(() => 'a', ...values),
      (...values: unknown[]) => library['parseWwwAuthenticate']!(...values),
      (...values: unknown[]) => call(cache, 'deserialize', ...values),
    ])
      await tryAll({}, [], run)
    const event = { client_id: 'c', token_endpoint: `${HOST}/t/token`, response: { access_token: 'a' } }
    const fields = ['scope', 'environment', 'realm', 'data', 'grant_type', ...Object.keys(event)]
    await tryAll(event, fields, (...values) => call(cache, 'add', ...values))
    const query = { credentialType: 'AccessToken' }
    await tryAll(query, ['target', 'query', 'now', 'credentialType'], (...values) => call(cache, 'find', ...values))
  })
})

const describeValue = (value: unknown): string => inspect(value, { breakLength: Infinity })
