import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { keepArtifacts } from '../host/artifacts.ts'
import { configureWindow, launchBrowser } from '../host/browser.ts'
import { startCodeServer, writeSettings } from '../host/code-server.ts'
import { installHost, ROOT } from '../host/install.ts'
import { packExtension } from '../host/packages.ts'
import type { BrowserContext, Page } from '../host/playwright.ts'
import {
  chooseInAccounts,
  clearNotifications,
  eventually,
  notification,
  readAccounts,
  runCommand,
} from '../host/workbench.ts'
import { signInOnPage, waitForSuccess } from './pages.ts'
import { openView } from './view.ts'

const MARK = 'Entra simulator – not real'

describe('#40 Sign-in can not be mocked in tests: the extension, run from its sources', function () {
  this.timeout(60_000)

  const closers: (() => Promise<unknown>)[] = []
  let context: BrowserContext
  let page: Page
  let directory: string

  before(async function () {
    this.timeout(300_000)
    // What is run is the bundle; packaging builds it.
    await packExtension()
    const host = await installHost()
    directory = await mkdtemp(path.join(tmpdir(), 'entra-auth-e2e-'))
    closers.push(() => rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }))
    await writeSettings(directory, { 'entraAuth.signInMethod': 'browser' })
    const server = await startCodeServer(host, { directory })
    closers.push(server.stop)
    const browser = await launchBrowser(host)
    closers.push(() => browser.close())
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    context.setDefaultTimeout(15_000)
    await configureWindow(context, server, {
      developmentExtension: ROOT,
      trustedDomains: ['http://127.0.0.2:*', 'http://127.0.0.1:*'],
    })
    page = await context.newPage()
    await page.goto(`${server.origin}/?ew=true`)
  })

  afterEach(async function () {
    if (this.currentTest?.isFailed() === true)
      await keepArtifacts(`simulator ${this.currentTest.title}`, context, directory)
  })

  after(async () => {
    for (const close of closers.reverse()) await close()
  })

  it('starts the simulator by a command, and marks the window', async () => {
    await runCommand(page, 'Entra Auth: Start or Stop the Simulator (Not Real)')
    const shown = await notification(page, 'It is not real: sign in as')
    assert.match(await shown.innerText(), /ada@contoso\.test with the password \S+, or as somebody else/)
    await shown.getByRole('button', { name: 'Copy Password' }).waitFor()
    const item = page.locator('.statusbar-item').filter({ hasText: MARK })
    assert.match((await item.getAttribute('aria-label')) ?? '', /^Entra simulator – not real\. A simulator at http:/)
    await clearNotifications(page)
  })

  it('offers to sign in in the view, for which a client ID is there now', async () => {
    await openView(page)
    await page.locator('.part.sidebar .welcome-view').getByText('Nobody is signed in.').waitFor()
  })

  it('signs a made-up person in, with no client ID in the settings', async () => {
    const tab = context.waitForEvent('page')
    await chooseInAccounts(page, 'Sign in with Microsoft Entra')
    const text = await page.locator('.statusbar-item').filter({ hasText: MARK }).getAttribute('aria-label')
    const [, username = '', password = ''] = /(ada@\S+) with the password ([^\s,]+)/.exec(text ?? '') ?? []
    await signInOnPage(await tab, { username, password })
    await waitForSuccess(await tab)
    await readAccounts(page, 'ada@contoso.test')
  })

  it('stops by the same command, and takes its people with it', async () => {
    await runCommand(page, 'Entra Auth: Start or Stop the Simulator (Not Real)')
    await page.locator('.statusbar-item').filter({ hasText: MARK }).waitFor({ state: 'detached' })
    await eventually(async () => {
      assert.ok(!(await readAccounts(page)).some((label) => label.includes('ada@contoso.test')))
    })
  })
})
