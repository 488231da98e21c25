import * as vscode from 'vscode'
import { SIGN_IN_ACTIONS, type SignInActions } from './sign-in-actions.ts'
import { SECTION } from './settings.ts'

/** What the commands work on. */
export interface CommandParts {
  readonly extension: vscode.Uri
  readonly channel: vscode.LogOutputChannel
  readonly actions: SignInActions
  readonly signInToTenant: () => Promise<void>
  readonly signOut: () => Promise<void>
  readonly diagnose: () => Promise<void>
  readonly copyDiagnosis: () => Promise<void>
}

/** Registers the commands `entraAuth.*`; none of them returns anything. */
export function registerCommands(parts: CommandParts): vscode.Disposable {
  const commands: Readonly<Record<string, (argument?: unknown) => unknown>> = {
    openSettings: () => openSetting('@ext:entra-auth.entra-auth'),
    showLog: () => parts.channel.show(),
    signInToTenant: parts.signInToTenant,
    signOutAccount: parts.signOut,
    diagnose: parts.diagnose,
    copyDiagnosis: parts.copyDiagnosis,
    showSignInHelp: () => openRegistrationHelp(parts.extension),
    ...Object.fromEntries(
      SIGN_IN_ACTIONS.map((action) => [action, (offer?: unknown) => parts.actions.run(action, offer)]),
    ),
  }
  const registrations = Object.entries(commands).map(([name, run]) =>
    vscode.commands.registerCommand(`${SECTION}.${name}`, async (argument?: unknown) => {
      await run(argument)
    }),
  )
  return vscode.Disposable.from(...registrations)
}

/** Opens the settings editor at a setting, or at what a query finds. */
export async function openSetting(query: string): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', query)
}

/** Shows the README at its section on registering an app. */
export async function openRegistrationHelp(extension: vscode.Uri): Promise<void> {
  const readme = await findReadme(extension)
  await vscode.commands.executeCommand('markdown.showPreview', readme.with({ fragment: 'register-an-app' }))
}

/** The packager writes the name in lower case. */
async function findReadme(extension: vscode.Uri): Promise<vscode.Uri> {
  const packaged = vscode.Uri.joinPath(extension, 'readme.md')
  try {
    await vscode.workspace.fs.stat(packaged)
    return packaged
  } catch {
    return vscode.Uri.joinPath(extension, 'README.md')
  }
}
