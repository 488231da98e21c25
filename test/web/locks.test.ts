import assert from 'node:assert/strict'
import { createSecretStoragePersistence } from '../../src/vscode/secret-storage-persistence.ts'
import { createLock, type Locks } from '../../src/web/locks.ts'
import { describePersistence } from '../msal/cache/persistence-contract.ts'
import { createSecrets } from '../vscode/fakes.ts'

/** `navigator.locks` of one origin; Node has none before 24. */
function createLocks(): Locks & { readonly asked: readonly string[] } {
  const asked: string[] = []
  const held = new Map<string, Promise<unknown>>()
  return {
    asked,
    request(name, run) {
      asked.push(name)
      const turn = (held.get(name) ?? Promise.resolve()).then(run)
      held.set(
        name,
        turn.catch(() => undefined),
      )
      return turn
    },
  }
}

describePersistence("secret storage of two windows under the browser's locks", async () => {
  const secrets = createSecrets()
  const locks = createLocks()
  const openWindow = () =>
    createSecretStoragePersistence(secrets, (problem) => assert.equal(problem, undefined), createLock(locks))
  return { one: openWindow()('tokens', 'app'), other: openWindow()('tokens', 'app') }
})

describe("a browser's lock", () => {
  it('is asked for by the name of the entry', async () => {
    const locks = createLocks()
    assert.equal(await createLock(locks)?.('entra-auth.tokens.app.x', async () => 'done'), 'done')
    assert.deepEqual(locks.asked, ['entra-auth.tokens.app.x'])
  })

  it('is absent where the browser has none', () => assert.equal(createLock(undefined), undefined))
})
