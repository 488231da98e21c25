import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createBrokerRequest, encodeWindowHandle } from '../../../src/msal/broker/broker-request.ts'
import { PopAuthScheme } from '../../../src/msal/index.ts'
import { CLIENT_ID } from '../../support/entra.ts'

const FACTS = {
  platform: 'linux',
  clientId: CLIENT_ID,
  authority: 'https://login.microsoftonline.com/common',
  scopes: ['User.Read'],
  correlationId: 'c',
} as const
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string }

describe('A request for a broker', () => {
  it('says who asks, with the version of the package', () =>
    assert.deepEqual(createBrokerRequest(FACTS).additional, {
      msal_client_sku: 'EntraAuth',
      msal_client_ver: manifest.version,
    }))

  it('carries further parameters, but none that is absent', () => {
    const { additional } = createBrokerRequest({ ...FACTS, additional: { max_age: '0', validateAuthority: undefined } })
    assert.equal(additional['max_age'], '0')
    assert.ok(!('validateAuthority' in additional))
  })

  it('carries nothing that is not of the request', () => {
    const facts = { ...FACTS, account: { username: 'ada' }, password: 'p4ssw0rd' }
    assert.doesNotMatch(JSON.stringify(createBrokerRequest(facts)), /ada|p4ssw0rd|linux/)
  })

  for (const [platform, redirectUri] of [
    ['windows', 'https://login.microsoftonline.com/common/oauth2/nativeclient'],
    ['wsl', 'https://login.microsoftonline.com/common/oauth2/nativeclient'],
    ['linux', 'https://login.microsoftonline.com/common/oauth2/nativeclient'],
    ['mac', 'msauth.com.msauth.unsignedapp://auth'],
  ] as const)
    it(`names the redirect URI of ${platform}, or the one that the machine's application has`, () => {
      assert.equal(createBrokerRequest({ ...FACTS, platform }).redirectUri, redirectUri)
      const own = 'msauth.com.contoso.app://auth'
      assert.equal(createBrokerRequest({ ...FACTS, platform, redirectUri: own }).redirectUri, own)
    })

  it('names what a token is to be bound to, the port included', () => {
    const authScheme = new PopAuthScheme({ httpMethod: 'POST', url: 'https://api.example:8443/a/b?c=d', nonce: 'n' })
    const pop = { method: 'POST', host: 'api.example:8443', path: '/a/b', nonce: 'n' }
    assert.deepEqual(createBrokerRequest({ ...FACTS, authScheme }).pop, pop)
    assert.equal(createBrokerRequest(FACTS).pop, undefined)
  })

  for (const [handle, hex] of [
    [0x1234, '3412000000000000'],
    [0n, '0000000000000000'],
    [2n ** 64n - 1n, 'ffffffffffffffff'],
    [Uint8Array.of(1, 2, 3, 4), '01020304'],
  ] as const)
    it(`takes a window's handle as its bytes: ${String(handle)}`, () =>
      assert.equal(Buffer.from(encodeWindowHandle(handle)).toString('hex'), hex))

  for (const handle of [undefined, null, -1, 1.5, NaN, 2n ** 64n, -1n, '0x12', [], new Uint8Array(9)])
    it(`takes no other handle: ${String(handle)}`, () =>
      assert.throws(() => encodeWindowHandle(handle), { name: 'ConfigurationError', argument: 'parentWindowHandle' }))
})
