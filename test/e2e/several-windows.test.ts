import assert from 'node:assert/strict'
import {
  answerDialog,
  answerNotification,
  clearNotifications,
  eventually,
  pick,
  readAccounts,
  runCommand,
  signOut,
} from '../host/workbench.ts'
import type { Page } from '../host/playwright.ts'
import { person, signInOnPage, waitForSuccess } from './pages.ts'
import type { Outcome, Stage, StageWindow } from './stage.ts'
import { useStage } from './use-stage.ts'

const ADA = 'ada@contoso.test'
/** Below the 5 minutes that a usable token has left, so that each request for one refreshes. */
const SHORT_SECONDS = 60

/** Refresh tokens rotate, and one that is used twice is revoked with all that came of it. */
describe('two windows of one browser, each with an extension host of its own', function () {
  this.timeout(90_000)

  let stage: Stage
  let second: StageWindow

  useStage('windows', { desktop: true }, async (opened) => {
    stage = opened
    // The second window's copy of the secrets has what the first stored before it.
    await readAccounts(stage.page, 'Microsoft Entra')
    second = await stage.openWindow()
  })

  const hasAccount = async (page: Page): Promise<boolean> =>
    (await readAccounts(page)).some((label) => label.startsWith(ADA))

  const waitUntil = (page: Page, isSignedIn: boolean): Promise<void> =>
    eventually(async () => assert.equal(await hasAccount(page), isSignedIn))

  const signIn = async ({ page, consume }: StageWindow): Promise<Outcome> => {
    const tab = stage.nextTab()
    const outcome = await consume('Get Session')
    await answerDialog(page, 'Allow')
    await signInOnPage(await tab, person(stage, 'ada'))
    await waitForSuccess(await tab)
    return outcome()
  }

  /** Asks in both windows at once. */
  const askInBoth = async (command = 'Get Session Silently'): Promise<readonly Outcome[]> => {
    const before = (await stage.outcomes()).length
    await Promise.all([stage, second].map(({ consume }) => consume(command)))
    return eventually(async () => {
      const outcomes = (await stage.outcomes()).slice(before)
      assert.equal(outcomes.length, 2)
      return outcomes
    })
  }

  const tokenRequests = () => stage.requests().filter((request) => request.endsWith('/token')).length

  it('sign in together: what one does, the other knows', async () => {
    assert.equal((await signIn(stage)).account, ADA)
    await waitUntil(second.page, true)
  })

  it('give a token without a request once it is there, whoever got it', async () => {
    // What a person allowed in the first window, the second knows once it is loaded again.
    await second.reload()
    stage.simulator.controls.resetCounts()
    assert.deepEqual(
      (await askInBoth()).map(({ account }) => account),
      [ADA, ADA],
    )
    assert.equal(tokenRequests(), 0)
  })

  it('#27 N windows refresh at once and rotation signs all out: both stay signed in', async () => {
    stage.simulator.controls.set({ revokeOnReuse: true, accessTokenLifetime: SHORT_SECONDS })
    for (let round = 0; round < 3; round++)
      assert.deepEqual(
        (await askInBoth('Get Session in Guest Tenant')).map(({ account }) => account),
        [ADA, ADA],
      )
    assert.equal(tokenRequests(), 6)
  })

  it('ask after a sign-out in the Accounts menu whether the browser is to be signed out, too', async () => {
    await signOut(stage.page, ADA)
    const tab = stage.nextTab()
    await answerNotification(stage.page, 'is signed out here', 'Also Sign Out in the Browser')
    await (await tab).getByText('You signed out').waitFor()
    assert.doesNotMatch((await tab).url(), /id_token_hint|contoso/)
  })

  it('#25 Sign-out does not stick: out in one, out in the other', async () => {
    await waitUntil(second.page, false)
    assert.deepEqual(
      (await askInBoth()).map(({ account }) => account),
      [undefined, undefined],
    )
  })

  it('#25 Sign-out does not stick: both are out after a reload', async () => {
    await Promise.all([stage.reload(), second.reload()])
    for (const { page } of [stage, second]) await waitUntil(page, false)
    assert.deepEqual(
      (await askInBoth()).map(({ account }) => account),
      [undefined, undefined],
    )
  })

  it('sign out by the command, and in the browser, where nobody is remembered then', async () => {
    assert.equal((await signIn(second)).account, ADA)
    await waitUntil(stage.page, true)
    await clearNotifications(stage.page)
    await runCommand(stage.page, 'Entra Auth: Sign Out…')
    await pick(stage.page, ADA)
    const tab = stage.nextTab()
    await answerDialog(stage.page, 'Also Sign Out in the Browser')
    await (await tab).getByText('You signed out').waitFor()
    for (const { page } of [stage, second]) await waitUntil(page, false)
    const signInTab = stage.nextTab()
    await runCommand(second.page, 'Entra Auth: Sign In')
    await (await signInTab).locator('input[name=username]').waitFor()
    assert.equal(await (await signInTab).getByRole('button', { name: ADA }).count(), 0)
  })
})
