import { spawn } from 'node:child_process'
import type { Environment } from './proxy-selection.ts'

/** A program and its arguments; never a line for a shell. */
export type Command = readonly [program: string, ...parameters: string[]]

/** How long a program must run, or has time to end without an error, before it counts as started. */
const SETTLE_MS = 1_500

/**
 * Opens a page in the browser that the system prefers.
 *
 * @param url - http or https; nothing else is opened
 * @returns false where no browser could be started, or it ended at once with an error
 */
export async function openBrowser(url: string): Promise<boolean> {
  if (!URL.canParse(url)) return false
  const { protocol, href } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') return false
  for (const command of listBrowserCommands(href, process.platform, process.env)) {
    if (await start(command)) return true
  }
  return false
}

/**
 * The commands that open a page, best first; none where there is no display to show it on.
 *
 * @see https://manpages.debian.org/stable/sensible-utils/sensible-browser.1 for `BROWSER`
 */
export function listBrowserCommands(
  url: string,
  platform: NodeJS.Platform,
  environment: Environment,
): readonly Command[] {
  if (platform === 'darwin') return [['/usr/bin/open', url]]
  if (platform === 'win32') return [openByWindows(`${environment['SystemRoot'] ?? 'C:\\Windows'}\\System32\\`, url)]
  const commands = [...readBrowserVariable(url, environment['BROWSER'] ?? '')]
  if (environment['WSL_DISTRO_NAME']) commands.push(['wslview', url], openByWindows('/mnt/c/Windows/System32/', url))
  if (environment['DISPLAY'] || environment['WAYLAND_DISPLAY']) commands.push(['xdg-open', url])
  return commands
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
