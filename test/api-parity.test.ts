import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import * as errors from '../src/msal/core/errors.ts'
import { readDeclarations, type Declarations } from './types/declarations.ts'

type Methods = Readonly<Record<string, readonly string[]>>
type Names = Readonly<Record<string, Methods>> & { readonly constants: Methods }
type Library = Readonly<Record<string, unknown>>

const ROOT = path.resolve(import.meta.dirname, '..')
const PYTHON = JSON.parse(readFileSync(path.join(ROOT, 'test/fixtures/msal-python-1.34-names.json'), 'utf8')) as Names

/** Python's parameters whose counterpart has another name. */
const RENAMED: Readonly<Record<string, string>> = {
  '__init__.http_client': 'fetch',
  '__init__.verify': 'ca',
  '__init__.proxies': 'proxy',
  '__init__.timeout': 'timeoutMs',
}

/** Python's parameters without a counterpart: there, too, it "shall remain None". */
const ABSENT: ReadonlySet<string> = new Set(['PublicClientApplication.__init__.client_credential'])

const toCamelCase = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** What MSAL Python 1.34 has by way of `**kwargs`, or not at all. */
const ADDED: readonly (readonly [name: string, method: string, parameters: readonly string[]])[] = [
  [
    'PublicClientApplication',
    'constructor',
    [
      'clientId',
      'authority',
      'oidcAuthority',
      'validateAuthority',
      'instanceDiscovery',
      'tokenCache',
      'cachePersistence',
      'partition',
      'fetch',
      'proxy',
      'ca',
      'timeoutMs',
      'appName',
      'appVersion',
      'clientCapabilities',
      'excludeScopes',
      'httpCache',
      'verifyIdTokens',
      'enablePiiLog',
      'logger',
    ],
  ],
  ['ConfidentialClientApplication', 'constructor', ['cachePersistence', 'partition', 'verifyIdTokens', 'logger']],
  [
    'PublicClientApplication',
    'acquireTokenInteractive',
    ['openBrowser', 'successTemplate', 'errorTemplate', 'signal', 'enableMsaPassthrough'],
  ],
  ['PublicClientApplication', 'acquireTokenByDeviceFlow', ['signal']],
  ['PublicClientApplication', 'acquireTokenSilent', ['forwardedClientClaims']],
  ['ConfidentialClientApplication', 'acquireTokenSilent', ['forwardedClientClaims']],
  ['ConfidentialClientApplication', 'acquireTokenForClient', ['fmiPath', 'forwardedClientClaims']],
  ['ConfidentialClientApplication', 'acquireTokenOnBehalfOf', ['forwardedClientClaims']],
  [
    'ConfidentialClientApplication',
    'acquireTokenByUserFederatedIdentityCredential',
    ['scopes', 'assertion', 'username', 'userObjectId', 'claimsChallenge', 'forwardedClientClaims'],
  ],
  ['AuthorityBuilder', 'constructor', ['instance', 'tenant']],
  ['AutoRefresher', '', ['getAssertion', 'expiresIn']],
  ['EncryptedFilePersistence', 'constructor', ['directory', 'key']],
  ['RedisPersistence', 'constructor', ['client', 'keyPrefix', 'expiresIn']],
  ['getManagedIdentitySource', '', []],
]

/** The members of what is returned, thrown or passed. */
const SHAPES: Methods = {
  TokenResult: [
    'accessToken',
    'tokenType',
    'scopes',
    'expiresIn',
    'expiresOn',
    'refreshOn',
    'idToken',
    'idTokenClaims',
    'account',
    'tokenSource',
    'msalruntimeTelemetry',
    'correlationId',
  ],
  Account: ['homeAccountId', 'environment', 'realm', 'localAccountId', 'username', 'authorityType', 'accountSource'],
  AuthCodeFlow: ['authUri', 'state'],
  DeviceFlow: ['userCode', 'deviceCode', 'verificationUri', 'message', 'expiresIn', 'interval'],
  OAuthError: [
    'error',
    'errorDescription',
    'errorCodes',
    'suberror',
    'classification',
    'claims',
    'correlationId',
    'traceId',
    'status',
  ],
  BrokerError: ['error', 'brokerStatus', 'brokerErrorCode', 'brokerTag', 'msalruntimeTelemetry'],
  RedirectUriError: ['redirectUris'],
  ManagedIdentityId: ['ManagedIdentityIdType', 'Id'],
  UserAssignedManagedIdentityOptions: ['clientId', 'resourceId', 'objectId'],
  ClientCredential: [],
  PrivateKeyCredential: ['privateKey', 'thumbprint', 'passphrase', 'publicCertificate'],
  PfxCredential: ['privateKeyPfxPath', 'passphrase', 'publicCertificate'],
  AssertionCredential: ['clientAssertion'],
  ClientAssertionContext: ['clientId', 'tokenEndpoint', 'fmiPath'],
  CachePersistence: ['load', 'store', 'lock', 'list'],
  Logger: ['trace', 'debug', 'info', 'warn', 'error'],
  HttpCache: ['get', 'set', 'delete', 'keys'],
  TokenCache: ['add', 'find', 'search'],
  SerializableTokenCache: ['serialize', 'deserialize', 'hasStateChanged'],
}

