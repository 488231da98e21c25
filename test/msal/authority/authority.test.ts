import assert from 'node:assert/strict'
import {
  AuthorityBuilder,
  knownRealm,
  parseAuthority,
  type AuthorityOptions,
} from '../../../src/msal/authority/authority.ts'
import { isCustomerHost } from '../../../src/msal/authority/authority-hosts.ts'
import { isLoopbackHost } from '../../../src/msal/core/network-host.ts'

describe('An authority', () => {
  const read: readonly [AuthorityOptions, Partial<ReturnType<typeof parseAuthority>>][] = [
    [{}, { kind: 'entra', host: 'login.microsoftonline.com', tenant: 'common', needsInstanceDiscovery: false }],
    [
      { authority: 'https://LOGIN.microsoftonline.us/Contoso.com/' },
      { host: 'login.microsoftonline.us', url: 'https://login.microsoftonline.us/Contoso.com', tenant: 'Contoso.com' },
    ],
    [
      { authority: new AuthorityBuilder('login.chinacloudapi.cn/', '/x/') },
      { tenant: 'x', needsInstanceDiscovery: false },
    ],
    [{ authority: 'https://login.example.cloud/common' }, { kind: 'entra', needsInstanceDiscovery: true }],
    [{ authority: 'https://login.example.cloud/common', validateAuthority: false }, { needsInstanceDiscovery: false }],
    [{ authority: 'https://login.example.cloud/common', instanceDiscovery: false }, { needsInstanceDiscovery: false }],
    [
      { authority: 'https://fs.contoso.com/ADFS' },
      { kind: 'adfs', configurationUrl: 'https://fs.contoso.com/ADFS/.well-known/openid-configuration' },
    ],
    [
      { authority: 'https://contoso.b2clogin.com/contoso.onmicrosoft.com/policy' },
      {
        kind: 'b2c',
        configurationUrl:
          'https://contoso.b2clogin.com/contoso.onmicrosoft.com/policy/v2.0/.well-known/openid-configuration',
      },
    ],
    [{ authority: 'https://login.contoso.com/contoso.onmicrosoft.com/B2C_1_in' }, { kind: 'b2c' }],
    [
      { authority: 'https://contoso.ciamlogin.com/' },
      {
        kind: 'external-id',
        tenant: 'contoso.onmicrosoft.com',
        configurationUrl: 'https://contoso.ciamlogin.com/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration',
      },
    ],
    [
      { authority: 'https://dsts.core.windows.net/dstsv2/common' },
      {
        kind: 'openid',
        configurationUrl: 'https://dsts.core.windows.net/dstsv2/common/.well-known/openid-configuration',
      },
    ],
    [
      { oidcAuthority: 'https://idp.example/realm/' },
      { kind: 'openid', configurationUrl: 'https://idp.example/realm/.well-known/openid-configuration', aliases: [] },
    ],
    [
      { authority: 'http://127.0.0.1:8080/x', instanceDiscovery: false },
      { host: '127.0.0.1:8080', isLoopback: true, aliases: [] },
    ],
    [{ oidcAuthority: 'http://[::1]:8080' }, { host: '[::1]:8080', isLoopback: true }],
    [{ authority: 'https://login.microsoftonline.com:8443/x' }, { host: 'login.microsoftonline.com:8443' }],
  ]
  for (const [options, expected] of read)
    it(`${String(options.authority ?? options.oidcAuthority ?? 'left out')} is read as ${expected.kind ?? 'such'}`, () => {
      const seen = parseAuthority(options)
      for (const [name, value] of Object.entries(expected)) assert.deepEqual(Reflect.get(seen, name), value, name)
    })

  const refused: readonly [string, AuthorityOptions][] = [
    ['plain http', { authority: 'http://login.microsoftonline.com/common' }],
    ['plain http on this machine with instance discovery', { authority: 'http://127.0.0.1/x' }],
    [
      'plain http on a host that only looks like this machine',
      { authority: 'http://127.0.0.1.evil/x', instanceDiscovery: false },
    ],
    ['no tenant', { authority: 'https://login.microsoftonline.com' }],
    ['no URL', { authority: 'common' }],
    ['a number', { authority: 7 as never }],
    ['a user name and a password', { authority: 'https://a:b@login.microsoftonline.com/common' }],
    ['a fragment', { authority: 'https://login.microsoftonline.com/common#x' }],
    ['another scheme', { authority: 'ftp://login.microsoftonline.com/common' }],
  ]
  for (const [what, options] of refused)
    it(`with ${what} is refused by name`, () =>
      assert.throws(() => parseAuthority(options), { name: 'ConfigurationError', argument: 'authority' }))

  it('is given in one way only', () =>
    assert.throws(
      () => parseAuthority({ authority: 'https://login.microsoftonline.com/x', oidcAuthority: 'https://idp.example' }),
      { argument: 'oidcAuthority' },
    ))

  it('tells its realm without asking for a GUID and for tenants that stand for many', () => {
    const realm = (authority: string) => knownRealm(parseAuthority({ authority }))
    assert.equal(realm('https://login.microsoftonline.com/ORGANIZATIONS'), 'organizations')
    assert.equal(
      realm('https://login.microsoftonline.com/11111111-1111-1111-1111-11111111111A'),
      '11111111-1111-1111-1111-11111111111a',
    )
    assert.equal(realm('https://login.microsoftonline.com/contoso.com'), undefined)
    assert.equal(realm('https://fs.contoso.com/adfs'), undefined)
  })
})

describe('A host', () => {
  it('belongs to a customer only as a true subdomain', () => {
    for (const host of ['contoso.b2clogin.com', 'a.ciamlogin.com']) assert.ok(isCustomerHost(host))
    for (const host of ['evilb2clogin.com', 'b2clogin.com', 'x.b2clogin.com.evil', 'ciamlogin.com.evil'])
      assert.ok(!isCustomerHost(host), host)
  })

  it('is this machine only by its own names', () => {
    for (const host of ['localhost', '127.0.0.1', '127.8.9.1', '[::1]']) assert.ok(isLoopbackHost(host))
    for (const host of ['localhost.evil', '127.0.0.1.evil', '128.0.0.1', '[::2]', '0.0.0.0'])
      assert.ok(!isLoopbackHost(host), host)
  })
})
