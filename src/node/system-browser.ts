import { spawn } from 'node:child_process'
import type { Environment } from './proxy-selection.ts'

/** A program and its arguments; never a line for a shell. */
export type Command = readonly [program: string, ...parameters: string[]]

/** A program that runs for longer has not failed. */
const SETTLE_MS = 3_000

/**
 * Opens a page in the browser that the system prefers.
 *
 * @param url - http or https; nothing else is opened
 * @returns false where no browser could be started, or it ended at once with an error
 */
export function openBrowser(url: string): Promise<boolean> {
  return startFirst(listBrowserCommands(url, process.platform, process.env))
}

/**
 * The commands that open a page, best first; none for an address that is not http or https, and none where there is no
 * display to show it on.
 */
export function listBrowserCommands(
  address: string,
  platform: NodeJS.Platform,
  environment: Environment,
): readonly Command[] {
  const url = readWebAddress(address)
  if (url === undefined) return []
  if (platform === 'darwin') return [['/usr/bin/open', url]]
  if (platform === 'win32') return [openByWindows(`${environment['SystemRoot'] ?? 'C:\\Windows'}\\System32\\`, url)]
  const commands = [...readBrowserVariable(url, environment['BROWSER'] ?? '')]
  if (environment['WSL_DISTRO_NAME']) commands.push(['wslview', url], openByWindows('/mnt/c/Windows/System32/', url))
  if (environment['DISPLAY'] || environment['WAYLAND_DISPLAY']) commands.push(['xdg-open', url])
  return commands
}

/** Starts one command after another until one goes on running, or ends without an error; tells whether one did. */
export async function startFirst(commands: readonly Command[]): Promise<boolean> {
  for (const command of commands) if (await start(command)) return true
  return false
}

/** The address in its normal form, which holds no space, quote or control character. */
function readWebAddress(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined
  const { protocol, href } = new URL(address)
  return protocol === 'https:' || protocol === 'http:' ? href : undefined
}

function openByWindows(folder: string, url: string): Command {
  return [`${folder}rundll32.exe`, 'url.dll,FileProtocolHandler', url]
}

/** `BROWSER` lists commands, separated by colons; `%s` stands for the address, which else comes last. */
function readBrowserVariable(url: string, text: string): readonly Command[] {
  return text.split(':').flatMap((entry) => {
    const [program, ...parameters] = entry.trim().split(/\s+/)
    if (!program) return []
    const filled = parameters.map((parameter) => parameter.replaceAll('%s', () => url))
    return [[program, ...(entry.includes('%s') ? filled : [...filled, url])] as const]
  })
}

function start([program, ...parameters]: Command): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, { detached: true, stdio: 'ignore', windowsHide: true })
    const timer = setTimeout(() => resolve(true), SETTLE_MS)
    const settle = (isOpen: boolean) => {
      clearTimeout(timer)
      resolve(isOpen)
    }
    child.once('error', () => settle(false))
    child.once('exit', (code) => settle(code === 0))
    child.unref()
  })
}
