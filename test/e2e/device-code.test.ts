import assert from 'node:assert/strict'
import type { Page } from '../host/playwright.ts'
import {
  answerDialog,
  answerNotification,
  clickInNotification,
  notification,
  readAccounts,
  signOut,
} from '../host/workbench.ts'
import { enterDeviceCode, errorOnPage, person, press, signInOnPage } from './pages.ts'
import type { Stage } from './stage.ts'
import { useStage } from './use-stage.ts'

const ADA = 'ada@contoso.test'
/** How long the simulator's codes live. */
const CODE_SECONDS = 900

describe('a web window, where people sign in with a code', function () {
  this.timeout(60_000)

  let stage: Stage
  let page: Page

  useStage('device code', {}, (opened) => {
    stage = opened
    page = stage.page
    stage.simulator.controls.set({ deviceInterval: 1 })
  })

  const readCode = async (): Promise<string> => {
    const shown = await notification(page, 'enter the code')
    const code = /enter the code (\S+)/.exec(await shown.innerText())?.[1]
    assert.ok(code)
    return code
  }

  const startSignIn = async () => {
    const outcome = await stage.consume('Get Session')
    await answerDialog(page, 'Allow')
    return { code: await readCode(), outcome }
  }

  it('ends a sign-in that the person cancels in the window', async () => {
    const { outcome } = await startSignIn()
    await answerNotification(page, 'enter the code', 'Cancel')
    const { error, window } = await outcome()
    assert.match(error ?? '', /cancel/i)
    assert.equal(window, 'web')
  })

  it('says what happened when the person declines on the page', async () => {
    const { code, outcome } = await startSignIn()
    const tab = await stage.context.newPage()
    await enterDeviceCode(tab, stage.simulator.http, code)
    await press(tab, 'Cancel')
    assert.ok((await outcome()).error)
    await notification(page, 'declined')
  })

  it('says when the code has expired, and signs in with the new one that is asked for there', async () => {
    const { code, outcome } = await startSignIn()
    stage.simulator.controls.advanceClock({ seconds: CODE_SECONDS })
    await clickInNotification(page, 'the code has expired', 'New Code')
    const next = await readCode()
    assert.notEqual(next, code)
    const tab = await stage.context.newPage()
    await enterDeviceCode(tab, stage.simulator.http, code)
    assert.match(await errorOnPage(tab), /AADSTS70018/)
    await enterDeviceCode(tab, stage.simulator.http, next)
    await signInOnPage(tab, person(stage, 'ada'))
    await press(tab, 'Continue')
    await tab.getByText('You are signed in').waitFor()
    assert.equal((await outcome()).account, ADA)
    await signOut(page, ADA)
    // The next one begins on a page that knows nobody.
    stage.simulator.controls.revokeTokens({ username: ADA })
  })

  it('#5 code-server wants a code pasted by hand: signs in with the code that it shows, on the page that it opens', async () => {
    const { code, outcome } = await startSignIn()
    const opened = stage.nextTab()
    await clickInNotification(page, 'enter the code', 'Copy Code and Open Page')
    const tab = await opened
    await tab.locator('input[name=user_code]').fill(code)
    await press(tab, 'Next')
    await signInOnPage(tab, person(stage, 'ada'))
    await press(tab, 'Continue')
    await tab.getByText('You are signed in').waitFor()
    assert.equal((await outcome()).account, ADA)
    await readAccounts(page, ADA)
  })

  it('gives a token that the protected API accepts', async () => {
    const outcome = await stage.consume('Call Protected API')
    assert.equal((await outcome()).status, 200)
  })

  it('is signed in after a reload, and gives the token without one request', async () => {
    stage.simulator.controls.resetCounts()
    await stage.reload()
    const outcome = await stage.consume('Get Session Silently')
    assert.equal((await outcome()).account, ADA)
    assert.deepEqual(stage.requests(), [])
  })
})
