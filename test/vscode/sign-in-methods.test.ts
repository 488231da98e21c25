import assert from 'node:assert/strict'
import { parseRedirectUri } from '../../src/vscode/redirect-uri.ts'
import {
  listSignInMethods,
  type SignInMethod,
  type SignInPlace,
  type SignInPreference,
} from '../../src/vscode/sign-in-methods.ts'

const desktop: SignInPlace = {
  extensionHost: 'node',
  uiKind: 'desktop',
  extensionKind: 'ui',
  hasStableUri: true,
  broker: 'none',
}
const sshHost: SignInPlace = { ...desktop, remoteName: 'ssh-remote', extensionKind: 'workspace' }
const codeServer: SignInPlace = {
  extensionHost: 'node',
  uiKind: 'web',
  remoteName: '127.0.0.1:8080',
  extensionKind: 'workspace',
  hasStableUri: false,
  broker: 'none',
}
const browserAlone: SignInPlace = {
  ...codeServer,
  extensionHost: 'web',
  remoteName: undefined,
  extensionKind: 'ui',
}
const auto: SignInPreference = { signInMethod: 'auto' }
const registered = (uri: string): SignInPreference => ({ ...auto, redirectUri: parseRedirectUri(uri) })

describe('the list of ways to sign in', () => {
  const table: readonly [string, SignInPlace, SignInPreference, readonly SignInMethod[]][] = [
    ['a local desktop window', desktop, auto, ['browser', 'uriHandler', 'deviceCode']],
    [
      'a local desktop window, installed as a workspace extension',
      { ...desktop, extensionKind: 'workspace' },
      auto,
      ['browser', 'uriHandler', 'deviceCode'],
    ],
    [
      'a desktop window on a remote, beside the window',
      { ...desktop, remoteName: 'ssh-remote' },
      auto,
      ['browser', 'uriHandler', 'deviceCode'],
    ],
    [
      '#6 a desktop window on a remote, on that remote, never waits at a dead localhost page',
      sshHost,
      auto,
      ['deviceCode', 'browser', 'uriHandler'],
    ],
    ['#6 a web window on a codespace', { ...codeServer, remoteName: 'codespaces' }, auto, ['deviceCode', 'browser']],
    ['#9 code-server, whose own address changes each time', codeServer, auto, ['deviceCode', 'browser']],
    [
      '#9 code-server, where the person chose the URI handler',
      codeServer,
      { signInMethod: 'uriHandler' },
      ['deviceCode', 'browser'],
    ],
    [
      'code-server, where the person chose the browser',
      codeServer,
      { signInMethod: 'browser' },
      ['browser', 'deviceCode'],
    ],
    [
      '#13 a local desktop window, where the person chose the device code',
      desktop,
      { signInMethod: 'deviceCode' },
      ['deviceCode', 'browser', 'uriHandler'],
    ],
    [
      'a desktop window, where localhost is blocked and the person chose the URI handler',
      desktop,
      { signInMethod: 'uriHandler' },
      ['uriHandler', 'browser', 'deviceCode'],
    ],
    [
      '#2 a registration whose answers go to VS Code',
      desktop,
      registered('vscode://entra-auth.entra-auth/callback'),
      ['uriHandler', 'browser', 'deviceCode'],
    ],
    [
      "#1 a registration whose answers go to the company's own page",
      desktop,
      registered('https://login.contoso.com/vscode'),
      ['uriHandler', 'browser', 'deviceCode'],
    ],
    [
      'a desktop whose operating system has a broker',
      { ...desktop, broker: 'ready' },
      auto,
      ['broker', 'browser', 'uriHandler', 'deviceCode'],
    ],
    [
      '#10 a desktop whose broker failed before: it comes last, where it can still be chosen',
      { ...desktop, broker: 'avoided' },
      auto,
      ['browser', 'uriHandler', 'deviceCode', 'broker'],
    ],
    [
      'a desktop whose broker failed before, and was chosen in the settings',
      { ...desktop, broker: 'avoided' },
      { signInMethod: 'broker' },
      ['broker', 'browser', 'uriHandler', 'deviceCode'],
    ],
    [
      'a desktop without a broker, though one was chosen in the settings',
      desktop,
      { signInMethod: 'broker' },
      ['browser', 'uriHandler', 'deviceCode'],
    ],
    [
      '#13 a desktop with a broker, where the person chose the browser',
      { ...desktop, broker: 'ready' },
      { signInMethod: 'browser' },
      ['browser', 'broker', 'uriHandler', 'deviceCode'],
    ],
    [
      'a registration with a fixed port',
      desktop,
      registered('http://localhost:8400'),
      ['browser', 'uriHandler', 'deviceCode'],
    ],
    ['a window that runs in a browser alone', browserAlone, auto, ['deviceCode']],
    [
      'a window that runs in a browser alone, where the person chose the browser',
      browserAlone,
      { signInMethod: 'browser' },
      ['deviceCode'],
    ],
    [
      'a window that runs in a browser alone, whatever its address',
      { ...browserAlone, hasStableUri: true },
      registered('https://login.contoso.com/vscode'),
      ['deviceCode'],
    ],
  ]
  for (const [where, host, preference, expected] of table)
    it(`${where}: ${expected.join(', then ')}`, () => assert.deepEqual(listSignInMethods(host, preference), expected))
})
