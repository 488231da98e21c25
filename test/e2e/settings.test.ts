import assert from 'node:assert/strict'
import { answerDialog, clearNotifications, notification, readAccounts } from '../host/workbench.ts'
import { person, signInOnPage, waitForSuccess } from './pages.ts'
import type { Stage } from './stage.ts'
import { useStage } from './use-stage.ts'

describe('a window that is not configured yet', function () {
  this.timeout(60_000)

  let stage: Stage

  useStage('settings', { settings: { 'entraAuth.clientId': '' } }, (opened) => {
    stage = opened
  })

  it('never shows itself in the Accounts menu', async () => {
    assert.ok(!(await readAccounts(stage.page)).some((label) => label.includes('Microsoft Entra')))
  })

  it('says what is needed, with buttons to the setting and to the help on registering an app', async () => {
    const outcome = await stage.consume('Get Session')
    await answerDialog(stage.page, 'Allow')
    assert.match((await outcome()).error ?? '', /client ID/)
    const shown = await notification(stage.page, 'needs the client ID')
    const buttons = await shown.locator('.monaco-button').allInnerTexts()
    assert.deepEqual(buttons, ['Open Setting', 'How to Register an App'])
    await clearNotifications(stage.page)
  })

  it('offers to sign in once it is configured', async () => {
    await stage.configure({ 'entraAuth.signInMethod': 'browser' })
    await readAccounts(stage.page, 'Sign in with Microsoft Entra')
  })

  it('uses the browser in a web window where that is chosen', async () => {
    const opened = stage.nextTab()
    const outcome = await stage.consume('Get Session')
    await answerDialog(stage.page, 'Allow')
    const tab = await opened
    await signInOnPage(tab, person(stage, 'ada'))
    await waitForSuccess(tab)
    assert.equal((await outcome()).account, 'ada@contoso.test')
  })
})
