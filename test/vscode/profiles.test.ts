import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { CLOUD_HOSTS } from '../../src/vscode/authority-address.ts'
import { resolveClient } from '../../src/vscode/client-registry.ts'
import { parseScopeRequest } from '../../src/vscode/scope-request.ts'
import { SIGN_IN_CHOICES } from '../../src/vscode/sign-in-methods.ts'
import { settingsOf } from './fakes.ts'

const GUID = '11111111-1111-4111-8111-111111111111'
const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const schema = manifest.contributes.configuration.properties['entraAuth.profiles']
const isValid = new Ajv({ strict: false }).compile(schema)

const resolve = (scopes: string[], settings: object) => resolveClient(parseScopeRequest(scopes), settingsOf(settings))
const clientOf = (scopes: string[], settings: object) => {
  const { clientId, authority } = resolve(scopes, settings)
  return [clientId, authority.url]
}

describe('profiles', () => {
  const profiles = {
    work: { clientId: 'work-app', tenant: 'contoso.com' },
    gov: { clientId: 'gov-app', cloud: 'usGovernment' },
    home: { clientId: 'home-app', authority: 'https://login.microsoftonline.com/consumers' },
    adfs: { clientId: 'adfs-app', authority: 'https://adfs.contoso.com/adfs' },
    shop: { clientId: 'shop-app', authority: 'https://id.example.com/realms/shop' },
  }
  const settings = { clientId: 'default-app', tenant: 'fabrikam.com', profiles }

  const chosen: [string, string[], string, string][] = [
    ['#3 a named profile', ['ENTRA_PROFILE:work'], 'work-app', 'https://login.microsoftonline.com/contoso.com'],
    [
      '#3 the profile rather than VSCODE_CLIENT_ID',
      ['ENTRA_PROFILE:work', 'VSCODE_CLIENT_ID:x'],
      'work-app',
      'https://login.microsoftonline.com/contoso.com',
    ],
    [
      '#3 VSCODE_CLIENT_ID rather than the default',
      ['VSCODE_CLIENT_ID:x'],
      'x',
      'https://login.microsoftonline.com/fabrikam.com',
    ],
    ['the default', ['a'], 'default-app', 'https://login.microsoftonline.com/fabrikam.com'],
    [
      '#3 VSCODE_TENANT in place of the tenant of the profile',
      ['ENTRA_PROFILE:work', 'VSCODE_TENANT:guest.example'],
      'work-app',
      'https://login.microsoftonline.com/guest.example',
    ],
    ['#18 a sovereign cloud', ['ENTRA_PROFILE:gov'], 'gov-app', 'https://login.microsoftonline.us/organizations'],
    [
      '#4 personal accounts by an app registration of your own',
      ['ENTRA_PROFILE:home'],
      'home-app',
      'https://login.microsoftonline.com/consumers',
    ],
    ['AD FS', ['ENTRA_PROFILE:adfs'], 'adfs-app', 'https://adfs.contoso.com/adfs'],
    [
      '#19 any OpenID provider by one address',
      ['ENTRA_PROFILE:shop'],
      'shop-app',
      'https://id.example.com/realms/shop',
    ],
  ]
  for (const [name, scopes, clientId, url] of chosen)
    it(`choose ${name}`, () => assert.deepEqual(clientOf(scopes, settings), [clientId, url]))

  it('carry what the registration demands', () => {
    const profile = {
      clientId: 'app',
      redirectUri: 'http://localhost:8400',
      clientCapabilities: ['CP1'],
      signInMethod: 'deviceCode',
    }
    const { authority: _authority, ...rest } = resolve(['ENTRA_PROFILE:p'], { profiles: { p: profile } })
    assert.deepEqual(rest, { ...profile, redirectUri: { kind: 'loopback', uri: 'http://localhost:8400', port: 8400 } })
  })

  it('refuse one that nobody configured, by its name', () => {
    assert.throws(() => resolve(['ENTRA_PROFILE:play'], settings), /No profile "play"/)
  })

  it('name a wrong one to whoever asks for it, and leave the others usable', () => {
    const wrong = { ...settings, profiles: { ...profiles, bad: { clientId: 'app', cloud: 'moon' } } }
    assert.throws(
      () => resolve(['ENTRA_PROFILE:bad'], wrong),
      /"bad".*its cloud "moon" is wrong, it must be one of public/,
    )
    assert.equal(clientOf(['ENTRA_PROFILE:gov'], wrong)[0], 'gov-app')
    assert.equal(clientOf(['a'], wrong)[0], 'default-app')
    const { problems } = settingsOf(wrong)
    assert.deepEqual(
      problems.map(({ setting }) => setting),
      ['profiles'],
    )
    assert.match(problems[0]!.message, /^The profile "bad" of entraAuth\.profiles can't be used: /)
  })

  it('are named as a whole where they are no object', () => {
    const { problems } = settingsOf({ profiles: ['work'] })
    assert.match(problems[0]!.message, /entraAuth\.profiles can't be used.*an object with a profile under each name/)
    assert.throws(() => resolve(['ENTRA_PROFILE:work'], { profiles: ['work'] }), /an object with a profile/)
  })
})

describe('the authorization servers that the manifest names', () => {
  const globs: readonly string[] = manifest.contributes.authentication[0].authorizationServerGlobs
  const isNamed = (address: string) =>
    globs.some((glob) => new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`).test(address))

  for (const host of Object.values(CLOUD_HOSTS))
    it(`#39 MCP servers of ${host} find the provider, and a client ID that is set beforehand`, () => {
      assert.ok(isNamed(`https://${host}/${GUID}/v2.0`))
      const profiles = { mcp: { clientId: 'mcp-app', authority: `https://${host}/${GUID}/v2.0` } }
      assert.deepEqual(clientOf(['ENTRA_PROFILE:mcp'], { profiles }), ['mcp-app', `https://${host}/${GUID}`])
    })

  it('#39 are none but those of Entra', () => {
    for (const address of ['https://login.microsoftonline.com.evil.example/t/v2.0', 'https://id.example.com/'])
      assert.equal(isNamed(address), false, address)
  })
})

describe('a profile, as the settings editor and the code judge it', () => {
  const good: object[] = [
    { clientId: 'a' },
    { clientId: 'a', tenant: GUID, cloud: 'china', signInMethod: 'uriHandler', clientCapabilities: [] },
    { clientId: 'a', authority: `https://login.microsoftonline.com/${GUID}` },
    { clientId: 'a', authority: 'http://127.0.0.2:81/organizations' },
    { clientId: 'a', authority: 'https://accounts.example.com' },
    { clientId: 'a', authority: `https://login.contoso.invalid/${GUID}`, instanceDiscovery: false },
    { clientId: 'a', redirectUri: 'http://localhost' },
    ...[1, 9999, 10000, 64999, 65499, 65529, 65535].map((port) => ({
      clientId: 'a',
      redirectUri: `http://localhost:${port}`,
    })),
    { clientId: 'a', redirectUri: 'vscode-insiders://entra-auth.entra-auth/callback' },
    { clientId: 'a', redirectUri: 'https://login.contoso.com/vscode' },
  ]
  const bad: [object | string, RegExp][] = [
    ['app', /it must be an object/],
    [{}, /it needs a clientId/],
    [{ clientId: 'a b' }, /its clientId "a b" is wrong/],
    [{ clientId: 'a', tennant: 'contoso.com' }, /"tennant" is not known; the members are clientId, authority, cloud, /],
    [{ clientID: 'a' }, /"clientID" is not known; the members are clientId, /],
    [{ clientId: 'a', authority: `https://a.example/${GUID}`, tenant: GUID }, /it can have no cloud and no tenant/],
    [{ clientId: 'a', authority: `https://a.example/${GUID}`, cloud: 'public' }, /it can have no cloud and no tenant/],
    [{ clientId: 'a', authority: 'http://a.example/common' }, /its authority .* it must start with https/],
    [{ clientId: 'a', authority: 'contoso.com' }, /it is no URL/],
    [{ clientId: 'a', tenant: 'a..b' }, /its tenant "a\.\.b" is wrong/],
    [{ clientId: 'a', tenant: 'a/b' }, /its tenant "a\/b" is wrong, it must be a tenant ID or a domain name/],
    [{ clientId: 'a', cloud: 'moon' }, /its cloud "moon" is wrong/],
    [
      { clientId: 'a', redirectUri: 'http://localhost:8400/callback' },
      /its redirectUri .* it must be http:\/\/localhost/,
    ],
    [{ clientId: 'a', redirectUri: 'http://127.0.0.1:8400' }, /redirectUri/],
    [{ clientId: 'a', redirectUri: 'http://localhost:0' }, /with a port from 1 to 65535/],
    [{ clientId: 'a', redirectUri: 'http://localhost:65536' }, /with a port from 1 to 65535/],
    [{ clientId: 'a', redirectUri: 'http://localhost:99999' }, /with a port from 1 to 65535/],
    [{ clientId: 'a', redirectUri: 'vscode://other.extension/callback' }, /redirectUri/],
    [{ clientId: 'a', redirectUri: 'https://login.contoso.com/vscode?a=b' }, /redirectUri/],
    [{ clientId: 'a', redirectUri: 7 }, /it must be text/],
    [
      { clientId: 'a', instanceDiscovery: 'off' },
      /its instanceDiscovery "off" is wrong, it must be one of true, false/,
    ],
    [{ clientId: 'a', clientCapabilities: 'CP1' }, /a list of names such as CP1/],
    [{ clientId: 'a', clientCapabilities: ['a b'] }, /a list of names/],
    [{ clientId: 'a', signInMethod: 'telepathy' }, /its signInMethod "telepathy" is wrong/],
  ]
  for (const profile of good)
    it(`is good: ${JSON.stringify(profile)}`, () => {
      assert.deepEqual(settingsOf({ profiles: { p: profile } }).problems, [])
      assert.equal(isValid({ p: profile }), true, JSON.stringify(isValid.errors))
    })
  for (const [profile, message] of bad)
    it(`is wrong: ${JSON.stringify(profile)}`, () => {
      assert.match(settingsOf({ profiles: { p: profile } }).problems[0]!.message, message)
      assert.equal(isValid({ p: profile }), false)
    })

  it('has a name without spaces', () => {
    for (const name of ['a b', '', 'x'.repeat(101)]) {
      assert.equal(settingsOf({ profiles: { [name]: { clientId: 'a' } } }).problems.length, 1, name)
      assert.equal(isValid({ [name]: { clientId: 'a' } }), false, name)
    }
  })

  it('has a description for each member, and the values that are understood', () => {
    const { properties } = schema.additionalProperties
    for (const [name, member] of Object.entries<Record<string, string>>(properties))
      assert.ok(member['description'] ?? member['markdownDescription'], name)
    assert.deepEqual(properties.cloud.enum, Object.keys(CLOUD_HOSTS))
    assert.deepEqual(properties.signInMethod.enum, [...SIGN_IN_CHOICES])
  })
})
