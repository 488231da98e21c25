import assert from 'node:assert/strict'
import type { Page } from '../host/playwright.ts'
import { answerDialog, answerInput, pick, quickPickRows, readAccounts, runCommand } from '../host/workbench.ts'
import { person, signInOnPage, waitForSuccess } from './pages.ts'
import type { Outcome, Stage } from './stage.ts'
import { useStage } from './use-stage.ts'
import { openView, treeRow } from './view.ts'

const ADA = 'ada@contoso.test'

describe('a person in several tenants', function () {
  this.timeout(60_000)

  let stage: Stage
  let page: Page
  let guest: string

  useStage('tenants', { desktop: true }, (opened) => {
    stage = opened
    page = stage.page
    guest = stage.simulator.tenants.guest
  })

  const consume = async (command: string): Promise<Outcome> => (await stage.consume(command))()
  const pickerTitled = (title: string): Promise<void> =>
    page.locator('.quick-input-title').filter({ hasText: title }).waitFor()
  /** The picker's rows without what stands beside their names. */
  const choices = async (): Promise<readonly string[]> =>
    (await quickPickRows(page)).map((row) => row.split(',')[0] ?? '')

  it('#22 signs in to the own tenant, and no request goes to another', async () => {
    const outcome = await stage.consume('Get Session')
    const tab = stage.nextTab()
    await answerDialog(page, 'Allow')
    await signInOnPage(await tab, person(stage, 'ada'))
    await waitForSuccess(await tab)
    assert.equal((await outcome()).account, ADA)
    assert.deepEqual(
      stage.requests().filter((request) => request.includes(guest)),
      [],
    )
  })

  it('#21 signs in to another tenant by a command, which asks for its name and which account', async () => {
    await runCommand(page, 'Entra Auth: Sign In to Another Tenant…')
    await answerInput(page, guest)
    const tab = stage.nextTab()
    await pickerTitled(`Sign in to ${guest}`)
    await pick(page, ADA)
    await waitForSuccess(await tab)
    await openView(page)
    await treeRow(page, `Account ${ADA}, 2 tenants`).waitFor()
    assert.equal((await readAccounts(page, ADA)).filter((label) => label.startsWith(ADA)).length, 1)
  })

  it('#21 gives its token to an extension that names it, after a reload without one request', async () => {
    assert.equal((await consume('Get Session in Guest Tenant')).account, ADA)
    await stage.reload()
    stage.simulator.controls.resetCounts()
    const { account, scopes } = await consume('Get Session in Guest Tenant')
    assert.deepEqual({ account, scopes }, { account: ADA, scopes: ['User.Read', `VSCODE_TENANT:${guest}`] })
    assert.deepEqual(stage.requests(), [])
  })

  it('asks which tenant is meant, where a request leaves it open and nothing is known of it yet', async () => {
    await stage.configure({ 'consumerSample.scopes': ['Mail.Read'] })
    stage.simulator.controls.revokeTokens({ username: ADA })
    const outcome = await stage.consume('Choose Account')
    await answerDialog(page, 'Allow')
    await pickerTitled('Sign in to Microsoft Entra')
    await pick(page, ADA)
    await pickerTitled('Sign in to a tenant')
    assert.deepEqual(await choices(), ["The account's own tenant", guest, 'Another tenant…'])
    const tab = stage.nextTab()
    await pick(page, guest)
    await signInOnPage(await tab, person(stage, 'ada'))
    await waitForSuccess(await tab)
    const { account, scopes } = await outcome()
    assert.deepEqual({ account, scopes }, { account: ADA, scopes: ['Mail.Read'] })
    assert.ok(stage.requests().includes(`POST /${guest}/oauth2/v2.0/token`))
  })
})
