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

describe("the library, as the extension's API gives it", () => {
  it('finds the process of the native broker, and goes on without it where its runtime is another package', async () => {
    const { msal } = (await extension()?.activate()) as { readonly msal: typeof import('../../../src/library.ts') }
    const { platform } = process
    const warnings: string[] = []
    const silence = () => undefined
    const logger = {
      trace: silence,
      debug: silence,
      info: silence,
      error: silence,
      warn: (text: string) => void warnings.push(text),
    }
    const client = new msal.PublicClientApplication({ clientId: 'a', enableBrokerOnWindows: true, logger })
    Object.defineProperty(process, 'platform', { value: 'win32' })
    try {
      assert.equal(await client.isPopSupported(), false)
    } finally {
      Object.defineProperty(process, 'platform', { value: platform })
    }
    assert.match(warnings.join('\n'), /this package comes without the native runtime$/)
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
