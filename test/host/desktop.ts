import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { downloadAndUnzipVSCode, resolveCliPathFromVSCodeExecutablePath } from '@vscode/test-electron'
import { ROOT } from './install.ts'
import { startGroup, type ProcessGroup } from './processes.ts'

/** A desktop VS Code, by the command line tool beside its program. */
export type DesktopVsCode = { readonly cli: string }

const DOWNLOAD_PATIENCE = 4000

/**
 * Finds a desktop VS Code: the one that VSCODE_PATH names (its program or its `code` tool), else the one that
 * `@vscode/test-electron` downloads.
 *
 * @returns why there is none, where there is none
 */
export const findDesktop = async (): Promise<DesktopVsCode | string> => {
  const chosen = process.env['VSCODE_PATH']
  if (chosen !== undefined && chosen !== '') {
    if (!existsSync(chosen)) throw new Error(`VSCODE_PATH is ${chosen}, which does not exist`)
    return { cli: toolBeside(chosen) }
  }
  const { platform, env } = process
  if (platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return 'there is no display for its window'
  try {
    const cachePath = path.join(ROOT, '.cache/vscode')
    return {
      cli: toolBeside(await downloadAndUnzipVSCode({ version: 'stable', cachePath, timeout: DOWNLOAD_PATIENCE })),
    }
  } catch (error) {
    return `it could not be downloaded (${error instanceof Error ? error.message : String(error)})`
  }
}

const toolBeside = (program: string): string => {
  const tool = resolveCliPathFromVSCodeExecutablePath(program)
  return existsSync(tool) ? tool : program
}

/** Installs packaged extensions into the VS Code that lives in `directory`. */
export const installInDesktop = async (
  { cli }: DesktopVsCode,
  directory: string,
  files: readonly string[],
): Promise<void> => {
  const parameters = [...folders(directory), ...files.flatMap((file) => ['--install-extension', file]), '--force']
  await promisify(execFile)(cli, parameters, { shell: process.platform === 'win32' })
}

/** Opens a window; its process ends when the window is closed. */
export const openDesktop = ({ cli }: DesktopVsCode, directory: string): ProcessGroup => {
  const group = startGroup(cli, [...folders(directory), '--new-window', '--wait', '--disable-workspace-trust'])
  // Nobody reads it, and a full pipe would stop the window.
  group.child.stdout?.resume()
  group.child.stderr?.resume()
  return group
}

const folders = (directory: string): readonly string[] => [
  ...['--user-data-dir', path.join(directory, 'data')],
  ...['--extensions-dir', path.join(directory, 'extensions')],
  // Chromium's sandbox does not work for root.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
]
