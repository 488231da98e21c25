import assert from 'node:assert/strict'
import type { Page } from '../host/playwright.ts'
import type { ExtensionFiles } from '../host/web-server.ts'
import {
  answerDialog,
  chooseInAccounts,
  clearNotifications,
  clickInNotification,
  eventually,
  notification,
  readAccounts,
  runCommand,
  signOut,
} from '../host/workbench.ts'
import { person, press, signInOnPage } from './pages.ts'
import type { WebStage } from './web-stage.ts'
import { useWebStage } from './use-stage.ts'

const ADA = 'ada@contoso.test'
/** Entra's own two, before it is known that the second of them answers no page. */
const ASKED = ['/organizations/v2.0/.well-known/openid-configuration', '/organizations/oauth2/v2.0/devicecode']

/** Tries a proposed API, and uses what Entra Auth exports. */
const PROBE: ExtensionFiles = new Map([
  [
    'package.json',
    JSON.stringify({
      ...{ name: 'probe', publisher: 'sample', version: '0.0.1', engines: { vscode: '^1.100.0' } },
      ...{ browser: './probe.js', activationEvents: ['onStartupFinished'] },
    }),
  ],
  [
    'probe.js',
    `const vscode = require('vscode')
    exports.activate = async () => {
      const { apiVersion, msal } = await vscode.extensions.getExtension('entra-auth.entra-auth').activate()
      const app = new msal.PublicClientApplication({ clientId: 'a', tokenCache: new msal.TokenCache() })
      console.log('PROBE ' + JSON.stringify([apiVersion, await app.getAccounts(), vscode.env.appHost]))
      vscode.workspace.registerRemoteAuthorityResolver('probe', {})
    }`,
  ],
])

describe('a window that runs in a browser alone', function () {
  this.timeout(60_000)

  let stage: WebStage
  let page: Page

  useWebStage('web', { probe: PROBE }, (opened) => {
    stage = opened
    page = stage.page
    stage.simulator.controls.set({ deviceInterval: 1 })
  })

  const consume = async (command: string, window?: Page) => (await stage.consume(command, window))()
  const asked = () => stage.simulator.controls.requests().map(({ method, path }) => `${method} ${path}`)

  const signInByCode = async ({ isKnown = false } = {}): Promise<void> => {
    const shown = await notification(page, 'enter the code')
    const text = await shown.innerText()
    assert.doesNotMatch(text, /Use Another Way/)
    const opened = stage.context.waitForEvent('page')
    await clickInNotification(page, 'enter the code', 'Copy Code and Open Page')
    const tab = await opened
    await tab.locator('input[name=user_code]').fill(/enter the code (\S+)/.exec(text)?.[1] ?? '')
    await press(tab, 'Next')
    if (!isKnown) await signInOnPage(tab, person(stage, 'ada'))
    await press(tab, 'Continue')
    await tab.getByText('You are signed in').waitFor()
  }

  it('has the extension, which is active, answers with nobody and has asked no server', async () => {
    assert.deepEqual(await consume('Get Session Silently'), { command: 'getSessionSilently', window: 'web' })
    await readAccounts(page, 'Sign in with Microsoft Entra')
    assert.deepEqual(stage.requests(), [])
  })

  it('gives its library to other extensions of the window', async () => {
    const line = await eventually(() => {
      const found = stage.console.find((text) => text.includes('PROBE'))
      assert.ok(found)
      return found
    })
    assert.match(line, /PROBE \[1,\[\],"web"\]/)
  })

  it('lets no extension use proposed API, and Entra Auth never tries', async () => {
    const refused = (name: string) => stage.console.filter((text) => text.includes(`'${name}' CANNOT use API proposal`))
    await eventually(() => assert.equal(refused('sample.probe').length > 0, true))
    assert.deepEqual(refused('entra-auth.entra-auth'), [])
  })

  it('says in one message what does not work there and where it does, and asks no more', async () => {
    await clearNotifications(page)
    await chooseInAccounts(page, 'Sign in with Microsoft Entra')
    const shown = await notification(page, 'Nobody can sign in to')
    assert.match(
      await shown.innerText(),
      /from this window: it runs in a browser alone.*in VS Code on the desktop, in a remote window, in Codespaces or in code-server\./,
    )
    await page.waitForTimeout(3000)
    assert.equal(await page.locator('.notifications-toasts .notification-list-item').count(), 1)
    assert.deepEqual(asked(), [`GET ${ASKED[0]}`, `POST ${ASKED[1]}`, `HEAD ${ASKED[1]}`])
    assert.deepEqual(
      stage.requests().map((url) => new URL(url).pathname),
      [ASKED[0], ASKED[1], ASKED[1]],
    )
  })

  it('tells the same in the diagnosis, and that no policy file can be read', async () => {
    await stage.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await runCommand(page, 'Entra Auth: Diagnose Sign-in')
    await page.locator('.tab').filter({ hasText: 'Diagnosis of the sign-in' }).waitFor()
    await runCommand(page, 'Entra Auth: Copy Diagnosis')
    const text = await eventually(async () => {
      const copied = await page.evaluate(() => navigator.clipboard.readText())
      assert.match(copied, /# Diagnosis of the sign-in/)
      return copied
    })
    for (const line of [
      '**Extension runs:** `ui, web`',
      '**Used:** `deviceCode`',
      '**Limit:** `a browser alone asks only servers that answer web pages, and Entra does not`',
      '**Policy file:** `none, a browser reads no files; settings count`',
      '**Answer:** `status 200 in',
      '**A secret survives:** `yes`',
      '**What to do:** `Nobody can sign in to',
    ])
      assert.ok(text.includes(line), `${line} is not in ${text}`)
    await clearNotifications(page)
  })

  it('signs in with a code at a server that answers web pages', async () => {
    stage.simulator.controls.set({ permissiveCors: true })
    const outcome = await stage.consume('Get Session')
    await answerDialog(page, 'Allow')
    await signInByCode()
    assert.equal((await outcome()).account, ADA)
    await readAccounts(page, ADA)
    assert.equal((await consume('Call Protected API')).status, 200)
  })

  it('is signed in after a reload, and gives the token without one request', async () => {
    stage.simulator.controls.resetCounts()
    await stage.reload()
    assert.equal((await consume('Get Session Silently')).account, ADA)
    assert.deepEqual(asked(), [])
  })

  it('#27 Windows refresh at once and lose the sign-in: the second one waits, and takes what the first one got', async () => {
    const other = await stage.openWindow()
    const { set, addFault, counts, resetCounts } = stage.simulator.controls
    set({ accessTokenLifetime: 60 })
    const outcome = await stage.consume('Sign In Again')
    await answerDialog(page, 'Allow')
    await signInByCode({ isKnown: true })
    await outcome()
    set({ accessTokenLifetime: 3600, revokeOnReuse: true })
    addFault({ grantType: 'refresh_token', delayMs: 3000 })
    resetCounts()
    const answers = [await stage.consume('Get Session Silently'), await stage.consume('Get Session Silently', other)]
    const held = await page.evaluate(async () => (await navigator.locks.query()).held?.map(({ name }) => name))
    assert.ok(
      held?.some((name) => name?.startsWith('entra-auth.tokens.')),
      String(held),
    )
    for (const answer of answers) assert.equal((await answer()).account, ADA)
    assert.deepEqual(counts(), { 'POST /{tenant}/oauth2/v2.0/token': 1 })
  })

  it('signs out, and stays signed out after a reload', async () => {
    await signOut(page, ADA)
    await stage.reload()
    assert.deepEqual(await consume('Get Session Silently'), { command: 'getSessionSilently', window: 'web' })
  })
})
