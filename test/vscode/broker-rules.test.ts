import assert from 'node:assert/strict'
import { RedirectUriError } from '../../src/msal/index.ts'
import { findBroker, mayUseBroker, withBroker } from '../../src/vscode/broker-rules.ts'
import { createBrokerMemory } from '../../src/vscode/broker-memory.ts'
import { resolveClient } from '../../src/vscode/client-registry.ts'
import { combinePolicy } from '../../src/vscode/policy.ts'
import { parseScopeRequest } from '../../src/vscode/scope-request.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createMemory, settingsOf, settle } from './fakes.ts'

/** A client and the rules, as settings make them; `scopes` are those of the request. */
function configure(values: object, { isAtHand = true, file = {}, scopes = [] as string[] } = {}) {
  const settings = settingsOf({ clientId: 'app', ...values })
  const isLimited = Object.keys(file).length > 0
  const policy = combinePolicy(
    isLimited ? { kind: 'text', path: '/p', text: JSON.stringify(file) } : { kind: 'absent' },
    settings,
  )
  return { client: resolveClient(parseScopeRequest(scopes), settings), rules: { policy, settings, isAtHand } }
}

describe('the broker of the operating system', () => {
  const table: readonly [string, boolean, object, Parameters<typeof configure>[1]?][] = [
    ['serves Entra', true, {}],
    ['serves a tenant of Entra', true, { tenant: 'contoso.com' }],
    ['serves another cloud of Entra', true, { cloud: 'usGovernment' }],
    ['is asked silently, too, where the settings sign in another way', true, { signInMethod: 'browser' }],
    ['serves no External ID', false, { authority: 'https://contoso.ciamlogin.com' }],
    ['serves no AD FS', false, { authority: 'https://adfs.contoso.com/adfs' }],
    ['serves no B2C', false, { authority: 'https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_signin' }],
    ['serves no other OpenID provider', false, { authority: 'https://accounts.example.com' }],
    ['serves no simulator on this machine', false, { authority: 'http://127.0.0.1:8080/organizations' }],
    ['is not used where nobody but the authority may be asked', false, { instanceDiscovery: false }],
    ["is nobody's at a remote machine or in a web page", false, {}, { isAtHand: false }],
    ['is used under a policy that names it', true, {}, { file: { allowedMethods: ['broker', 'browser'] } }],
    ['is not used under a policy that does not', false, {}, { file: { allowedMethods: ['browser'] } }],
    ['is not used where a setting that narrows the policy does not name it', false, { allowedMethods: ['deviceCode'] }],
    [
      '#12 is not asked about a guest of a tenant that is excluded',
      false,
      { tenant: 'Contoso.com', brokerExcludedTenants: ['contoso.COM'] },
    ],
    ['#12 is asked about all other tenants', true, { tenant: 'fabrikam.com', brokerExcludedTenants: ['contoso.com'] }],
    [
      '#12 is not asked where the request names the excluded tenant',
      false,
      { brokerExcludedTenants: ['contoso.com'] },
      { scopes: ['VSCODE_TENANT:contoso.com'] },
    ],
    ['is not asked at all where the excluded tenants are no list', false, { brokerExcludedTenants: 'contoso.com' }],
  ]
  for (const [what, expected, values, more] of table)
    it(what, () => {
      const { client, rules } = configure(values, more)
      assert.equal(mayUseBroker(client, rules), expected)
      assert.equal(withBroker(client, rules).usesBroker, expected || undefined)
      const without = { ...rules, isAtHand: false }
      assert.equal(withBroker({ ...client, usesBroker: true }, without).usesBroker, undefined)
    })

  it('#12 is not asked about the account of an excluded tenant, where the tenant is left open', () => {
    const isExcluded = (values: object, username?: string) => {
      const { client, rules } = configure({ brokerExcludedTenants: ['contoso.com'], ...values })
      return !mayUseBroker(client, rules, username)
    }
    assert.equal(isExcluded({}, 'ada@Contoso.com'), true)
    assert.equal(isExcluded({}, 'ada@fabrikam.com'), false)
    assert.equal(isExcluded({}), false)
    assert.equal(isExcluded({ tenant: 'fabrikam.com' }, 'ada@contoso.com'), false, 'a guest, at another tenant')
  })

  describe('where it is looked for', () => {
    const clock = createFakeClock()
    const find = (hasBroker: () => Promise<boolean>, memory = createMemory()) =>
      findBroker('app', { hasBroker, clock, memory })

    it('is ready, or there is none', async () => {
      assert.equal(await find(async () => true), 'ready')
      assert.equal(await find(async () => false), 'none')
      assert.equal(await find(() => Promise.reject(new Error('no bus'))), 'none')
    })

    it('is avoided where it failed before', async () => {
      const memory = createMemory()
      memory.avoid('app')
      assert.equal(await find(async () => true, memory), 'avoided')
    })

    it('is not waited for longer than 3 seconds', async () => {
      const found = find(() => new Promise(() => undefined))
      let state: string | undefined
      void found.then((value) => (state = value))
      await clock.advance(2_999)
      await settle()
      assert.equal(state, undefined)
      await clock.advance(1)
      assert.equal(await found, 'none')
    })
  })
})

describe('what a machine remembers of its broker', () => {
  it('outlives the window, and is forgotten once the broker worked', () => {
    const { avoid, kept } = createMemory()
    avoid('app', new Error('it failed'))
    avoid('other', new Error('it failed'))
    assert.deepEqual(kept(), ['*'])
    let later: unknown = kept()
    const memory = createBrokerMemory({ get: () => later, set: (value) => (later = value) })
    assert.equal(memory.isAvoided('app'), true)
    memory.restore('app')
    assert.deepEqual([memory.isAvoided('app'), later], [false, []])
  })

  it('is about one client where only its registration is to blame', () => {
    const memory = createMemory()
    memory.avoid('app', new RedirectUriError(['a']))
    assert.deepEqual([memory.isAvoided('app'), memory.isAvoided('other')], [true, false])
  })

  for (const strange of [undefined, null, 'app', [7], {}])
    it(`is nothing where VS Code kept ${JSON.stringify(strange)}`, () => {
      const written: unknown[] = []
      const memory = createBrokerMemory({ get: () => strange, set: (value) => written.push(value) })
      assert.equal(memory.isAvoided('app'), false)
      memory.restore('app')
      assert.deepEqual(written, [])
    })
})
