import { appendFileSync } from 'node:fs'
import * as vscode from 'vscode'

/** What a command brought; a token is never part of it. */
type Outcome = { readonly account?: string; readonly scopes?: readonly string[]; readonly status?: number }

type Command = () => Promise<Outcome>

/** Called by VS Code; registers the sample's commands. */
export const activate = (context: vscode.ExtensionContext): void => {
  for (const [name, command] of Object.entries(commands))
    context.subscriptions.push(vscode.commands.registerCommand(`consumerSample.${name}`, () => show(name, command)))
}

const commands: Readonly<Record<string, Command>> = {
  getSession: () => describe({ createIfNone: true }),
  getSessionSilently: () => describe({ silent: true }),
  getSessionInGuestTenant: () => describe({ createIfNone: true }, [`VSCODE_TENANT:${setting('guestTenant')}`]),
  signInAgain: () => describe({ forceNewSession: true }),
  chooseAccount: () => describe({ createIfNone: true, clearSessionPreference: true }),
  callProtectedApi: async () => {
    const session = await getSession({ createIfNone: true })
    const response = await fetch(setting('apiUrl'), {
      headers: { authorization: `Bearer ${session?.accessToken ?? ''}` },
    })
    return { account: session?.account.label ?? '', status: response.status }
  },
}

const describe = async (
  options: vscode.AuthenticationGetSessionOptions,
  extraScopes: readonly string[] = [],
): Promise<Outcome> => {
  const session = await getSession(options, extraScopes)
  return session === undefined ? {} : { account: session.account.label, scopes: session.scopes }
}

const getSession = (
  options: vscode.AuthenticationGetSessionOptions,
  extraScopes: readonly string[] = [],
): Thenable<vscode.AuthenticationSession | undefined> =>
  vscode.authentication.getSession('entra', [...scopes(), ...extraScopes], options)

const scopes = (): readonly string[] =>
  vscode.workspace.getConfiguration('consumerSample').get<readonly string[]>('scopes', [])

const setting = (name: string): string => {
  const value = vscode.workspace.getConfiguration('consumerSample').get<string>(name, '')
  if (value === '') throw new Error(`the setting consumerSample.${name} is missing`)
  return value
}

const show = async (name: string, command: Command): Promise<void> => {
  try {
    const outcome = await command()
    record({ command: name, ...outcome })
    const status = outcome.status === undefined ? '' : `, the API answered ${outcome.status}`
    const text = outcome.account === undefined ? 'nobody is signed in' : `signed in as ${outcome.account}${status}`
    void vscode.window.showInformationMessage(`Consumer Sample: ${text}`)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    record({ command: name, error: message })
    void vscode.window.showErrorMessage(`Consumer Sample: ${message}`)
  }
}

/** Tests name a file in the environment and read it; without it nothing is written. */
const record = (line: object): void => {
  const file = process.env['CONSUMER_SAMPLE_RESULTS']
  const window = vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined ? 'desktop' : 'web'
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ ...line, window })}\n`)
}
