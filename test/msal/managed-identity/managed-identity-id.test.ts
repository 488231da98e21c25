import assert from 'node:assert/strict'
import {
  ConfigurationError,
  SystemAssignedManagedIdentity,
  UserAssignedManagedIdentity,
  type ManagedIdentityClientOptions,
} from '../../../src/msal/index.ts'
import { createIdentityClient } from './fakes.ts'

describe('A managed identity', () => {
  it('is plain data to JSON', () => {
    const identities = [
      new SystemAssignedManagedIdentity(),
      new UserAssignedManagedIdentity({ clientId: 'c' }),
      new UserAssignedManagedIdentity({ resourceId: '/r' }),
      new UserAssignedManagedIdentity({ objectId: 'o' }),
    ]
    assert.deepEqual(JSON.parse(JSON.stringify(identities)), [
      { ManagedIdentityIdType: 'SystemAssigned', Id: null },
      { ManagedIdentityIdType: 'ClientId', Id: 'c' },
      { ManagedIdentityIdType: 'ResourceId', Id: '/r' },
      { ManagedIdentityIdType: 'ObjectId', Id: 'o' },
    ])
  })

  for (const [name, ids] of [
    ['no id', {}],
    ['an empty id', { clientId: '' }],
    ['two ids', { clientId: 'c', objectId: 'o' }],
    ['an id that is no text', { clientId: 7 }],
    ['nothing', undefined],
  ] as const)
    it(`is refused with ${name}`, () => {
      assert.throws(() => new UserAssignedManagedIdentity(ids as never), {
        name: 'ConfigurationError',
        argument: 'managedIdentity',
      })
    })

  for (const [name, managedIdentity] of [
    ['nothing', undefined],
    ['text', 'SystemAssigned'],
    ['no type', { Id: 'c' }],
    ['an unknown type', { ManagedIdentityIdType: 'Name', Id: 'c' }],
    ['no id', { ManagedIdentityIdType: 'ClientId' }],
    ['an empty id', { ManagedIdentityIdType: 'ObjectId', Id: '' }],
  ] as const)
    it(`is no option of a client as ${name}`, () => {
      const options = { managedIdentity } as unknown as ManagedIdentityClientOptions
      assert.throws(() => createIdentityClient([], {}, options), { argument: 'managedIdentity' })
    })

  it('is no option of a client without options either', async () => {
    const { ManagedIdentityClient } = await import('../../../src/msal/index.ts')
    assert.throws(() => new ManagedIdentityClient(undefined as never, undefined as never), ConfigurationError)
  })
})
