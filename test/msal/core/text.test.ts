import assert from 'node:assert/strict'
import { parseAuthority } from '../../../src/msal/authority/authority.ts'
import { isIssuerOfAuthority, isIssuerOfToken } from '../../../src/msal/authority/issuer.ts'
import { trimEnd } from '../../../src/msal/core/text.ts'
import { ManagedIdentityError } from '../../../src/msal/index.ts'
import { parseClientInfo } from '../../../src/msal/oauth/routing-hint.ts'

describe('Text without its end', () => {
  for (const [text, characters, expected] of [
    ['https://a/b//', '/', 'https://a/b'],
    ['//', '/', ''],
    ['', '/', ''],
    ['a/b', '/', 'a/b'],
    ['no. \n.', '. \n', 'no'],
  ] as const)
    it(`${JSON.stringify(text)} without ${JSON.stringify(characters)} is ${JSON.stringify(expected)}`, () =>
      assert.equal(trimEnd(text, characters), expected))
})

describe('A megabyte that a server has filled', () => {
  const filled = (character: string) => `${character.repeat(1024 * 1024)}x`
  const address = parseAuthority({ oidcAuthority: 'https://idp.example/realm' })

  for (const [what, run] of [
    ['slashes, in an issuer', () => isIssuerOfAuthority(filled('/'), address)],
    [
      'slashes, in the issuer of an ID token',
      () => isIssuerOfToken(filled('/'), { tid: 'a' }, { issuer: address.url, address }),
    ],
    ['padding, in client_info', () => parseClientInfo(filled('='))],
    [
      'full stops, in an error',
      () => new ManagedIdentityError({ error: 'e', errorDescription: filled('. '), advice: 'Try again later' }),
    ],
  ] as const)
    it(`with ${what}, is judged in less than a second`, () => {
      const start = performance.now()
      run()
      assert.ok(performance.now() - start < 1000)
    })
})
