import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const PROPERTIES = '/Applications/Company Portal.app/Contents/Info'
const READ_MS = 5_000

/** From then on programs that are no signed application may use its broker. */
const FIRST_VERSION = [5, 2603]

/** The version of Microsoft's Company Portal on this Mac, which brings the broker; undefined where there is none. */
export async function readPortalVersion(): Promise<string | undefined> {
  try {
    const parameters = ['read', PROPERTIES, 'CFBundleShortVersionString']
    const { stdout } = await promisify(execFile)('/usr/bin/defaults', parameters, { timeout: READ_MS })
    return stdout.trim()
  } catch {
    return undefined
  }
}

/** Why the broker of this Mac can't be used; undefined where it can. Without one, the native runtime would hang for good. */
export function findPortalProblem(version: string | undefined): string | undefined {
  if (version === undefined) return 'Company Portal is not installed'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [firstMajor = 0, firstMinor = 0] = FIRST_VERSION
  if (major > firstMajor || (major === firstMajor && minor >= firstMinor)) return undefined
  return `Company Portal is older than ${FIRST_VERSION.join('.')}`
}
