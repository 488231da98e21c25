import assert from 'node:assert/strict'
import type { Page } from '../host/playwright.ts'
import {
  answerDialog,
  clearNotifications,
  notification,
  pick,
  quickPickRows,
  readAccounts,
  runCommand,
} from '../host/workbench.ts'
import { person, signInOnPage, waitForSuccess } from './pages.ts'
import type { Outcome, Stage } from './stage.ts'
import { useStage } from './use-stage.ts'

const ADA = 'ada@contoso.test'
const GUS = 'gus@fabrikam.test'

describe('a window with several profiles', function () {
  this.timeout(60_000)

  let stage: Stage
  let page: Page

  /** Lets the consumer ask by a profile. */
  const useProfile = async (name: string): Promise<void> => {
    const { simulator } = stage
    await stage.configure({
      'entraAuth.profiles': {
        work: { clientId: simulator.clients.public.clientId, authority: `${simulator.http}/organizations` },
        partner: {
          clientId: simulator.controls.apps()['family']?.clientId,
          authority: `${simulator.http}/${simulator.tenants.guest}`,
        },
        moon: { clientId: 'app', cloud: 'moon' },
      },
      'consumerSample.scopes': ['User.Read', `ENTRA_PROFILE:${name}`],
    })
  }

  useStage('profiles', { desktop: true }, async (opened) => {
    stage = opened
    page = stage.page
    await useProfile('work')
  })

  const consume = async (command: string): Promise<Outcome> => (await stage.consume(command))()

  it('#3 names a wrong one in a notification', async () => {
    const shown = await notification(page, 'The profile "moon"')
    assert.match(await shown.innerText(), /its cloud "moon" is wrong, it must be one of public, usGovernment/)
    await clearNotifications(page)
  })

  it('names a wrong one where settings are edited', async () => {
    await runCommand(page, 'Preferences: Open User Settings (JSON)')
    // The editor takes the focus when it is there; what is typed before that would go into it.
    await page.waitForTimeout(3000)
    await runCommand(page, 'Problems: Focus on Problems View')
    await page
      .locator('.markers-panel .monaco-list-row')
      .filter({ hasText: /not accepted.*usGovernment/ })
      .first()
      .waitFor()
    await runCommand(page, 'View: Close All Editors')
  })

  it('signs in by one of them, and says in which tenant by another', async () => {
    const tab = stage.nextTab()
    const outcome = await stage.consume('Get Session')
    await answerDialog(page, 'Allow')
    await signInOnPage(await tab, person(stage, 'ada'))
    await waitForSuccess(await tab)
    assert.equal((await outcome()).account, ADA)

    await useProfile('partner')
    const other = await stage.consume('Get Session')
    await answerDialog(page, 'Allow')
    assert.match((await quickPickRows(page)).join('\n'), /ada@contoso\.test/)
    assert.match(await page.locator('.quick-input-title').innerText(), new RegExp(stage.simulator.tenants.guest))
    const second = stage.nextTab()
    await pick(page, 'Another account…')
    await signInOnPage(await second, person(stage, 'gus'))
    await waitForSuccess(await second)
    assert.equal((await other()).account, GUS)
  })

  it('#18 #23 has accounts of both at once, and gives each profile its own', async () => {
    const labels = await readAccounts(page, GUS)
    assert.ok(labels.some((label) => label.startsWith(ADA)))
    assert.equal((await consume('Get Session Silently')).account, GUS)
    await useProfile('work')
    stage.simulator.controls.resetCounts()
    const outcome = await stage.consume('Choose Account')
    await answerDialog(page, 'Allow')
    await pick(page, ADA)
    assert.equal((await outcome()).account, ADA)
    assert.deepEqual(stage.requests(), [])
  })

  it('tells who asks for the wrong one what is wrong', async () => {
    await useProfile('moon')
    const outcome = await stage.consume('Get Session')
    await answerDialog(page, 'Allow')
    assert.match((await outcome()).error ?? '', /its cloud "moon" is wrong/)
  })
})
