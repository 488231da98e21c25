import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { CLOUD_HOSTS } from '../../src/vscode/authority-address.ts'
import { configuredAuthority, createSettingsSource } from '../../src/vscode/settings.ts'
import { SIGN_IN_CHOICES } from '../../src/vscode/sign-in-methods.ts'
import { settingsOf } from './fakes.ts'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
interface Property {
  readonly default: unknown
  readonly scope: string
  readonly enum: readonly string[]
  readonly enumDescriptions: readonly string[]
  readonly pattern: string
  readonly patternErrorMessage: string
}

const GUID = '11111111-1111-4111-8111-111111111111'
const properties: Readonly<Record<string, Property>> = manifest.contributes.configuration.properties

describe('settings', () => {
  it('have safe defaults', () => {
    const settings = settingsOf({})
    assert.equal(settings.clientId, undefined)
    assert.equal(settings.instanceDiscovery, true)
    assert.equal(settings.signInMethod, 'auto')
    assert.deepEqual(settings.clientCapabilities, ['CP1'])
    assert.equal(settings.showInAccountsMenu, true)
    assert.equal(configuredAuthority(settings).url, 'https://login.microsoftonline.com/organizations')
    assert.deepEqual(settings.problems, [])
  })

  it("treat the manifest's defaults like nothing", () => {
    const defaults = Object.entries(properties).map(([name, { default: value }]) => [name.split('.')[1], value])
    assert.deepEqual(settingsOf(Object.fromEntries(defaults)), settingsOf({}))
  })

  const authorities: [string, object, string][] = [
    ['a tenant', { tenant: 'contoso.com' }, 'https://login.microsoftonline.com/contoso.com'],
    ['a cloud', { cloud: 'usGovernment' }, 'https://login.microsoftonline.us/organizations'],
    ['both', { cloud: 'china', tenant: 'contoso.cn' }, 'https://login.partner.microsoftonline.cn/contoso.cn'],
    [
      'an authority, which wins over both',
      { authority: 'https://adfs.contoso.com/adfs/', cloud: 'china', tenant: 'contoso.cn' },
      'https://adfs.contoso.com/adfs',
    ],
    ['spaces around a pasted value', { tenant: ' contoso.com ' }, 'https://login.microsoftonline.com/contoso.com'],
  ]
  for (const [name, values, url] of authorities)
    it(`name the authority by ${name}`, () => assert.equal(configuredAuthority(settingsOf(values)).url, url))

  const wrong: [string, unknown, RegExp][] = [
    ['clientId', 17, /17 is wrong, it must be the ID of an app registration/],
    ['clientId', 'a b', /"a b" is wrong/],
    ['tenant', 'common/../evil', /"common\/..\/evil" is wrong, it must be a tenant ID or a domain name/],
    ['cloud', 'moon', /"moon" is wrong, it must be one of public, usGovernment/],
    ['authority', 'contoso.com', /it is no URL/],
    ['authority', 'http://login.example/contoso.com', /it must start with https/],
    ['authority', 'https://user@login.example/contoso.com', /no user name/],
    ['authority', 'https://login.example/contoso.com?x=1', /query/],
    ['authority', 'https://login.microsoftonline.com', /it must name a tenant/],
    ['authority', ['https://login.example/contoso.com'], /it must be text/],
    ['signInMethod', 'telepathy', /it must be one of auto, browser, broker, deviceCode, uriHandler/],
    ['clientCapabilities', 'CP1', /it must be a list of names such as CP1/],
    ['clientCapabilities', ['CP1', 'a b'], /it must be a list of names such as CP1/],
    ['brokerExcludedTenants', 'contoso.com', /it must be a list/],
    ['brokerExcludedTenants', ['a/b'], /"a\/b": it must be a tenant ID or a domain name/],
    ['brokerExcludedTenants', [7], /7: it must be a tenant ID or a domain name/],
    ['instanceDiscovery', 'off', /"off" is wrong, it must be one of true, false/],
    ['showInAccountsMenu', 'yes', /it must be one of true, false/],
  ]
  for (const [setting, value, message] of wrong)
    it(`name ${setting} where it is ${JSON.stringify(value)}`, () => {
      const { problems } = settingsOf({ [setting]: value })
      assert.deepEqual(
        problems.map((problem) => problem.setting),
        [setting],
      )
      assert.match(problems[0]!.message, message)
      assert.ok(problems[0]!.message.includes(`entraAuth.${setting}`))
    })

  it('keep all others usable beside a wrong one', () => {
    const settings = settingsOf({ clientId: 'app', tenant: 'a/b', signInMethod: 'browser' })
    assert.equal(settings.clientId, 'app')
    assert.equal(settings.signInMethod, 'browser')
  })

  it('shorten a long wrong value', () => {
    assert.ok(settingsOf({ tenant: '/'.repeat(5000) }).problems[0]!.message.length < 250)
  })

  const loopback = ['http://localhost:8080/t', 'http://127.0.0.2/t', 'http://[::1]:1/t', 'https://localhost/t']
  for (const authority of loopback)
    it(`know that ${authority} is on this machine`, () =>
      assert.equal(configuredAuthority(settingsOf({ authority })).isLoopback, true))
  for (const host of ['localhost.evil.example', '127.0.0.1.evil.example', '128.0.0.1'])
    it(`take ${host} for another machine`, () => {
      assert.equal(configuredAuthority(settingsOf({ authority: `https://${host}/t` })).isLoopback, false)
      assert.equal(settingsOf({ authority: `http://${host}/t` }).problems.length, 1)
    })

  it('ignore what a workspace says until it is trusted', () => {
    const configuration = {
      get: () => 'evil.example',
      inspect: () => ({ globalValue: 'mine.example', defaultValue: '' }),
    }
    const read = (isTrusted: boolean) =>
      createSettingsSource(
        () => configuration,
        () => isTrusted,
      ).get('tenant')
    assert.equal(read(false), 'mine.example')
    assert.equal(read(true), 'evil.example')
  })
})

