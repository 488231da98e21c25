import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startSimulator } from '../simulator/server.ts'
import { installExtensions, startCodeServer, writeSettings } from './code-server.ts'
import { findDesktop, installInDesktop, openDesktop } from './desktop.ts'
import { installHost } from './install.ts'
import { packConsumer, packExtension } from './packages.ts'
import { settingsFor, simulatorHost } from './settings.ts'

type Settings = Readonly<Record<string, unknown>>

/** A window that is open; `ended` is fulfilled when the person closes it, where that can be told. */
type OpenWindow = { readonly ended: Promise<unknown>; readonly stop: () => Promise<void> }

/** `npm start`: a VS Code with the extension and the consumer sample, before the simulator or real Entra. */
const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: { 'client-id': { type: 'string' }, tenant: { type: 'string' } } })
  const files = [await packExtension(), await packConsumer()]
  const directory = await mkdtemp(path.join(tmpdir(), 'entra-auth-start-'))
  const closers: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true, maxRetries: 5 })]
  try {
    const clientId = values['client-id']
    let settings: Settings = { 'entraAuth.clientId': clientId, 'entraAuth.tenant': values.tenant ?? 'organizations' }
    if (clientId === undefined) {
      if (values.tenant !== undefined) throw new Error('--tenant needs --client-id, the ID of your app registration')
      const simulator = await startSimulator({ host: simulatorHost() })
      closers.push(simulator.stop)
      settings = settingsFor(simulator)
      console.log(`\nThe simulator, which is no real identity provider, accepts at ${simulator.http}:`)
      for (const { username, password, note } of simulator.users)
        console.log(`  ${username.padEnd(22)} ${password.padEnd(20)} ${note}`)
    }
    const window = await openWindow(directory, files, settings)
    closers.push(window.stop)
    console.log('\nSign in from the Accounts menu, the icon of a person at the lower left.')
    console.log(
      '"Consumer Sample: Get Session" in the command palette (F1) asks for a token as another extension would.',
    )
    console.log('Ctrl+C ends everything.')
    await Promise.race([window.ended, interrupted()])
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

const openWindow = async (directory: string, files: readonly string[], settings: Settings): Promise<OpenWindow> => {
  const desktop = await findDesktop()
  if (typeof desktop !== 'string') {
    await writeSettings(directory, settings)
    await installInDesktop(desktop, directory, files)
    const { child, stop } = openDesktop(desktop, directory)
    console.log('\nA VS Code window opens.')
    return { ended: new Promise((resolve) => child.once('exit', resolve)), stop }
  }
  console.log(`\nNo desktop VS Code, for ${desktop}; code-server takes its place. VSCODE_PATH can name one.`)
  const host = await installHost()
  // The browser is on this machine, which the extension can't know in a web window.
  await writeSettings(directory, { ...settings, 'entraAuth.signInMethod': 'browser' })
  await installExtensions(host, directory, files)
  const server = await startCodeServer(host, { directory })
  console.log(`VS Code:  ${server.origin}/?ew=true  (open it in a browser on this machine)`)
  return { ended: new Promise(() => undefined), stop: server.stop }
}

/** Fulfilled by Ctrl+C, and by what else asks the program to end. */
const interrupted = (): Promise<void> =>
  new Promise((resolve) => {
    // Not once: the terminal and npm may both send it.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve())
  })

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
