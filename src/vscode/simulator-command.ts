import * as vscode from 'vscode'
import type { ProviderControls } from './provider-registration.ts'
import { SECTION } from './settings.ts'
import type { SimulatorDescription } from './simulator-description.ts'
import { introduceSimulator, nameSimulator, speakSimulator } from './simulator-texts.ts'
import { createSimulatorSwitch, type RunningSimulator } from './simulator-switch.ts'
import { showNotification } from './window.ts'

const LAST_HOST = 'simulatorHost'

/**
 * Offers the simulator to authors of extensions: only where this extension runs from its sources, for only there is one.
 *
 * @param start - starts the simulator of the checkout in a folder
 */
export function registerSimulator(
  context: vscode.ExtensionContext,
  provider: ProviderControls,
  start: (folder: string) => Promise<RunningSimulator>,
): void {
  if (context.extensionMode !== vscode.ExtensionMode.Development) return
  const item = vscode.window.createStatusBarItem(vscode.StatusBarAlignment.Left, Number.MAX_SAFE_INTEGER)
  item.name = vscode.l10n.t('Entra simulator')
  item.text = nameSimulator('$(beaker)')
  item.command = `${SECTION}.toggleSimulator`
  item.backgroundColor = new vscode.ThemeColor('statusBarItem.warningBackground')
  const simulator = createSimulatorSwitch({
    start: () => start(context.extensionPath),
    override: provider.override,
    signOut: provider.signOut,
    lastHost: {
      get: () => context.globalState.get<string>(LAST_HOST),
      set: (host) => void context.globalState.update(LAST_HOST, host),
    },
    mark(running) {
      if (!running) item.hide()
      else {
        item.tooltip = describePeople(running)
        // What a screen reader makes of the tooltip is its Markdown.
        item.accessibilityInformation = { label: speakSimulator(running), role: 'button' }
        item.show()
      }
    },
    tell: (text, buttons) => showNotification('info', text, buttons),
    copyText: (text) => void vscode.env.clipboard.writeText(text),
    signIn: () => void vscode.commands.executeCommand(`${SECTION}.signIn`),
    showLog: () => void vscode.commands.executeCommand(`${SECTION}.showLog`),
    log: provider.log,
  })
  void vscode.commands.executeCommand('setContext', 'entraAuth.isDevelopment', true)
  context.subscriptions.push(
    item,
    vscode.commands.registerCommand(`${SECTION}.toggleSimulator`, () => simulator.toggle()),
    { dispose: () => simulator.stop() },
  )
}

/** The simulator's people are made up, and so are their passwords. */
function describePeople(simulator: SimulatorDescription): vscode.MarkdownString {
  const text = new vscode.MarkdownString()
  text.appendText(introduceSimulator(simulator))
  text.appendCodeblock(
    simulator.users.map(({ username, password, note }) => `${username}  ${password}  ${note}`).join('\n'),
    'text',
  )
  return text
}
