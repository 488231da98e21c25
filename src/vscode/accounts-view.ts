import * as vscode from 'vscode'
import type { Clock } from '../msal/index.ts'
import type { AccountActions } from './account-actions.ts'
import { createAccountTree, type CachedSignIn, type TreeNode } from './account-tree.ts'
import { SECTION } from './settings.ts'

/** What the view works with. */
export interface AccountsViewParts {
  readonly readSignIns: () => Promise<readonly CachedSignIn[]>
  readonly actions: AccountActions
  readonly clock: Clock
  /** Fires when someone signs in or out, or a token is renewed. */
  readonly onDidChange: vscode.Event<unknown>
}

const VIEW = `${SECTION}.accounts`
/** Often enough for minutes that count down. */
const UPDATE_MS = 60_000

/** Registers the view "Entra Accounts" and its commands. While it can't be seen it reads nothing. */
export function registerAccountsView({ actions, clock, ...parts }: AccountsViewParts): vscode.Disposable {
  const changed = new vscode.EventEmitter<undefined>()
  const revealed = new Set<string>()
  let nodes: ReadonlyMap<string, TreeNode> = new Map()

  const readRoots = async (): Promise<TreeNode[]> => {
    const roots = createAccountTree(await parts.readSignIns(), { now: clock.now(), revealed, formatTime })
    nodes = new Map(roots.flatMap(flatten).map((node) => [node.id, node]))
    return [...roots]
  }

  const view = vscode.window.createTreeView<TreeNode>(VIEW, {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getTreeItem: toTreeItem,
      getChildren: (node) => (node ? [...node.children] : readRoots()),
    },
  })
  const update = () => {
    if (view.visible) changed.fire(undefined)
  }

  let hidden = new AbortController()
  const showTime = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      update()
      await clock.sleep(UPDATE_MS, signal).catch(() => undefined)
    }
  }
  const follow = () => {
    hidden.abort()
    hidden = new AbortController()
    if (view.visible) void showTime(hidden.signal)
    else revealed.clear()
  }

  /** Commands take the row that they were called on, else the selected one; of the argument only its id counts. */
  const on = (run: (node: TreeNode) => Promise<void> | void) => async (argument?: unknown) => {
    const id = idOf(argument) ?? view.selection[0]?.id
    const node = id === undefined ? undefined : nodes.get(id)
    if (!node) return
    await run(node)
    update()
  }
  const commands: Readonly<Record<string, (argument?: unknown) => Promise<void> | void>> = {
    signIn: () => actions.signIn(),
    refreshAccounts: update,
    refreshToken: on((node) => actions.refresh(node)),
    forgetTokens: on((node) => actions.forget(node)),
    signOut: on((node) => actions.signOut(node)),
    revealClaim: on(({ id }) => void revealed.add(id)),
    hideClaim: on(({ id }) => void revealed.delete(id)),
    copyAccountId: on((node) => actions.copy(node)),
    copyTenantId: on((node) => actions.copy(node)),
    copyValue: on((node) => actions.copy(node)),
  }
  return vscode.Disposable.from(
    changed,
    view,
    view.onDidChangeVisibility(follow),
    parts.onDidChange(update),
    { dispose: () => hidden.abort() },
    ...Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(`${SECTION}.${name}`, run)),
  )
}

const idOf = (argument: unknown): string | undefined =>
  typeof argument === 'object' && argument !== null && 'id' in argument && typeof argument.id === 'string'
    ? argument.id
    : undefined

const flatten = (node: TreeNode): readonly TreeNode[] => [node, ...node.children.flatMap(flatten)]

const formatTime = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleString(vscode.env.language, { dateStyle: 'medium', timeStyle: 'short' })

function toTreeItem(node: TreeNode): vscode.TreeItem {
  const { None, Expanded, Collapsed } = vscode.TreeItemCollapsibleState
  const opened = node.kind === 'account' || node.kind === 'tenant' ? Expanded : Collapsed
  const item = new vscode.TreeItem(node.label, node.children.length === 0 ? None : opened)
  item.id = node.id
  item.contextValue = node.copy ? `${node.kind}.${node.copy.kind}` : node.kind
  item.iconPath = new vscode.ThemeIcon(node.icon)
  item.tooltip = node.spoken
  item.accessibilityInformation = { label: node.spoken }
  if (node.description) item.description = node.description
  if (node.kind === 'hiddenClaim')
    item.command = { command: `${SECTION}.revealClaim`, title: vscode.l10n.t('Show'), arguments: [{ id: node.id }] }
  return item
}