describe("the manifest's settings", () => {
  it('have application scope, except the tenant, which a trusted workspace may set', () => {
    for (const [name, { scope }] of Object.entries(properties))
      assert.equal(scope, name === 'entraAuth.tenant' ? 'window' : 'application', name)
    assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, ['entraAuth.tenant'])
  })

  it('offer the clouds and methods that are understood', () => {
    assert.deepEqual(properties['entraAuth.cloud']!.enum, Object.keys(CLOUD_HOSTS))
    assert.deepEqual(properties['entraAuth.cloud']!.enumDescriptions, Object.values(CLOUD_HOSTS))
    const { signInMethod } = manifest.contributes.configuration.properties['entraAuth.profiles'].additionalProperties
      .properties as Readonly<Record<string, Property>>
    for (const { enum: methods, enumDescriptions } of [properties['entraAuth.signInMethod']!, signInMethod!]) {
      assert.deepEqual(methods, SIGN_IN_CHOICES)
      assert.deepEqual(
        enumDescriptions,
        methods.map((method) => `%setting.signInMethod.enum.${method}%`),
      )
    }
  })

  const judged = {
    clientId: ['', 'a', 'a b', 'a.b~c_d-e', '-a', 'ä', '0'.repeat(256)],
    tenant: [
      ...['', 'contoso.com', 'common', GUID, 'a', 'xn--a.test', 'not a tenant', 'a/b', '-a', 'a-', '.a', 'a.', 'a..b'],
      ...['a_b', 'a'.repeat(63), 'a'.repeat(64), `${'a.'.repeat(126)}a`, `${'a.'.repeat(127)}a`],
    ],
    authority: [
      ...['', 'https://login.example/t', `https://login.microsoftonline.com/${GUID}`, 'https://login.example:8443/@t'],
      ...['https://adfs.contoso.com/adfs/', 'http://localhost:8080/t', 'http://127.0.0.2/t', 'http://[::1]:1'],
      ...['contoso.com', 'not an authority', 'http://login.example/t', 'ftp://login.example/t', 'https://'],
      ...['https://ada@login.example/t', 'https://login.example/t?x=1', 'https://login.example/t#x'],
      ...['http://localhost.evil.example/t', 'http://128.0.0.1/t'],
    ],
  }
  for (const [name, values] of Object.entries(judged))
    it(`judge ${name} as the code does`, () => {
      const { pattern, patternErrorMessage } = properties[`entraAuth.${name}`]!
      assert.match(patternErrorMessage, /^%setting\.[\w.]+\.wrong%$/)
      for (const value of values)
        assert.equal(new RegExp(pattern, 'u').test(value), settingsOf({ [name]: value }).problems.length === 0, value)
    })

  it('judge a tenant and an authority as those of profiles, but may be empty', () => {
    const { properties: members } =
      manifest.contributes.configuration.properties['entraAuth.profiles'].additionalProperties
    for (const name of ['clientId', 'tenant', 'authority'])
      assert.equal(properties[`entraAuth.${name}`]!.pattern, `^$|${members[name].pattern}`)
  })
})