/** Constants with their values in MSAL Python; the rest are values of their own. */
const CONSTANTS: Readonly<Record<string, string | boolean>> = {
  'Prompt.NONE': 'none',
  'Prompt.LOGIN': 'login',
  'Prompt.CONSENT': 'consent',
  'Prompt.SELECT_ACCOUNT': 'select_account',
  'PopAuthScheme.HTTP_GET': 'GET',
  'PopAuthScheme.HTTP_POST': 'POST',
  'PopAuthScheme.HTTP_PUT': 'PUT',
  'PopAuthScheme.HTTP_DELETE': 'DELETE',
  'PopAuthScheme.HTTP_PATCH': 'PATCH',
  'authority.AZURE_PUBLIC': 'login.microsoftonline.com',
  'authority.AZURE_US_GOVERNMENT': 'login.microsoftonline.us',
  'authority.AZURE_CHINA': 'login.chinacloudapi.cn',
  'ClientApplication.ATTEMPT_REGION_DISCOVERY': true,
  'TokenCache.CredentialType.ACCESS_TOKEN': 'AccessToken',
  'TokenCache.CredentialType.REFRESH_TOKEN': 'RefreshToken',
  'TokenCache.CredentialType.ACCOUNT': 'Account',
  'TokenCache.CredentialType.ID_TOKEN': 'IdToken',
  'TokenCache.CredentialType.APP_METADATA': 'AppMetadata',
}

describe('Parity with MSAL Python 1.34', function () {
  this.timeout(60_000)

  let library: Library
  let declared: Declarations

  before(async () => {
    const file = new URL('../dist/msal.mjs', import.meta.url).href
    library = (await import(file)) as Library
    declared = readDeclarations()
  })

  const classOf = (name: string): { readonly prototype: object } & Library => {
    const found = library[name]
    assert.equal(typeof found, 'function', `${name} is not exported`)
    return found as { readonly prototype: object } & Library
  }

  for (const [name, methods] of Object.entries(PYTHON).filter(([key]) => key !== 'constants'))
    for (const [method, parameters] of Object.entries(methods)) {
      const ours = method === '__init__' ? 'constructor' : toCamelCase(method)
      it(`has ${name}.${method} as ${ours}, with every parameter`, () => {
        assert.equal(typeof Reflect.get(classOf(name).prototype, ours), 'function', `${name}.${ours} is missing`)
        const taken = declared.parametersOf(name, ours)
        const wrong = parameters.filter((parameter) => {
          const counterpart = RENAMED[`${method}.${parameter}`] ?? toCamelCase(parameter)
          return taken.has(counterpart) === ABSENT.has(`${name}.${method}.${parameter}`)
        })
        assert.deepEqual(wrong, [])
      })
    }

  for (const [place, names] of Object.entries(PYTHON.constants))
    for (const name of names)
      it(`has ${place}.${name}`, () => {
        const owner = ['authority', 'errors'].includes(place) ? [] : place.split('.')
        const holder = owner.reduce<unknown>((value, key) => Reflect.get(value as object, key), library)
        const value: unknown = Reflect.get(holder as object, name)
        const expected = CONSTANTS[`${place}.${name}`]
        if (expected === undefined) assert.ok(['function', 'symbol'].includes(typeof value))
        else assert.equal(value, expected)
      })
})

describe('The library', function () {
  this.timeout(60_000)

  let library: Library
  let declared: Declarations

  before(async () => {
    const file = new URL('../dist/msal.mjs', import.meta.url).href
    library = (await import(file)) as Library
    declared = readDeclarations()
  })

  for (const [name, method, parameters] of ADDED)
    it(`has ${name}${method && `.${method}`} with ${parameters.join(', ') || 'no parameters'}`, () => {
      const found = library[name] as { readonly prototype: object }
      assert.equal(typeof (method ? Reflect.get(found.prototype, method) : found), 'function')
      const taken = declared.parametersOf(name, method)
      assert.deepEqual(
        parameters.filter((parameter) => !taken.has(parameter)),
        [],
      )
    })

  for (const [name, members] of Object.entries(SHAPES))
    it(`exports the type ${name} with ${members.join(', ') || 'its forms'}`, () => {
      const found = declared.propertiesOf(name)
      assert.deepEqual(
        members.filter((member) => !found.has(member)),
        [],
      )
    })

  for (const [name, value] of Object.entries(errors))
    it(`exports ${name}, of one family`, () => {
      const exported = library[name] as typeof errors.MsalError
      assert.ok(exported === library['MsalError'] || exported.prototype instanceof (library['MsalError'] as never))
      assert.equal(value.prototype.constructor.name, name)
      assert.ok(declared.exports.has(name))
    })

  it('exports nothing at run time that its types keep quiet about', () => {
    assert.deepEqual(
      Object.keys(library).filter((name) => !declared.exports.has(name)),
      [],
    )
  })

  it('shows constructors with one argument and no port of the machine', () => {
    for (const name of ['PublicClientApplication', 'ConfidentialClientApplication', 'ManagedIdentityClient'])
      assert.ok(declared.parametersOf(name, 'constructor').has('options'), name)
    const text = readFileSync(path.join(ROOT, 'dist/msal.d.mts'), 'utf8')
    const internal = /\b(class|interface|type) ((Platform|Clock|ClientContext|Secret|ArcAgent)\b|\w+\$\d)/g
    assert.deepEqual([...text.matchAll(internal)].map(String), [])
  })

  it('documents every public name, and names no type that it does not export', async () => {
    const typedoc = path.join(ROOT, 'node_modules/typedoc/bin/typedoc')
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [typedoc, '--emit', 'none'], { cwd: ROOT })
    assert.doesNotMatch(stdout + stderr, /warning|error/i)
  })
})
