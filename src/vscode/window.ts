import * as vscode from 'vscode'
import type { ShowNotification } from './notifications.ts'
import type { EditorFacts, NetworkSettings } from './diagnosis.ts'
import { editorRedirectUri } from './redirect-uri.ts'
import { SIGN_IN_ACTIONS, type SignInAction } from './sign-in-actions.ts'
import { isBesideBrowser, type HostFacts } from './sign-in-methods.ts'
import type { AskOptions, PickItem, PickOptions, SignInWindow } from './sign-in-window.ts'

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
  ask,
  openExternal,
  copyText: async (text) => vscode.env.clipboard.writeText(text),
}

/** Shows a notification and runs what its button stands for. */
export const showNotification: ShowNotification = (level, text, buttons) => {
  const show = {
    error: vscode.window.showErrorMessage,
    warning: vscode.window.showWarningMessage,
    info: vscode.window.showInformationMessage,
  }[level]
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

/** An input box that takes no text that is wrong. */
async function ask({ title, placeholder, validate, signal }: AskOptions): Promise<string | undefined> {
  if (signal.aborted) return undefined
  const box = vscode.window.createInputBox()
  Object.assign(box, { title, placeholder, ignoreFocusOut: true })
  try {
    return await new Promise((resolve) => {
      box.onDidChangeValue(() => (box.validationMessage = undefined))
      box.onDidAccept(() => {
        const text = box.value.trim()
        box.validationMessage = validate(text)
        if (box.validationMessage === undefined) resolve(text)
      })
      box.onDidHide(() => resolve(undefined))
      signal.addEventListener('abort', () => resolve(undefined), { once: true })
      box.show()
    })
  } finally {
    box.dispose()
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

/** The redirect URI of this extension in this editor, which need not be VS Code. */
export const readEditorUri = (): string => editorRedirectUri(vscode.env.uriScheme)

/** The language of this extension's texts: that of the window, where there is a translation. */
export const readLanguage = (): string => (vscode.l10n.bundle ? vscode.env.language : 'en')

/** Lets the view and the walkthrough know how far the person has come. */
export function showState(state: Readonly<Record<'isConfigured' | 'isSignedIn', boolean>>): void {
  for (const [name, value] of Object.entries(state))
    void vscode.commands.executeCommand('setContext', `entraAuth.${name}`, value)
}

/** Asks in a modal dialog, which has Cancel besides; resolves to the action that was chosen. */
export const choose = async (text: string, ...actions: readonly string[]): Promise<string | undefined> =>
  vscode.window.showWarningMessage(text, { modal: true }, ...actions)

/** Asks in a modal dialog, which has Cancel besides; resolves to whether `action` was chosen. */
export const confirm = async (text: string, action: string): Promise<boolean> => (await choose(text, action)) === action

/** Tells by a notification that goes by itself; resolves to the action that was chosen. */
export const tell = async (text: string, ...actions: readonly string[]): Promise<string | undefined> =>
  vscode.window.showInformationMessage(text, ...actions)

const readPlace = ({ extension }: vscode.ExtensionContext) =>
  ({
    uiKind: vscode.env.uiKind === vscode.UIKind.Web ? 'web' : 'desktop',
    remoteName: vscode.env.remoteName,
    extensionKind: extension.extensionKind === vscode.ExtensionKind.UI ? 'ui' : 'workspace',
  }) as const

/** Whether the person sits at the machine that this extension runs on. */
export const isAtHand = (context: vscode.ExtensionContext): boolean => isBesideBrowser(readPlace(context))

/** What VS Code tells about the place where this extension runs. */
export async function readHostFacts(
  context: vscode.ExtensionContext,
  extensionHost: HostFacts['extensionHost'],
): Promise<HostFacts> {
  const place = readPlace(context)
  // A web window has an address of its own for each answer.
  const isStable = place.uiKind === 'desktop' && (await isReachedAsRegistered(vscode.Uri.parse(readEditorUri(), true)))
  return { extensionHost, ...place, hasStableUri: isStable }
}

/** A desktop window only adds its number to the query, which an exact redirect URI can do without. */
async function isReachedAsRegistered(uri: vscode.Uri): Promise<boolean> {
  try {
    const external = await vscode.env.asExternalUri(uri)
    return external.with({ query: '' }).toString() === uri.toString()
  } catch {
    return false
  }
}

/** What the diagnosis tells about VS Code. */
export async function readEditorFacts(
  context: vscode.ExtensionContext,
  extensionHost: HostFacts['extensionHost'],
): Promise<EditorFacts> {
  const { version } = context.extension.packageJSON as { readonly version: string }
  return {
    ...(await readHostFacts(context, extensionHost)),
    product: `${vscode.env.appName} (${vscode.version})`,
    appHost: vscode.env.appHost,
    extensionVersion: version,
  }
}

/** VS Code's own settings of the network. */
export function readNetworkSettings(): NetworkSettings {
  const http = vscode.workspace.getConfiguration('http')
  const names = ['proxy', 'proxySupport', 'noProxy', 'systemCertificates', 'proxyStrictSSL'] as const
  return Object.fromEntries(names.map((name) => [name, http.get<unknown>(name)])) as Record<
    (typeof names)[number],
    unknown
  >
}
