import assert from 'node:assert/strict'
import type { Page } from '../host/playwright.ts'
import {
  answerDialog,
  answerNotification,
  clickInNotification,
  eventually,
  quickPickRows,
  readAccounts,
} from '../host/workbench.ts'
import { person, signInOnPage } from './pages.ts'
import type { Stage } from './stage.ts'
import { useStage } from './use-stage.ts'

const ADA = 'ada@contoso.test'

/** Where a page of code-server waits for what the web's callback was opened with. */
const CALLBACKS = 'vscode-web.url-callbacks'

describe('a desktop window, where localhost is blocked', function () {
  this.timeout(60_000)

  let stage: Stage
  let page: Page

  useStage('uri handler', { desktop: true, settings: { 'entraAuth.signInMethod': 'uriHandler' } }, (opened) => {
    stage = opened
    page = stage.page
  })

  const start = async () => {
    const tab = stage.nextTab()
    const outcome = await stage.consume('Get Session')
    await answerDialog(page, 'Allow')
    return { tab: await tab, outcome }
  }

  /** Stands for the operating system, which opens the editor by its own scheme. */
  const openEditor = async (address: string): Promise<void> => {
    const { protocol, host, pathname, search } = new URL(address)
    const uri = { scheme: protocol.slice(0, -1), authority: host, path: pathname, query: search.slice(1) }
    const tab = await stage.context.newPage()
    await tab.goto(new URL('/healthz', page.url()).href)
    await tab.evaluate(
      ({ key, value }) => {
        for (const id of [1, 2, 3]) localStorage.setItem(`${key}[${id}]`, value)
      },
      { key: CALLBACKS, value: JSON.stringify(uri) },
    )
    await tab.close()
  }

  it('offers the loopback and the device code as other ways', async () => {
    const { outcome } = await start()
    await clickInNotification(page, 'let it open VS Code', 'Use Another Way…')
    assert.deepEqual(
      (await quickPickRows(page)).map((row) => row.split(',')[0]),
      ['Browser', 'Device code'],
    )
    await page.keyboard.press('Escape')
    await answerNotification(page, 'let it open VS Code', 'Cancel')
    assert.match((await outcome()).error ?? '', /cancel/i)
  })

  it('signs a person in by the address of VS Code, exactly as it is registered', async () => {
    const { tab, outcome } = await start()
    const redirects: string[] = []
    tab.on('response', (response) => void redirects.push(response.headers()['location'] ?? ''))
    assert.equal(new URL(tab.url()).searchParams.get('redirect_uri'), 'vscode://entra-auth.entra-auth/callback')
    await signInOnPage(tab, person(stage, 'ada'))
    const answer = await eventually(() => {
      const found = redirects.find((location) => location.startsWith('vscode://entra-auth.entra-auth/callback?'))
      if (found === undefined) throw new Error('the page did not lead to VS Code')
      return found
    })
    await openEditor(answer)
    assert.equal((await outcome()).account, ADA)
    await readAccounts(page, ADA)
  })

  it('gives a token that the protected API accepts', async () => {
    assert.equal((await (await stage.consume('Call Protected API'))()).status, 200)
  })
})
