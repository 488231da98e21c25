import assert from 'node:assert/strict'
import type { Page } from '../host/playwright.ts'
import { answerDialog, notification } from '../host/workbench.ts'
import { secondFactorCode } from '../simulator/world.ts'
import { person, press, signInOnPage, waitForSuccess } from './pages.ts'
import type { Stage } from './stage.ts'
import { useStage } from './use-stage.ts'

const ADA = 'ada@contoso.test'

describe('an API that asks for more proof of who the person is', function () {
  this.timeout(60_000)

  let stage: Stage
  let page: Page

  useStage('challenge', { desktop: true }, (opened) => {
    stage = opened
    page = stage.page
  })

  const consume = async (command: string) => (await stage.consume(command))()

  it('accepts the token of a plain sign-in while it asks for none', async () => {
    const tab = stage.nextTab()
    const outcome = await stage.consume('Call Protected API')
    await answerDialog(page, 'Allow')
    await signInOnPage(await tab, person(stage, 'ada'))
    await waitForSuccess(await tab)
    const { account, status } = await outcome()
    assert.deepEqual([account, status], [ADA, 200])
  })

  it('refuses it later, and nobody is asked where the extension calls silently', async () => {
    stage.simulator.controls.demandClaims({ claims: { acrs: { essential: true, value: 'c1' } } })
    assert.equal((await consume('Call Protected API Silently')).status, 401)
    assert.equal(stage.context.pages().length, 1)
  })

  it('#15, #16 Claims of WWW-Authenticate reach the sign-in: the person proves more in the browser, the API accepts', async () => {
    const tab = stage.nextTab()
    const outcome = await stage.consume('Call Protected API')
    await answerDialog(page, 'Allow')
    await notification(page, 'an API asks for more proof')
    await (await tab).locator('input[name=otc]').fill(secondFactorCode)
    await press(await tab, 'Verify')
    await waitForSuccess(await tab)
    const { account, status } = await outcome()
    assert.deepEqual([account, status], [ADA, 200])
  })

  it('accepts the new token from then on, which plain requests get without one request to the server', async () => {
    stage.simulator.controls.resetCounts()
    assert.equal((await consume('Get Session Silently')).account, ADA)
    assert.deepEqual(stage.requests(), [])
    assert.equal((await consume('Call Protected API Silently')).status, 200)
    assert.deepEqual(stage.requests(), ['GET /api/me'])
  })

  it('gets a new token silently where it has revoked the old one and no more proof is needed', async () => {
    stage.simulator.controls.demandClaims({ claims: null })
    stage.simulator.controls.revokeTokens({ username: ADA, kind: 'access' })
    assert.equal((await consume('Call Protected API Silently')).status, 200)
    assert.equal(stage.context.pages().length, 1)
  })
})
