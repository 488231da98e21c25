import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { keepArtifacts } from '../host/artifacts.ts'
import { launchBrowser } from '../host/browser.ts'
import { installWebHost } from '../host/install.ts'
import { readExtension, readWebConsumer } from '../host/packages.ts'
import type { BrowserContext, Page } from '../host/playwright.ts'
import { settingsFor } from '../host/settings.ts'
import { startWebServer, type ExtensionFiles } from '../host/web-server.ts'
import { eventually, runCommand, waitForWorkbench } from '../host/workbench.ts'
import { startSimulator, type Simulator } from '../simulator/server.ts'
import type { Outcome } from './stage.ts'

/** A window of a VS Code that runs in the browser alone, with the packaged extension and the consumer sample. */
export type WebStage = {
  readonly simulator: Simulator
  readonly context: BrowserContext
  readonly page: Page
  /** Lines on the browser's console, its extension host's among them. */
  readonly console: readonly string[]
  /** Requests of the window and its extension host that left the site. */
  readonly requests: () => readonly string[]
  /** Runs a command of the consumer; the function that it returns waits for the outcome, of two at once for either's. */
  readonly consume: (command: string, page?: Page) => Promise<() => Promise<Outcome>>
  /** Opens another window of the same browser. */
  readonly openWindow: () => Promise<Page>
  readonly reload: () => Promise<void>
  /** Closes all pages but the first window. */
  readonly closeTabs: () => Promise<void>
  /** Keeps pictures and the console under this title. */
  readonly keep: (title: string) => Promise<void>
  readonly close: () => Promise<void>
}

/** Opens the stage: installs the host if need be, starts simulator, site and browser, and waits for the window. */
export const openWebStage = async (extra: Readonly<Record<string, ExtensionFiles>>): Promise<WebStage> => {
  const host = await installWebHost()
  const closers: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    // VS Code lets extensions in a browser ask no other loopback address.
    const simulator = await startSimulator({ host: '127.0.0.1' })
    closers.push(simulator.stop)
    const server = await startWebServer(host, {
      extensions: { 'entra-auth': await readExtension(), consumer: await readWebConsumer(), ...extra },
      settings: settingsFor(simulator),
      trustedDomains: [simulator.http],
    })
    closers.push(server.stop)
    const browser = await launchBrowser(host)
    closers.push(() => browser.close())
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    context.setDefaultTimeout(15_000)
    const requests: string[] = []
    const lines: string[] = []
    const openWindow = async (): Promise<Page> => {
      const page = await context.newPage()
      page.on('console', (message) => lines.push(message.text()))
      page.on('request', (request) => {
        const url = request.url()
        if (url.startsWith('http') && !url.startsWith(server.origin)) requests.push(url)
      })
      await page.goto(server.origin)
      await waitForWorkbench(page)
      return page
    }
    const page = await openWindow()
    let asked = 0
    return {
      simulator,
      context,
      page,
      console: lines,
      requests: () => requests,
      consume: async (command, window = page) => {
        const index = asked++
        await runCommand(window, `Consumer Sample: ${command}`)
        return () =>
          eventually(() => {
            const line = server.outcomes[index]
            if (line === undefined) throw new Error(`'${command}' brought no outcome`)
            return JSON.parse(line) as Outcome
          }, 20_000)
      },
      openWindow,
      reload: async () => {
        await page.reload()
        await waitForWorkbench(page)
      },
      closeTabs: async () => {
        for (const tab of context.pages()) if (tab !== page) await tab.close()
      },
      keep: async (title) => {
        const folder = await keepArtifacts(title, context)
        await writeFile(path.join(folder, 'console.log'), lines.join('\n'))
        console.error(`    kept in ${folder}`)
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
