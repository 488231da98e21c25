import assert from 'node:assert/strict'
import type { Page } from '../host/playwright.ts'
import { answerDialog, clickInNotification, notification, readAccounts, signOut } from '../host/workbench.ts'
import { person, press, signInOnPage } from './pages.ts'
import type { Outcome, Stage } from './stage.ts'
import { useStage } from './use-stage.ts'

const ADA = 'ada@contoso.test'

describe('a window of the oldest VS Code that is supported', function () {
  this.timeout(60_000)

  let stage: Stage
  let page: Page

  useStage('oldest', { version: 'oldest' }, (opened) => {
    stage = opened
    page = stage.page
    stage.simulator.controls.set({ deviceInterval: 1 })
  })

  const consume = async (command: string): Promise<Outcome> => (await stage.consume(command))()

  it('offers to sign in from the Accounts menu before anyone has asked', async () => {
    await readAccounts(page, 'Sign in with Microsoft Entra')
  })

  it('signs in with a code, once the person lets the other extension ask', async () => {
    const outcome = await stage.consume('Get Session')
    assert.match(await answerDialog(page, 'Allow'), /'Consumer Sample' wants to sign in using Microsoft Entra/)
    const shown = await notification(page, 'enter the code')
    const code = /enter the code (\S+)/.exec(await shown.innerText())?.[1] ?? ''
    const opened = stage.nextTab()
    await clickInNotification(page, 'enter the code', 'Copy Code and Open Page')
    const tab = await opened
    await tab.locator('input[name=user_code]').fill(code)
    await press(tab, 'Next')
    await signInOnPage(tab, person(stage, 'ada'))
    await press(tab, 'Continue')
    await tab.getByText('You are signed in').waitFor()
    assert.equal((await outcome()).account, ADA)
    const labels = await readAccounts(page, ADA)
    assert.ok(!labels.some((label) => label.startsWith('Sign in with Microsoft Entra')))
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

  it('signs out, and stays signed out after a reload', async () => {
    await signOut(page, ADA)
    await stage.reload()
    assert.deepEqual(await consume('Get Session Silently'), { command: 'getSessionSilently', window: 'web' })
    await readAccounts(page, 'Sign in with Microsoft Entra')
  })
})
