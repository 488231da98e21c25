import assert from 'node:assert/strict'
import {
  describeAuthority,
  isOpenTenant,
  parseAuthority,
  printAuthority,
  replaceTenant,
  type AuthorityKind,
} from '../../src/vscode/authority-address.ts'

const GUID = '11111111-1111-4111-8111-111111111111'

describe('the address of an authority', () => {
  const kinds: readonly [string, AuthorityKind, string?][] = [
    ['https://login.microsoftonline.com/contoso.com', 'entra'],
    ['https://login.microsoftonline.com/common/', 'entra', 'https://login.microsoftonline.com/common'],
    [`https://login.microsoftonline.us/${GUID}/v2.0`, 'entra', `https://login.microsoftonline.us/${GUID}`],
    [
      `https://login.microsoftonline.com/${GUID}/v2.0/.well-known/openid-configuration`,
      'entra',
      `https://login.microsoftonline.com/${GUID}`,
    ],
    [`https://login.private.example/${GUID}`, 'entra'],
    ['https://login.private.example/contoso.com', 'entra'],
    ['http://127.0.0.2:8080/organizations', 'entra'],
    ['https://contoso.ciamlogin.com', 'entra'],
    ['https://contoso.ciamlogin.com/contoso.onmicrosoft.com', 'entra'],
    ['https://adfs.contoso.com/adfs', 'adfs'],
    ['https://adfs.contoso.com/adfs/.well-known/openid-configuration', 'adfs', 'https://adfs.contoso.com/adfs'],
    ['https://host.example/dstsv2/common', 'dsts'],
    ['https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_signin', 'b2c'],
    ['https://login.contoso.com/contoso.onmicrosoft.com/B2C_1_signin', 'b2c'],
    ['https://accounts.example.com', 'openid'],
    ['https://accounts.example.com/', 'openid', 'https://accounts.example.com'],
    ['https://id.example.com/realms/dev', 'openid'],
    ['https://id.example.com/oidc', 'openid'],
    ['http://localhost:3000', 'openid'],
    ['https://id.example.com/.well-known/openid-configuration', 'openid', 'https://id.example.com'],
    [
      `https://login.contoso.com/${GUID}/.well-known/openid-configuration`,
      'openid',
      `https://login.contoso.com/${GUID}`,
    ],
  ]
  for (const [text, kind, url = text] of kinds)
    it(`${text} is ${kind}`, () => {
      const authority = parseAuthority(text)
      assert.deepEqual([authority.kind, authority.url], [kind, url])
      assert.deepEqual(parseAuthority(printAuthority(authority)), authority, 'a record is read as it was written')
    })

  for (const text of ['https://accounts.example.com', 'https://adfs.contoso.com/adfs', 'https://id.example/realms/a'])
    it(`${text} has no tenants to choose among`, () =>
      assert.equal(replaceTenant(parseAuthority(text), 'contoso.com'), undefined))

  it('leaves the tenant open only where Entra stands for several', () => {
    const isOpen = (text: string) => isOpenTenant(parseAuthority(text))
    assert.equal(isOpen('https://login.microsoftonline.com/Organizations'), true)
    assert.equal(isOpen('https://login.microsoftonline.com/contoso.com'), false)
    assert.equal(isOpen('https://contoso.ciamlogin.com'), false)
    assert.equal(isOpen('https://id.example.com/common/realm'), false)
  })

  it('is told to people by its tenant, or else its server', () => {
    const described = [
      'https://login.microsoftonline.com/contoso.com',
      'https://login.microsoftonline.com/common',
      'https://contoso.ciamlogin.com',
      'https://id.example.com:8443/realms/dev',
    ].map((text) => describeAuthority(parseAuthority(text)))
    assert.deepEqual(described, ['contoso.com', 'Microsoft Entra', 'contoso.ciamlogin.com', 'id.example.com:8443'])
  })
})
