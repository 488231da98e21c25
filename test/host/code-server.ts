import { execFile, type ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import type { InstalledHost } from './install.ts'
import { startGroup } from './processes.ts'
import { quietSettings } from './settings.ts'

/** A started code-server; `stop` ends it and every process it made. */
export type CodeServer = {
  readonly origin: string
  /** Host and port, which is also the authority of remote URIs in its window. */
  readonly authority: string
  readonly stop: () => Promise<void>
}

/** What to start: `directory` holds its settings, extensions and logs, `preload` are scripts for its extension hosts. */
export type CodeServerOptions = {
  readonly directory: string
  readonly preload?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** Writes the user's settings of the VS Code that lives in `directory`. */
export const writeSettings = async (directory: string, settings: Readonly<Record<string, unknown>>): Promise<void> => {
  const folder = path.join(directory, 'data/User')
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'settings.json'), JSON.stringify({ ...quietSettings, ...settings }, null, 2))
}

/**
 * Installs packaged extensions; no server has to run.
 *
 * @throws {Error} with what code-server printed
 */
export const installExtensions = async (
  host: InstalledHost,
  directory: string,
  files: readonly string[],
): Promise<void> => {
  await promisify(execFile)(
    host.node,
    [
      host.codeServer,
      ...folders(directory),
      ...files.flatMap((file) => ['--install-extension', path.resolve(file)]),
      '--force',
    ],
    { env: { ...process.env, VSCODE_IPC_HOOK_CLI: '' } },
  )
}

/**
 * Starts code-server on a free port of 127.0.0.1, without a password.
 *
 * @throws {Error} with its output, when it ends before it listens
 */
export const startCodeServer = async (host: InstalledHost, options: CodeServerOptions): Promise<CodeServer> => {
  const { directory, preload = [], environment = {} } = options
  await mkdir(directory, { recursive: true })
  const config = path.join(directory, 'config.yaml')
  await writeFile(config, '{}\n')
  const { child, stop } = startGroup(
    host.node,
    [
      ...preload.flatMap((script) => ['--require', script]),
      host.codeServer,
      ...folders(directory),
      ...['--auth', 'none', '--bind-addr', '127.0.0.1:0', '--config', config],
      ...['--disable-telemetry', '--disable-update-check', '--disable-workspace-trust'],
      '--disable-getting-started-override',
    ],
    { env: { ...process.env, VSCODE_IPC_HOOK_CLI: '', ...environment } },
  )
  try {
    const port = await listeningPort(child, path.join(directory, 'server.log'))
    const authority = `127.0.0.1:${port}`
    return { origin: `http://${authority}`, authority, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const folders = (directory: string): readonly string[] => [
  ...['--user-data-dir', path.join(directory, 'data')],
  ...['--extensions-dir', path.join(directory, 'extensions')],
]

const listeningPort = (child: ChildProcess, logFile: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const log = createWriteStream(logFile)
    let output = ''
    const read = (data: Buffer): void => {
      log.write(data)
      if (output.length > 65_536) return
      output += data.toString()
      const port = /HTTP server listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1]
      if (port !== undefined) resolve(port)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`code-server ended with ${code ?? 'a signal'}\n${output}`)))
  })
