import assert from 'node:assert/strict'
import { listSignInMethods, type HostFacts, type SignInMethod } from '../../src/vscode/sign-in-methods.ts'

describe('the list of ways to sign in', () => {
  const desktop: HostFacts = { uiKind: 'desktop', extensionKind: 'ui' }
  const codeServer: HostFacts = { uiKind: 'web', remoteName: '127.0.0.1:8080', extensionKind: 'workspace' }
  const table: readonly [string, HostFacts, SignInMethod | 'auto', readonly SignInMethod[]][] = [
    ['a local desktop window', desktop, 'auto', ['browser', 'deviceCode']],
    [
      'a local desktop window, installed as a workspace extension',
      { ...desktop, extensionKind: 'workspace' },
      'auto',
      ['browser', 'deviceCode'],
    ],
    [
      'a desktop window on a remote, beside the window',
      { ...desktop, remoteName: 'ssh-remote' },
      'auto',
      ['browser', 'deviceCode'],
    ],
    [
      'a desktop window on a remote, on that remote',
      { uiKind: 'desktop', remoteName: 'ssh-remote', extensionKind: 'workspace' },
      'auto',
      ['deviceCode', 'browser'],
    ],
    [
      'a web window on a codespace',
      { uiKind: 'web', remoteName: 'codespaces', extensionKind: 'workspace' },
      'auto',
      ['deviceCode', 'browser'],
    ],
    ['code-server', codeServer, 'auto', ['deviceCode', 'browser']],
    ['code-server, where the person chose the browser', codeServer, 'browser', ['browser', 'deviceCode']],
    [
      'a local desktop window, where the person chose the device code',
      desktop,
      'deviceCode',
      ['deviceCode', 'browser'],
    ],
  ]
  for (const [where, host, chosen, expected] of table)
    it(`${where}: ${expected.join(', then ')}`, () => assert.deepEqual(listSignInMethods(host, chosen), expected))
})
