import assert from 'node:assert/strict'
import type { Page } from '../host/playwright.ts'
import {
  answerDialog,
  answerNotification,
  clickInNotification,
  clearNotifications,
  eventually,
  notification,
  pick,
  quickPickRows,
  readAccounts,
  signOut,
} from '../host/workbench.ts'
import { ADA } from '../support/entra.ts'
import { wireError, wireTokensFor } from '../support/stand-in-broker.ts'
import { startBrokerNetwork, type BrokerNetwork } from './broker-network.ts'
import type { Outcome, Stage } from './stage.ts'
import { useStage } from './use-stage.ts'

/** Other systems have no session bus; their brokers take native code. */
const onLinux = process.platform === 'linux' ? describe : describe.skip

onLinux('a desktop window, where the operating system has a broker', function () {
  this.timeout(60_000)

  let stage: Stage
  let page: Page
  let network: BrokerNetwork

  useStage('broker', { desktop: true, network: async () => (network = await startBrokerNetwork()) }, async (opened) => {
    stage = opened
    page = stage.page
    await stage.context.route('https://login.microsoftonline.com/**', (route) => route.fulfill({ body: 'Entra' }))
  })

  const consume = async (command: string): Promise<Outcome> => (await stage.consume(command))()
  const asked = (): readonly string[] => network.broker.requests.map(({ method }) => method)

  /** Asks for another sign-in, up to where it waits. */
  const signInAnew = async () => {
    const outcome = await stage.consume('Choose Account')
    await answerDialog(page, 'Allow')
    await pick(page, 'Sign in to another account')
    await pick(page, 'Another account…')
    return outcome
  }

  it('signs a person in there, and opens no page', async () => {
    const outcome = await stage.consume('Get Session')
    await answerDialog(page, 'Allow')
    const { account, error } = await outcome()
    assert.deepEqual({ account, error }, { account: ADA.username, error: undefined })
    assert.deepEqual(asked().at(-1), 'acquireTokenInteractively')
    assert.equal(stage.context.pages().length, 1)
    await readAccounts(page, ADA.username)
  })

  it('is signed in after a reload, and asks nobody', async () => {
    const before = asked()
    await stage.reload()
    assert.equal((await consume('Get Session Silently')).account, ADA.username)
    assert.deepEqual(asked(), before)
  })

  it('#11 The broker spins forever: offers the browser after a while, and tells the broker to stop', async () => {
    network.broker.answer('acquireTokenInteractively', () => new Promise(() => undefined))
    const outcome = await signInAnew()
    await notification(page, 'go on in the window of your operating system')
    await eventually(() => notification(page, 'still waiting for your operating system'), 25_000)
    const tab = stage.nextTab()
    await clickInNotification(page, 'still waiting for your operating system', 'Use Browser')
    await answerDialog(page, 'Open')
    assert.match((await tab).url(), /^https:\/\/login\.microsoftonline\.com\/organizations\/.*client_id=/)
    await eventually(() => assert.equal(asked().at(-1), 'cancelInteractiveFlow'))
    await answerNotification(page, 'go on in the browser', 'Cancel')
    assert.match((await outcome()).error ?? '', /cancel/i)
  })

  it('#10 The browser comes first from then on, also after a reload; the broker can still be chosen', async () => {
    await stage.reload()
    network.broker.answer('acquireTokenInteractively', wireTokensFor(ADA))
    const outcome = await signInAnew()
    await answerDialog(page, 'Open')
    await clickInNotification(page, 'go on in the browser', 'Use Another Way…')
    assert.deepEqual(
      (await quickPickRows(page)).map((row) => row.split(',')[0]),
      ['Browser that opens VS Code', 'Device code', 'Operating system'],
    )
    await pick(page, 'Operating system')
    assert.equal((await outcome()).account, ADA.username)
  })

  it('#10 The broker fails with StatusInternal::Unexpected: the browser is offered at once', async () => {
    network.broker.answer('acquireTokenInteractively', wireError(0, { context: 'StatusInternal::Unexpected' }))
    const outcome = await signInAnew()
    await notification(page, 'The operating system did not sign you in: StatusInternal::Unexpected')
    const [first] = await quickPickRows(page)
    assert.match(first ?? '', /^Browser,/)
    const tab = stage.nextTab()
    await pick(page, /^Browser(?! that)/)
    await answerDialog(page, 'Open')
    await tab
    await answerNotification(page, 'go on in the browser', 'Cancel')
    assert.match((await outcome()).error ?? '', /cancel/i)
    await clearNotifications(page)
  })

  it('signs out', async () => {
    await signOut(page, ADA.username)
    await stage.reload()
    assert.equal((await consume('Get Session Silently')).account, undefined)
  })
})
