import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { changesOf, changesOfRefresh } from '../../../src/msal/cache/cache-changes.ts'
import type { CacheEvent } from '../../../src/msal/cache/cache-schema.ts'
import { CacheSerialization } from '../../../src/msal/cache/serializable-token-cache.ts'
import { TokenCache } from '../../../src/msal/index.ts'
import { ConfigurationError } from '../../../src/msal/core/errors.ts'
import { createClock, HOST, NOW, ownerOfPerson, signIn } from './fakes.ts'

interface Recorded {
  readonly now: number
  readonly cases: readonly { readonly name: string; readonly event: CacheEvent; readonly cache: object }[]
}

const recorded = JSON.parse(readFileSync(new URL('fixtures/python-events.json', import.meta.url), 'utf8')) as Recorded

describe('changesOf makes what MSAL Python makes of', () => {
  for (const { name, event, cache } of recorded.cases) {
    it(name, () => {
      const ours = new TokenCache(createClock())
      ours.add(event, { now: recorded.now })
      const sections = JSON.parse(new CacheSerialization(ours).serialize()) as Record<string, object>
      const filled = Object.entries(sections).filter(([, section]) => Object.keys(section).length > 0)
      assert.deepEqual(Object.fromEntries(filled), cache)
    })
  }
})

const entriesOf = (event: CacheEvent) =>
  Object.fromEntries(
    changesOf(event, NOW).map((change) => [change.type, change.op === 'put' ? change.entry : undefined]),
  )

describe('changesOf', () => {
  it('keeps a port that is not the default in the environment', () => {
    const { Account: account } = entriesOf(signIn(1, { token_endpoint: 'https://LOCALHOST:8443/contoso/token' }))
    assert.equal(account?.environment, 'localhost:8443')
    const { Account: other } = entriesOf(signIn(1, { token_endpoint: 'https://idp.example:443/contoso/token' }))
    assert.equal(other?.environment, 'idp.example')
  })

  it("takes External ID's tenant from the host where the path has none", () => {
    const { Account: account } = entriesOf(signIn(1, { token_endpoint: 'https://contoso.ciamlogin.com' }))
    assert.equal(account?.realm, 'contoso.onmicrosoft.com')
  })

  it('prefers the realm and environment of the event', () => {
    const { IdToken: token } = entriesOf(signIn(1, { environment: 'Login.Windows.net', realm: 'guest' }))
    assert.deepEqual([token?.environment, token?.realm], ['login.windows.net', 'guest'])
  })

  it('takes tokens without a readable identity for the application itself', () => {
    for (const response of [
      { access_token: 'at' },
      { access_token: 'at', client_info: '%%%' },
      { access_token: 'at', client_info: 'bm8ganNvbg', id_token: 'no.token.here' },
      { access_token: 'at', id_token_claims: 'text' },
    ]) {
      const changes = changesOf({ client_id: 'c', environment: HOST, response }, NOW)
      const [first] = changes
      assert.equal(first?.op === 'put' && first.type === 'AccessToken' && first.entry.home_account_id, null)
      assert.ok(!changes.some(({ type }) => type === 'Account'))
    }
  })

  it('counts whole seconds', () => {
    const { AccessToken: token } = Object.fromEntries(
      changesOf(signIn(1), NOW + 0.9).map((change) => [change.type, change.op === 'put' ? change.entry : undefined]),
    )
    assert.equal(token?.expires_on, String(NOW + 3600))
  })

  it('refuses an event from nowhere', () => {
    assert.throws(() => changesOf({ client_id: 'c', response: {} }, NOW), ConfigurationError)
    assert.throws(() => changesOf({ client_id: 'c', token_endpoint: 'no URL', response: {} }, NOW), ConfigurationError)
  })

  it('takes a local account id that a broker told over that of the ID token', () => {
    assert.equal(entriesOf(signIn(1, { local_account_id: 'broker-id' }))['Account']?.local_account_id, 'broker-id')
  })

  it('takes an extended key that was computed before', () => {
    assert.equal(entriesOf(signIn(1, { ext_cache_key: 'hash' }))['AccessToken']?.ext_cache_key, 'hash')
  })
})

describe('changesOfRefresh', () => {
  const refresh = (response: object): CacheEvent =>
    signIn(1, { scope: ['Mail.Read'], response: { access_token: 'at-new', refresh_token: undefined, ...response } })

  function createSignedIn() {
    const cache = new TokenCache(createClock())
    cache.add(signIn(1))
    const [used] = cache.refreshTokensOf(ownerOfPerson(1))
    assert.ok(used)
    return { cache, used }
  }

  it('puts a rotated token in the place of the used one, with its key and target', () => {
    const { cache, used } = createSignedIn()
    cache.apply(changesOfRefresh(refresh({ refresh_token: 'rt-new' }), used, NOW + 60))
    const after = cache.refreshTokensOf(ownerOfPerson(1))
    assert.deepEqual(after, [
      { ...used, entry: { ...used.entry, secret: 'rt-new', last_modification_time: String(NOW + 60) } },
    ])
  })

  it('keeps the used token where no new one came', () => {
    const { cache, used } = createSignedIn()
    cache.apply(changesOfRefresh(refresh({}), used, NOW + 60))
    assert.deepEqual(cache.refreshTokensOf(ownerOfPerson(1)), [used])
    assert.equal(cache.entriesOf(ownerOfPerson(1)).filter(({ type }) => type === 'AccessToken').length, 2)
  })

  it('brings nothing back after a sign-out', () => {
    const { cache, used } = createSignedIn()
    cache.apply(cache.entriesOf(ownerOfPerson(1)).map(({ type, key }) => ({ op: 'remove', type, key })))
    cache.apply(changesOfRefresh(refresh({ refresh_token: 'rt-new' }), used, NOW + 60))
    assert.deepEqual(cache.entriesOf(ownerOfPerson(1)), [])
  })
})
