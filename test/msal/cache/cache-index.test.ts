import assert from 'node:assert/strict'
import fc from 'fast-check'
import { clientPlace, holderPlace, hostPlace, ownerPlace } from '../../../src/msal/cache/cache-index.ts'

/** Text that could be taken for the end of a part and the length of the next. */
const part = fc.oneof(fc.constantFrom('', '1', ':', '1:', '0:', '1:a', '2:1:', 'a'), fc.string({ maxLength: 4 }))
const places = fc.record({ environment: part, home: part, client: part, realm: part })

describe('The places of a cache', () => {
  it('are different for different owners, holders, hosts and clients', () => {
    fc.assert(
      fc.property(places, places, (a, b) => {
        const fold = ({ environment, ...rest }: typeof a) => ({ environment: environment.toLowerCase(), ...rest })
        const same = (...names: readonly (keyof typeof a)[]) => names.every((name) => fold(a)[name] === fold(b)[name])
        const owned = ({ environment, home, client, realm }: typeof a) => ({
          environment,
          home_account_id: home,
          client_id: client,
          realm,
        })
        assert.equal(ownerPlace(owned(a)) === ownerPlace(owned(b)), same('environment', 'home'))
        assert.equal(holderPlace(owned(a)) === holderPlace(owned(b)), same('environment', 'home', 'client', 'realm'))
        assert.equal(hostPlace(a.environment) === hostPlace(b.environment), same('environment'))
        assert.equal(
          clientPlace(a.environment, a.client) === clientPlace(b.environment, b.client),
          same('environment', 'client'),
        )
      }),
      { numRuns: 2000 },
    )
  })

  it('are the same for null, empty and absent owners, whatever the capitals of the host', () => {
    const environment = 'Login.Example'
    assert.equal(ownerPlace({ environment }), ownerPlace({ environment: 'login.example', home_account_id: null }))
    assert.equal(ownerPlace({ environment }), ownerPlace({ environment, home_account_id: '' }))
  })
})
