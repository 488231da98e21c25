import * as vscode from 'vscode'
import type { ShowNotification } from './notifications.ts'
import { SIGN_IN_ACTIONS, type SignInAction } from './sign-in-actions.ts'
import type { HostFacts } from './sign-in-methods.ts'
import type { PickItem, PickOptions, SignInWindow } from './sign-in-window.ts'

/** VS Code's window, as sign-in uses it. */
export const signInWindow: SignInWindow = {
  withProgress: async (title, run) =>
    vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title, cancellable: true },
      async (progress, token) => {
        const cancelled = new AbortController()
        const listener = token.onCancellationRequested(() => cancelled.abort())
        try {
          return await run((message) => progress.report({ message }), cancelled.signal)
        } finally {
          listener.dispose()
        }
      },
    ),
  pick,
  openExternal,
  copyText: async (text) => vscode.env.clipboard.writeText(text),
}

/** Shows a notification and runs what its button stands for. */
export const showNotification: ShowNotification = (level, text, buttons) => {
  const show = level === 'error' ? vscode.window.showErrorMessage : vscode.window.showWarningMessage
  const labels = buttons.map(({ label }) => label)
  void show(text, ...labels).then((chosen) => buttons.find(({ label }) => label === chosen)?.run())
}

/** A pick list that survives a change of focus, to a browser for example, and closes with its signal. */
async function pick<T extends PickItem>(items: readonly T[], options: PickOptions): Promise<T | undefined> {
  if (options.signal.aborted) return undefined
  const list = vscode.window.createQuickPick<T>()
  list.title = options.title
  list.placeholder = options.placeholder
  list.items = items
  list.ignoreFocusOut = true
  try {
    return await new Promise((resolve) => {
      list.onDidAccept(() => resolve(list.selectedItems[0]))
      list.onDidHide(() => resolve(undefined))
      options.signal.addEventListener('abort', () => resolve(undefined), { once: true })
      list.show()
    })
  } finally {
    list.dispose()
  }
}

/** VS Code decodes the query of a `Uri`, which breaks `state`; given text, which its types don't know, it keeps it. */
async function openExternal(url: string): Promise<boolean> {
  try {
    return await vscode.env.openExternal(url as unknown as vscode.Uri)
  } catch {
    return vscode.env.openExternal(vscode.Uri.parse(url, true))
  }
}

/** Lets the command palette show what can be done about a sign-in that waits. */
export function showActions(offered: ReadonlySet<SignInAction>): void {
  for (const action of SIGN_IN_ACTIONS)
    void vscode.commands.executeCommand('setContext', `entraAuth.can.${action}`, offered.has(action))
}

/** What VS Code tells about the place where this extension runs. */
export const readHostFacts = ({ extension }: vscode.ExtensionContext): HostFacts => ({
  uiKind: vscode.env.uiKind === vscode.UIKind.Web ? 'web' : 'desktop',
  remoteName: vscode.env.remoteName,
  extensionKind: extension.extensionKind === vscode.ExtensionKind.UI ? 'ui' : 'workspace',
})
