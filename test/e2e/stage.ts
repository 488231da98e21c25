import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { keepArtifacts } from '../host/artifacts.ts'
import { configureWindow, launchBrowser } from '../host/browser.ts'
import { installExtensions, startCodeServer, writeSettings, type CodeServer } from '../host/code-server.ts'
import { installHost, type HostVersion, type InstalledHost } from '../host/install.ts'
import { packConsumer, packExtension } from '../host/packages.ts'
import type { Browser, BrowserContext, Page } from '../host/playwright.ts'
import { settingsFor, simulatorHost } from '../host/settings.ts'
import { eventually, runCommand, waitForWorkbench } from '../host/workbench.ts'
import { startSimulator, type Simulator } from '../simulator/server.ts'

/** A line that the consumer sample wrote about one of its commands. */
export type Outcome = {
  readonly command: string
  readonly account?: string
  readonly scopes?: readonly string[]
  readonly status?: number
  readonly error?: string
  /** What VS Code tells the consumer about the window. */
  readonly window: 'desktop' | 'web'
}

/** What stands between the extension host and the simulator. */
export type Network = {
  readonly settings: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string>>
  readonly close: () => Promise<void>
}

/** How the window differs from a web window with the extension, the consumer and settings for the simulator. */
export type StageOptions = {
  /** The newest VS Code unless told. */
  readonly version?: HostVersion
  /** Reports a desktop window to the extension. */
  readonly desktop?: boolean
  readonly settings?: Readonly<Record<string, unknown>>
  /** The administrator's policy, in place of the one that this machine may have. */
  readonly policy?: (simulator: Simulator) => object
  /** Made once the simulator is there, before the server is. */
  readonly network?: (simulator: Simulator) => Promise<Network>
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly deviceScaleFactor?: number
}

/** A real window, with an extension host of its own. */
export type StageWindow = {
  readonly page: Page
  /** Runs a command of the consumer; the function that it returns waits for the outcome. */
  readonly consume: (command: string) => Promise<() => Promise<Outcome>>
  readonly reload: () => Promise<void>
}

/** A real window with the packaged extension and the consumer sample, before a simulator; the caller closes it. */
export type Stage = StageWindow & {
  readonly simulator: Simulator
  readonly context: BrowserContext
  /** Opens one more window of the same browser. */
  readonly openWindow: () => Promise<StageWindow>
  /** What the consumer's commands brought so far, in whichever window. */
  readonly outcomes: () => Promise<readonly Outcome[]>
  /** Requests that the simulator answered since its counts were reset. */
  readonly requests: () => readonly string[]
  /** Waits for the next page that VS Code opens; ask before it does. */
  readonly nextTab: () => Promise<Page>
  /** Closes all pages but the windows. */
  readonly closeTabs: () => Promise<void>
  /** Changes the settings and reloads the window. */
  readonly configure: (settings: StageOptions['settings']) => Promise<void>
  /** Keeps pictures and logs under this title. */
  readonly keep: (title: string) => Promise<void>
  readonly close: () => Promise<void>
}

/** How long VS Code may take to write what it remembers, on a busy machine. */
const WRITE_MS = 1500

