import assert from 'node:assert/strict'
import type { Page } from '../host/playwright.ts'
import {
  answerDialog,
  answerNotification,
  chooseInAccounts,
  clickInNotification,
  clearNotifications,
  notification,
  pick,
  quickPickRows,
  readAccounts,
  signOut,
} from '../host/workbench.ts'
import { errorOnPage, person, press, signInOnPage, waitForSuccess } from './pages.ts'
import type { Outcome, Stage } from './stage.ts'
import { useStage } from './use-stage.ts'

const ADA = 'ada@contoso.test'
const GRACE = 'grace@contoso.test'

describe('a desktop window, where people sign in by their browser', function () {
  this.timeout(60_000)

  let stage: Stage
  let page: Page

  useStage('browser', { desktop: true }, (opened) => {
    stage = opened
    page = stage.page
  })

  const consume = async (command: string): Promise<Outcome> => (await stage.consume(command))()

  /** Asks for another account than those that are known, up to the page that asks for its password. */
  const openSignInPage = async () => {
    const tab = stage.nextTab()
    const outcome = await stage.consume('Choose Account')
    await answerDialog(page, 'Allow')
    await pick(page, 'Sign in to another account')
    await pick(page, 'Another account…')
    return { tab: await tab, outcome }
  }

  it('offers to sign in from the Accounts menu before anyone has asked', async () => {
    assert.match((await readAccounts(page, 'Microsoft Entra')).join('\n'), /^Sign in with Microsoft Entra/m)
  })

  it('signs a person in from the Accounts menu, on a page of the browser, opened again once its tab was closed', async () => {
    const lost = stage.nextTab()
    await chooseInAccounts(page, 'Sign in with Microsoft Entra')
    await (await lost).locator('input[name=username]').waitFor()
    await (await lost).close()
    const tab = stage.nextTab()
    await clickInNotification(page, 'go on in the browser', 'Open the Page Again')
    await signInOnPage(await tab, person(stage, 'ada'))
    await waitForSuccess(await tab)
    assert.match((await readAccounts(page, ADA)).join('\n'), /^ada@contoso\.test \(Microsoft Entra\)$/m)
  })

  it('gives another extension the token once the person allows it', async () => {
    const outcome = await stage.consume('Get Session')
    const question = await answerDialog(page, 'Allow')
    await pick(page, ADA)
    assert.match(question, /The extension 'Consumer Sample' wants to sign in using Microsoft Entra/)
    assert.deepEqual(await outcome(), { command: 'getSession', account: ADA, scopes: ['User.Read'], window: 'desktop' })
  })

  it('gives a token that the protected API accepts', async () => {
    assert.equal((await consume('Call Protected API')).status, 200)
  })

  it('is signed in after a reload, and gives the token without one request', async () => {
    stage.simulator.controls.resetCounts()
    await stage.reload()
    assert.equal((await consume('Get Session Silently')).account, ADA)
    assert.deepEqual(stage.requests(), [])
  })

  it("gives a token of the guest tenant silently, under the account's one name", async () => {
    const outcome = await consume('Get Session in Guest Tenant')
    assert.equal(outcome.account, ADA)
  })

  it('signs in a second account beside the first', async () => {
    const { tab, outcome } = await openSignInPage()
    await signInOnPage(tab, person(stage, 'grace'))
    await waitForSuccess(tab)
    assert.equal((await outcome()).account, GRACE)
    const labels = await readAccounts(page, GRACE)
    assert.ok(labels.some((label) => label.startsWith(ADA)))
  })

  it('lets the person pick between both', async () => {
    const outcome = await stage.consume('Choose Account')
    await answerDialog(page, 'Allow')
    const rows = await quickPickRows(page)
    assert.deepEqual(rows.toSorted(), ['Sign in to another account', ADA, GRACE])
    await pick(page, ADA)
    assert.equal((await outcome()).account, ADA)
  })

  it('ends a sign-in that the person cancels in the window', async () => {
    const { outcome } = await openSignInPage()
    await answerNotification(page, 'Sign in to', 'Cancel')
    assert.match((await outcome()).error ?? '', /cancel/i)
  })

  it('lets the person use another way while the browser waits', async () => {
    const { outcome } = await openSignInPage()
    await clickInNotification(page, 'Sign in to', 'Use Another Way…')
    await pick(page, 'Device code')
    await answerNotification(page, 'enter the code', 'Cancel')
    assert.match((await outcome()).error ?? '', /cancel/i)
  })

  it('says what happened when the server refuses a blocked person', async () => {
    const { tab, outcome } = await openSignInPage()
    await signInOnPage(tab, person(stage, 'bob'))
    assert.match(await errorOnPage(tab), /AADSTS50057/)
    await press(tab, 'Cancel')
    await tab.getByText('Sign-in failed').waitFor()
    assert.ok((await outcome()).error)
    await notification(page, /refused|declined/)
  })

  it('says what happened when the person denies the consent', async () => {
    await clearNotifications(page)
    const { tab, outcome } = await openSignInPage()
    await signInOnPage(tab, person(stage, 'cora'))
    await tab.getByText('Permissions requested').waitFor()
    await press(tab, 'Cancel')
    assert.ok((await outcome()).error)
    await notification(page, /declined/)
  })

  it('signs out, and stays signed out after a reload', async () => {
    await signOut(page, GRACE)
    await stage.reload()
    const labels = await readAccounts(page, ADA)
    assert.ok(!labels.some((label) => label.startsWith(GRACE)))
    assert.equal((await consume('Get Session Silently')).account, ADA)
  })

  it('offers to sign in again when the last account is gone', async () => {
    await signOut(page, ADA)
    await stage.reload()
    assert.deepEqual(await consume('Get Session Silently'), { command: 'getSessionSilently', window: 'desktop' })
    await readAccounts(page, 'Sign in with Microsoft Entra')
  })
})
