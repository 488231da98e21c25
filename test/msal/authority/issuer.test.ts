import assert from 'node:assert/strict'
import { parseAuthority } from '../../../src/msal/authority/authority.ts'
import { isIssuerOfAuthority, isIssuerOfToken } from '../../../src/msal/authority/issuer.ts'
import { GUEST, HOME } from '../../support/entra.ts'

describe("An issuer in an authority's metadata", () => {
  const cases: readonly [string, string, boolean][] = [
    ['https://idp.example/realm', 'https://idp.example/realm', true],
    ['https://idp.example/realm', 'https://idp.example/realm/', true],
    ['https://idp.example/realm', 'https://idp.example/other', true],
    ['https://idp.example/realm', 'https://eu.idp.example/realm', true],
    ['https://idp.example/realm', 'https://a.eu.idp.example/realm', false],
    ['https://idp.example/realm', 'https://evil.example/realm', false],
    ['https://idp.example/realm', 'https://evilidp.example/realm', false],
    ['https://idp.example/realm', 'https://idp.example.evil/realm', false],
    ['https://idp.example/realm', 'https://idp.example:8443/realm', false],
    ['https://idp.example/realm', 'http://idp.example/realm', false],
    ['https://idp.example/realm', 'https://login.microsoftonline.com@idp.example/realm', false],
    ['https://idp.example/realm', 'https://:x@idp.example/realm', false],
    ['https://idp.example/realm', 'not a URL', false],
    ['https://idp.example/realm', 'https://login.microsoftonline.com/x/v2.0', true],
    ['https://idp.example/realm', 'https://westus2.login.microsoft.com/x', true],
    ['https://idp.example/realm', 'https://a.b.login.microsoft.com/x', false],
    ['https://idp.example/realm', 'https://contoso.b2clogin.com/x', true],
    ['https://idp.example/realm', 'https://evilb2clogin.com/x', false],
    ['https://idp.example/realm', 'https://contoso.b2clogin.com.evil/x', false],
    ['https://idp.example/realm', 'https://contoso.evilciamlogin.com/x', false],
    ['http://127.0.0.1:9/realm', 'http://127.0.0.1:9/realm', true],
    ['http://127.0.0.1:9/realm', 'http://127.0.0.1:10/realm', false],
    ['http://127.0.0.1:9/realm', 'http://login.microsoftonline.com/x', false],
  ]
  for (const [oidcAuthority, issuer, expected] of cases)
    it(`${issuer} is ${expected ? 'trusted' : 'refused'} for ${oidcAuthority}`, () =>
      assert.equal(isIssuerOfAuthority(issuer, parseAuthority({ oidcAuthority })), expected))
})

describe('An issuer in an ID token', () => {
  const host = 'https://login.microsoftonline.com'
  const judge = (tenant: string, issuer: string, from: string, claims: object) =>
    isIssuerOfToken(issuer, claims as never, {
      issuer: from,
      address: parseAuthority({ authority: `${host}/${tenant}` }),
    })

  it('is the one of the metadata', () => {
    assert.ok(judge(HOME, `${host}/${HOME}/v2.0`, `${host}/${HOME}/v2.0`, {}))
    assert.ok(!judge(HOME, `${host}/${GUEST}/v2.0`, `${host}/${HOME}/v2.0`, { tid: GUEST }))
  })

  it("takes the token's own tenant in the place of {tenantid} and of a tenant that stands for many", () => {
    assert.ok(judge('common', `${host}/${HOME}/v2.0`, `${host}/{tenantid}/v2.0`, { tid: HOME }))
    assert.ok(judge('organizations', `${host}/${HOME}/v2.0`, `${host}/organizations/v2.0`, { tid: HOME }))
    assert.ok(!judge('common', `${host}/${HOME}/v2.0`, `${host}/{tenantid}/v2.0`, { tid: GUEST }))
    assert.ok(!judge('common', `https://evil.example/${HOME}/v2.0`, `${host}/{tenantid}/v2.0`, { tid: HOME }))
    assert.ok(!judge('common', `${host}/a/b/v2.0`, `${host}/{tenantid}/v2.0`, { tid: 'a/b' }))
    assert.ok(!judge('common', `${host}/${HOME}/v2.0`, `${host}/{tenantid}/v2.0`, {}))
  })
})
