import assert from 'node:assert/strict'
import * as vscode from 'vscode'

type Observed = {
  readonly connections: number
  /** What had happened when `activate()` was done, for each time it was called. */
  readonly activations: readonly { readonly connections: number; readonly secrets: number }[]
}

const observed = (): Observed => (globalThis as unknown as { entraAuthObserved: Observed }).entraAuthObserved
const extension = (): vscode.Extension<unknown> | undefined => vscode.extensions.getExtension('entra-auth.entra-auth')

describe('the installed extension', () => {
  it('is the packaged one', () => {
    assert.match(extension()?.extensionPath ?? '', /extensions[\\/]entra-auth\.entra-auth-\d/)
  })

  it('activates without one network connection and without reading a secret', async () => {
    await extension()?.activate()
    assert.deepEqual(observed().activations, [{ connections: 0, secrets: 0 }])
  })
})

describe("the provider 'entra'", () => {
  it('is registered: a silent request is answered, with nobody', async () => {
    assert.equal(await vscode.authentication.getSession('entra', ['User.Read'], { silent: true }), undefined)
  })

  it('has no accounts before anyone signs in', async () => {
    assert.deepEqual(await vscode.authentication.getAccounts('entra'), [])
  })

  it('has asked the network nothing for that', () => {
    assert.equal(observed().connections, 0)
  })
})
