import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  extendedKeyOf,
  hashExtendedKey,
  makeAccessTokenKey,
  makeAccountKey,
  makeAppMetadataKey,
  makeIdTokenKey,
  makeRefreshTokenKey,
} from '../../../src/msal/cache/cache-key.ts'

const FIELDS = {
  home_account_id: 'UID.Utid',
  environment: 'login.example.com',
  client_id: 'Client',
  realm: 'Contoso',
  target: 'S1 s2',
}

describe('cache keys', () => {
  it("are MSAL's", () => {
    const table = [
      [makeAccessTokenKey(FIELDS), 'uid.utid-login.example.com-accesstoken-client-contoso-s1 s2'],
      [
        makeAccessTokenKey({ ...FIELDS, ext_cache_key: 'Hash' }),
        'uid.utid-login.example.com-atext-client-contoso-s1 s2-hash',
      ],
      [makeAccessTokenKey({ ...FIELDS, home_account_id: null }), '-login.example.com-accesstoken-client-contoso-s1 s2'],
      [makeRefreshTokenKey(FIELDS), 'uid.utid-login.example.com-refreshtoken-client--s1 s2'],
      [makeIdTokenKey(FIELDS), 'uid.utid-login.example.com-idtoken-client-contoso-'],
      [makeAccountKey(FIELDS), 'uid.utid-login.example.com-contoso'],
      [makeAppMetadataKey(FIELDS), 'appmetadata-login.example.com-Client'],
    ] as const
    for (const [key, expected] of table) assert.equal(key, expected)
  })

  it('of different tokens are different', () => {
    const guid = fc.uuid()
    const fields = fc.record({
      home_account_id: fc.option(fc.tuple(guid, guid).map((ids) => ids.join('.'))),
      environment: fc.constantFrom('login.microsoftonline.com', 'login.windows.net', 'localhost:8080'),
      client_id: guid,
      realm: fc.oneof(guid, fc.constant('organizations')),
      target: fc
        .uniqueArray(fc.constantFrom('user.read', 'mail.read', 'api://x/.default'))
        .map((s) => s.sort().join(' ')),
      ext_cache_key: fc.option(fc.constantFrom('hash1', 'hash2')),
    })
    fc.assert(
      fc.property(fields, fields, (a, b) => {
        assert.equal(makeAccessTokenKey(a) === makeAccessTokenKey(b), JSON.stringify(a) === JSON.stringify(b))
      }),
    )
  })
})

describe('extended keys', () => {
  it('hash the parameters by name, with lengths in bytes', () => {
    // Recorded from MSAL Python 1.39.
    assert.equal(
      extendedKeyOf({ fmi_path: 'ümlaut/€', client_claims: '{"a":1}', key_id: 'k' }),
      'f-noslipotzubgcgrecir_t3_5jvf1mbmaplars6anw',
    )
  })

  it('take no notice of what every request has', () => {
    const form = { client_id: 'c', grant_type: 'client_credentials', scope: 's', claims: '{}', client_secret: 's' }
    assert.equal(extendedKeyOf(form), undefined)
    assert.equal(extendedKeyOf({ ...form, fmi_path: 'a/b' }), extendedKeyOf({ fmi_path: 'a/b' }))
  })

  it('take no notice of parameters that are empty or no text', () => {
    assert.equal(extendedKeyOf({ fmi_path: '', other: null, third: undefined }), undefined)
  })

  it('tell apart what would be the same text without lengths', () => {
    assert.notEqual(hashExtendedKey({ fmi_path: 'value' }), hashExtendedKey({ fmi_pat: 'hvalue' }))
  })

  it('do not depend on the order of the parameters', () => {
    const parameters = fc.dictionary(fc.string(), fc.string(), { maxKeys: 5 })
    fc.assert(
      fc.property(parameters, (given) => {
        assert.equal(hashExtendedKey(Object.fromEntries(Object.entries(given).reverse())), hashExtendedKey(given))
      }),
    )
  })
})