/** Opens a stage: installs the host if need be, starts simulator, server and browser, and waits for the window. */
export const openStage = async (options: StageOptions = {}): Promise<Stage> => {
  const host = await installHost(options.version)
  const closers: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    const directory = await mkdtemp(path.join(tmpdir(), 'entra-auth-e2e-'))
    closers.push(() => rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }))
    const simulator = await startSimulator({ host: simulatorHost() })
    closers.push(simulator.stop)
    const results = path.join(directory, 'results.jsonl')
    const network = await options.network?.(simulator)
    if (network !== undefined) closers.push(network.close)
    const own = { ...settingsFor(simulator), ...network?.settings }
    if (options.policy) await writePolicy(directory, options.policy(simulator))
    const environment = { CONSUMER_SAMPLE_RESULTS: results, ...network?.environment }
    const server = await startServer({
      host,
      directory,
      settings: { ...own, ...options.settings },
      environment,
      options,
    })
    closers.push(server.stop)
    const browser = await launchBrowser(host)
    closers.push(() => browser.close())
    const context = await openContext(browser, options)
    await configureWindow(context, server, {
      desktop: options.desktop ?? false,
      trustedDomains: [simulator.http],
    })
    const pages = new Set<Page>()
    const openWindow = async (): Promise<StageWindow> => {
      const page = await context.newPage()
      pages.add(page)
      await page.goto(`${server.origin}/?ew=true`)
      await waitForWorkbench(page)
      return driveWindow(page, results)
    }
    const window = await openWindow()
    return {
      ...window,
      simulator,
      context,
      openWindow,
      outcomes: () => readOutcomes(results),
      requests: () => simulator.controls.requests().map(({ method, path: asked }) => `${method} ${asked}`),
      nextTab: () => {
        const tab = context.waitForEvent('page')
        // Whoever waits for it sees the failure; another step may fail first.
        tab.catch(() => undefined)
        return tab
      },
      closeTabs: async () => {
        for (const tab of context.pages()) if (!pages.has(tab)) await tab.close()
      },
      configure: async (settings) => {
        await writeSettings(directory, { ...own, ...settings })
        // Nothing watches the file in a host without native modules.
        await window.reload()
      },
      keep: async (title) => {
        console.error(`    kept in ${await keepArtifacts(title, context, directory)}`)
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const driveWindow = (page: Page, results: string): StageWindow => ({
  page,
  consume: async (command) => {
    const before = (await readOutcomes(results)).length
    await runCommand(page, `Consumer Sample: ${command}`)
    return () =>
      eventually(async () => {
        const outcome = (await readOutcomes(results))[before]
        if (outcome === undefined) throw new Error(`'${command}' brought no outcome`)
        return outcome
      }, 20_000)
  },
  reload: async () => {
    // VS Code writes a moment later what it remembers of consent; a person takes longer to reload.
    await page.waitForTimeout(WRITE_MS)
    await page.reload()
    await waitForWorkbench(page)
  },
})

const startServer = async (parts: {
  readonly host: InstalledHost
  readonly directory: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string>>
  readonly options: StageOptions
}): Promise<CodeServer> => {
  const { host, directory, settings, environment, options } = parts
  await installExtensions(host, directory, [await packExtension(), await packConsumer()])
  if (options.policy) await redirectPolicy(directory)
  await writeSettings(directory, settings)
  return startCodeServer(host, {
    directory,
    preload: options.desktop === true ? [path.resolve(import.meta.dirname, '../host/report-desktop.cjs')] : [],
    environment,
  })
}

const policyFile = (directory: string): string => path.join(directory, 'policy/policy.json')

const writePolicy = async (directory: string, policy: object): Promise<void> => {
  const file = policyFile(directory)
  await mkdir(path.dirname(file), { mode: 0o755 })
  await writeFile(file, JSON.stringify(policy), { mode: 0o644 })
}

/** Nothing but the code says where the policy is and who an administrator is, so the installed copy is changed. */
const redirectPolicy = async (directory: string): Promise<void> => {
  const extensions = path.join(directory, 'extensions')
  const name = (await readdir(extensions)).find((entry) => entry.startsWith('entra-auth.entra-auth-')) ?? ''
  const bundle = path.join(extensions, name, 'dist/extension.js')
  const before = await readFile(bundle, 'utf8')
  const after = before
    .replace('"/etc/entra-auth/policy.json"', JSON.stringify(policyFile(directory)))
    .replace(/\badministrators:\[0\]/, `administrators:[0,${process.getuid?.() ?? 0}]`)
  if (!after.includes(policyFile(directory))) throw new Error(`${bundle} names no policy`)
  await writeFile(bundle, after)
}

const openContext = async (browser: Browser, options: StageOptions): Promise<BrowserContext> => {
  const { viewport = { width: 1280, height: 800 }, deviceScaleFactor = 1 } = options
  const context = await browser.newContext({ viewport, deviceScaleFactor })
  context.setDefaultTimeout(15_000)
  return context
}

const readOutcomes = async (file: string): Promise<readonly Outcome[]> => {
  const text = existsSync(file) ? await readFile(file, 'utf8') : ''
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Outcome)
}
