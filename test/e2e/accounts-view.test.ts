import assert from 'node:assert/strict'
import type { Locator, Page } from '../host/playwright.ts'
import { answerDialog, eventually, readAccounts } from '../host/workbench.ts'
import { person, signInOnPage, waitForSuccess } from './pages.ts'
import type { Stage } from './stage.ts'
import { useStage } from './use-stage.ts'
import { focusRow, openRow, openView, openWalkthrough, treeRow, treeRows } from './view.ts'

/** A menu that has only just opened swallows keys. */
const MENU_DELAY = 300
const ADA = 'ada@contoso.test'

describe('the view "Entra Accounts"', function () {
  this.timeout(60_000)

  let stage: Stage
  let page: Page

  useStage('view', { desktop: true }, async (opened) => {
    stage = opened
    page = stage.page
    await openView(page)
  })

  const welcome = (): Locator => page.locator('.part.sidebar .welcome-view')
  /** Claims that are hidden are said with a comma, others with a colon. */
  const claim = (name: string): Locator => treeRow(page, new RegExp(`^${name}[,:]`))

  it('offers to sign in while nobody is', async () => {
    await welcome().getByText('Nobody is signed in.').waitFor()
    const tab = stage.nextTab()
    await welcome().getByRole('button', { name: 'Sign In' }).click()
    await signInOnPage(await tab, person(stage, 'ada'))
    await waitForSuccess(await tab)
  })

  it('shows the account after the sign-in, its tenant, and its tokens with the time left', async () => {
    await treeRow(page, `Account ${ADA}, 1 tenant`).waitFor()
    await treeRow(
      page,
      /^Access token for Microsoft Graph, (\d+ min|\d+ h \d+ min) left, scopes .*User\.Read/,
    ).waitFor()
    assert.ok((await treeRows(page)).includes('ID token, who signed in'))
  })

  it('says the account also in the Accounts menu, for it is the same sign-in', async () => {
    await readAccounts(page, ADA)
  })

  it('hides who it is in the claims until the person asks, by the keyboard alone', async () => {
    await openRow(treeRow(page, 'ID token, who signed in'))
    await openRow(treeRow(page, /^\d+ claims$/))
    const hidden = claim('preferred_username')
    assert.equal(await hidden.getAttribute('aria-label'), 'preferred_username, hidden; press Enter to show it')
    await focusRow(page, 'preferred_username')
    await page.keyboard.press('Enter')
    await treeRow(page, `preferred_username: ${ADA}`).waitFor()
  })

  it('hides the claim again', async () => {
    const shown = treeRow(page, `preferred_username: ${ADA}`)
    await shown.hover()
    await shown.getByRole('button', { name: 'Hide Value' }).click()
    await claim('preferred_username').filter({ hasText: '••••' }).waitFor()
  })

  it('puts no token into the window', async () => {
    const html = await page.evaluate(() => document.documentElement.outerHTML)
    assert.ok(html.includes(ADA))
    assert.deepEqual(html.match(/eyJ[\w-]{10,}\.[\w-]{10,}/g), null)
  })

  it('gets a new token', async () => {
    stage.simulator.controls.resetCounts()
    const row = treeRow(page, /^Access token for Microsoft Graph/)
    await row.hover()
    await row.getByRole('button', { name: 'Get a New Token' }).click()
    await eventually(() => assert.ok(stage.requests().some((request) => /^POST .*\/token$/.test(request))))
  })

  it('forgets a token, and the account stays signed in', async () => {
    const row = treeRow(page, /^Access token for Microsoft Graph/)
    await row.hover()
    await row.getByRole('button', { name: 'Forget Cached Tokens' }).click()
    assert.match(await answerDialog(page, 'Forget'), /The account stays signed in/)
    await row.waitFor({ state: 'hidden' })
    await treeRow(page, `Account ${ADA}, 1 tenant`).waitFor()
  })

  it('marks whom the policy shuts out, as the Accounts menu leaves them out, and has them back with it', async () => {
    await stage.configure({ 'entraAuth.allowedTenants': [stage.simulator.tenants.guest] })
    await openView(page)
    await treeRow(page, `Account ${ADA}, not allowed by entraAuth.allowedTenants`).waitFor()
    await treeRow(page, 'Refresh token: not allowed by entraAuth.allowedTenants').waitFor()
    assert.ok(!(await readAccounts(page)).some((label) => label.startsWith(ADA)))
    await stage.configure({ 'entraAuth.allowedTenants': [] })
    await openView(page)
    await treeRow(page, `Account ${ADA}, 1 tenant`).waitFor()
    await readAccounts(page, ADA)
  })

  it('copies the ID of the tenant, which an administrator needs for the allowed tenants', async () => {
    await stage.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await treeRow(page, /^Tenant contoso\.test/).click()
    await page.keyboard.press('Shift+F10')
    const item = page.locator('.monaco-menu .action-menu-item').filter({ hasText: 'Copy Tenant ID' })
    await item.waitFor()
    await page.waitForTimeout(MENU_DELAY)
    await item.click()
    await eventually(async () =>
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), stage.simulator.tenants.home),
    )
  })

  it('signs out by the context menu, and the Accounts menu knows', async () => {
    await treeRow(page, `Account ${ADA}, 1 tenant`).click()
    await page.keyboard.press('Shift+F10')
    await page.locator('.monaco-menu .action-menu-item').filter({ hasText: 'Sign Out' }).waitFor()
    await page.waitForTimeout(MENU_DELAY)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await answerDialog(page, 'Forget Here')
    await welcome().getByText('Nobody is signed in.').waitFor()
    const labels = await readAccounts(page)
    assert.ok(!labels.some((label) => label.startsWith(ADA)))
  })

  it('signs in from the walkthrough, which checks the step off', async () => {
    const step = await openWalkthrough(page, 'signIn')
    const tab = stage.nextTab()
    await step.getByRole('button', { name: 'Sign In' }).click()
    await signInOnPage(await tab, person(stage, 'ada'))
    await waitForSuccess(await tab)
    await step.locator('.codicon.complete').waitFor()
    await treeRow(page, `Account ${ADA}, 1 tenant`).waitFor()
    await treeRow(page, `Account ${ADA}, 1 tenant`).hover()
    await treeRow(page, `Account ${ADA}, 1 tenant`).getByRole('button', { name: 'Sign Out' }).click()
    await answerDialog(page, 'Forget Here')
    await welcome().getByText('Nobody is signed in.').waitFor()
  })

  it('leads to the setting and the instructions where no client ID is configured', async () => {
    await stage.configure({ 'entraAuth.clientId': '' })
    await openView(page)
    const buttons = welcome().locator('.monaco-button')
    await eventually(async () =>
      assert.deepEqual(await buttons.allInnerTexts(), ['Set the Client ID', 'How to Register an App']),
    )
  })
})
