import assert from 'node:assert/strict'
import type { Page } from '../host/playwright.ts'
import { answerDialog, notification, pick, readAccounts } from '../host/workbench.ts'
import { startCompanyNetwork, type CompanyNetwork, type RootStore } from './network.ts'
import { enterDeviceCode, person, press, signInOnPage } from './pages.ts'
import type { Outcome, Stage } from './stage.ts'
import { useStage } from './use-stage.ts'

const ADA = 'ada@contoso.test'
/** Tokens that last no longer are not given out a second time. */
const SHORT_SECONDS = 200
/** Nobody listens there. */
const OFFLINE = { 'http.proxy': 'http://127.0.0.1:9' }
const TOKEN_REQUEST = 'POST /organizations/oauth2/v2.0/token'

describe('a window behind a proxy that asks for a password and opens TLS', function () {
  this.timeout(60_000)

  let stage: Stage
  let page: Page
  let network: CompanyNetwork

  const useNetwork = (store: RootStore): void =>
    useStage(
      'network',
      { network: async (simulator) => (network = await startCompanyNetwork(simulator, store)) },
      (opened) => {
        stage = opened
        page = stage.page
        stage.simulator.controls.set({ deviceInterval: 1 })
      },
    )

  const consume = async (command: string): Promise<Outcome> => (await stage.consume(command))()

  const signIn = async (): Promise<Outcome> => {
    const outcome = await stage.consume('Get Session')
    await answerDialog(page, 'Allow')
    const shown = await notification(page, 'enter the code')
    const code = /enter the code (\S+)/.exec(await shown.innerText())?.[1] ?? ''
    const tab = await stage.context.newPage()
    await enterDeviceCode(tab, stage.simulator.http, code)
    await signInOnPage(tab, person(stage, 'ada'))
    await press(tab, 'Continue')
    return outcome()
  }

  describe("whose root is among the system's", () => {
    useNetwork('SSL_CERT_FILE')

    it('#31 Behind a proxy that opens TLS the token call fails with "network error": signs in through it', async () => {
      assert.equal((await signIn()).account, ADA)
      assert.ok(network.asked.includes(`CONNECT ${new URL(stage.simulator.https).host}`))
      assert.ok(network.read().includes(TOKEN_REQUEST))
    })

    it('offline: gives an unexpired token out, also after a reload', async () => {
      await stage.configure(OFFLINE)
      assert.equal((await consume('Get Session Silently')).account, ADA)
    })

    it('refreshes through the proxy', async () => {
      stage.simulator.controls.set({ accessTokenLifetime: SHORT_SECONDS })
      await stage.configure({})
      const before = network.read().length
      assert.equal((await consume('Get Session in Guest Tenant')).account, ADA)
      assert.equal((await consume('Get Session in Guest Tenant')).account, ADA)
      const refreshes = network.read().slice(before)
      assert.equal(refreshes.filter((request) => request.endsWith('/oauth2/v2.0/token')).length, 2)
    })

    it('#26 A network error is taken for a sign-out: offline, who is signed in stays so when tokens run out', async () => {
      await stage.configure(OFFLINE)
      await readAccounts(page, ADA)
      const outcome = await stage.consume('Get Session in Guest Tenant')
      await answerDialog(page, 'Allow')
      await pick(page, ADA)
      assert.match((await outcome()).error ?? '', /could not be reached .*Check the network and the proxy settings/)
      await notification(page, 'could not be reached')
      await readAccounts(page, ADA)
    })

    it('is signed in again without asking when the network is back', async () => {
      await stage.configure({})
      const { account, error } = await consume('Get Session in Guest Tenant')
      assert.deepEqual({ account, error }, { account: ADA, error: undefined })
    })
  })

  describe('whose root is in NODE_EXTRA_CA_CERTS', () => {
    useNetwork('NODE_EXTRA_CA_CERTS')

    it('#31 Behind a proxy that opens TLS the token call fails with "network error": signs in through it', async () => {
      assert.equal((await signIn()).account, ADA)
      assert.ok(network.read().includes(TOKEN_REQUEST))
    })

    it('says that the proxy asks for a name and a password, where it gets none', async () => {
      const proxy = new URL(String(network.settings['http.proxy']))
      await stage.configure({ 'http.proxy': proxy.origin })
      const outcome = await stage.consume('Get Session in Guest Tenant')
      await answerDialog(page, 'Allow')
      await pick(page, ADA)
      const text =
        /The proxy asks for a name and a password before it lets .* \(status 407\)\. Give them in .*http\.proxy/
      assert.match((await outcome()).error ?? '', text)
      await notification(page, text)
    })
  })
})
