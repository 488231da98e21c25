import assert from 'node:assert/strict'
import { commonToProfiles, createKeyStore } from '../../src/vscode/shared-store.ts'
import { createSecrets } from './fakes.ts'

describe('the folder of sign-ins', () => {
  const home = '/home/ada/.config/Code/User'
  const windows = String.raw`C:\Users\Ada\AppData\Roaming\Code\User`
  for (const [path, expected] of [
    [`${home}/profiles/-3c1f/globalStorage/entra-auth.entra-auth`, `${home}/globalStorage/entra-auth.entra-auth`],
    [`${home}/globalStorage/entra-auth.entra-auth`, `${home}/globalStorage/entra-auth.entra-auth`],
    [
      String.raw`${windows}\profiles\-3c1f\globalStorage\entra-auth.entra-auth`,
      String.raw`${windows}\globalStorage\entra-auth.entra-auth`,
    ],
    ['/User/profiles/x/globalStorage/y/User/globalStorage/z', '/User/profiles/x/globalStorage/y/User/globalStorage/z'],
    ['/somewhere/else', '/somewhere/else'],
  ] as const)
    it(`is ${expected} for ${path}, whichever profile of VS Code is in use`, () => {
      assert.equal(commonToProfiles(path), expected)
    })
})

describe('the key of the sign-ins', () => {
  it('is kept as a secret and read back', async () => {
    const keyStore = createKeyStore(createSecrets())
    assert.equal(await keyStore.read(), undefined)
    assert.equal(await keyStore.write('key'), true)
    assert.equal(await keyStore.read(), 'key')
  })

  it('is known to be lost where the key store drops or refuses it', async () => {
    const drops = createKeyStore({ ...createSecrets(), store: async () => undefined })
    assert.equal(await drops.write('key'), false)
    const refuses = createKeyStore({ ...createSecrets(), store: () => Promise.reject(new Error('locked')) })
    assert.equal(await refuses.write('key'), false)
  })
})
