import type { CodeServer } from './code-server.ts'
import type { InstalledBrowser } from './install.ts'
import type { Browser, BrowserContext } from './playwright.ts'

/** What the window is told before it starts; paths are absolute. */
export type WindowConfiguration = {
  /** Reports a desktop window; the server must have preloaded `report-desktop.cjs`. */
  readonly desktop?: boolean
  /** Origins that open without VS Code's question; `*` stands for any port. */
  readonly trustedDomains?: readonly string[]
  readonly developmentExtension?: string
  /** CommonJS module whose `run()` the extension host calls. */
  readonly testsPath?: string
}

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
]

/** Starts the host's headless Chromium; the caller closes it. */
export const launchBrowser = (host: InstalledBrowser): Promise<Browser> =>
  host.chromium.launch({
    executablePath: host.browser.executable,
    args: ARGUMENTS,
    env: { ...(process.env as Record<string, string>), ...host.browser.environment },
    // `processes.ts` decides about signals; the browser ends with this process in any case.
    ...{ handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false },
  })

/**
 * Edits the configuration that is embedded in the workbench's page, before its script reads it. (A page that is
 * answered by a route would have no address space, and Chromium would then refuse its WebSocket to 127.0.0.1.)
 */
export const configureWindow = (
  context: BrowserContext,
  server: CodeServer,
  configuration: WindowConfiguration,
): Promise<void> => {
  const remote = (path: string): object => ({ $mid: 1, scheme: 'vscode-remote', authority: server.authority, path })
  const { desktop = false, trustedDomains = [], developmentExtension, testsPath } = configuration
  const product = {
    linkProtectionTrustedDomains: trustedDomains,
    ...(desktop ? { urlProtocol: 'vscode', embedderIdentifier: 'desktop' } : {}),
  }
  const development = {
    ...(developmentExtension === undefined ? {} : { extensions: [remote(developmentExtension)] }),
    ...(testsPath === undefined ? {} : { extensionTestsPath: remote(testsPath) }),
  }
  return context.addInitScript(editConfiguration, { origin: server.origin, product, development })
}

/** Runs in the page, so it uses nothing from outside itself. */
const editConfiguration = (edit: { origin: string; product: object; development: object }): void => {
  if (location.origin !== edit.origin || window !== window.top) return
  const observer = new MutationObserver(() => {
    const meta = document.getElementById('vscode-workbench-web-configuration')
    if (meta === null) return
    observer.disconnect()
    const configuration = JSON.parse(meta.getAttribute('data-settings') ?? '{}') as Record<string, object>
    const product = { ...configuration['productConfiguration'], ...edit.product }
    const development = { ...configuration['developmentOptions'], ...edit.development }
    const edited = { ...configuration, productConfiguration: product, developmentOptions: development }
    meta.setAttribute('data-settings', JSON.stringify(edited))
  })
  observer.observe(document, { childList: true, subtree: true })
}
