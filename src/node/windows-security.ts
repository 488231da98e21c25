import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const POWERSHELL = 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe'
const TIMEOUT_MS = 20_000

/**
 * Owner and access list of a file or folder on Windows, as text.
 *
 * @throws {Error} where Windows does not tell them in time
 * @see https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format
 */
export async function readSecurityDescriptor(path: string): Promise<string> {
  // The path goes by the environment, where it can't be taken for a command.
  const { stdout } = await promisify(execFile)(
    POWERSHELL,
    ['-NoProfile', '-NonInteractive', '-Command', '(Get-Acl -LiteralPath $env:ENTRA_AUTH_POLICY).Sddl'],
    { env: { ENTRA_AUTH_POLICY: path, SystemRoot: 'C:\\Windows' }, timeout: TIMEOUT_MS, windowsHide: true },
  )
  return stdout.trim()
}
