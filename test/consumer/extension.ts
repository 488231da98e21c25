import { appendFileSync } from 'node:fs'
import { createFetch } from 'entra-auth/consumer'
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
  /** Asks the person to sign in where nobody is. */
  getSession: () => describe({ createIfNone: true }),
  /** Tells at start-up whether somebody is signed in: nobody is asked, and a cached token costs no request. */
  getSessionSilently: () => describe({ silent: true }),
  /** The same person in another tenant; a refresh token of the home tenant serves there too. */
  getSessionInGuestTenant: () => describe({ createIfNone: true }, [`VSCODE_TENANT:${setting('guestTenant')}`]),
  signInAgain: () => describe({ forceNewSession: true }),
  chooseAccount: () => describe({ createIfNone: true, clearSessionPreference: true }),
  callProtectedApi: () => callApi({ createIfNone: true }),
  callProtectedApiSilently: () => callApi({ silent: true }),
}

/** Where the API refuses the token because it wants more proof, `createFetch` gets one that it accepts. */
const callApi = async (sessionOptions: {
  readonly createIfNone?: boolean
  readonly silent?: boolean
}): Promise<Outcome> => {
  const address = setting('apiUrl')
  const fetchFromApi = createFetch({
    getSession: vscode.authentication.getSession,
    scopes: scopes(),
    // No other server gets the token, whatever the address may say one day.
    origins: [new URL(address).origin],
    sessionOptions,
  })
  const response = await fetchFromApi(address)
  if (!response.ok) return { status: response.status }
  const { userPrincipalName: account } = (await response.json()) as { readonly userPrincipalName: string }
  return { account, status: response.status }
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
    const who = outcome.account === undefined ? 'nobody is signed in' : `signed in as ${outcome.account}`
    const text = outcome.status === undefined ? who : `the API answered ${outcome.status}`
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
