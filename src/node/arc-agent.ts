import type { Stats } from 'node:fs'
import { constants, lstat, open, stat, type FileHandle } from 'node:fs/promises'
import { posix, win32 } from 'node:path'
import { ManagedIdentityError } from '../msal/core/errors.ts'
import type { ArcAgent } from '../msal/core/ports.ts'
import { Secret } from '../msal/core/secret.ts'

/** Where the agent of Azure Arc keeps its files. */
export interface ArcAgentPlace {
  readonly executable: string
  readonly tokenFolder: string
  /** Whether paths have the form of Windows. */
  readonly isWindows: boolean
}

const MAX_KEY_BYTES = 4096

/** Windows knows the first flag only, and takes the absent ones for 0. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** The agent's place on an operating system; undefined where there is no agent for it. */
export function locateArcAgent(
  system: string,
  environment: Readonly<Record<string, string | undefined>>,
): ArcAgentPlace | undefined {
  const { ProgramFiles: programs, ProgramData: data } = environment
  if (system === 'linux')
    return {
      executable: '/opt/azcmagent/bin/himds',
      tokenFolder: '/var/opt/azcmagent/tokens',
      isWindows: false,
    }
  if (system !== 'win32' || !programs || !data) return undefined
  return {
    executable: win32.join(programs, 'AzureConnectedMachineAgent', 'himds.exe'),
    tokenFolder: win32.join(data, 'AzureConnectedMachineAgent', 'Tokens'),
    isWindows: true,
  }
}

/**
 * Makes the port to the agent of Azure Arc.
 *
 * @param locate - asked each time
 * @see https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication
 */
export function createArcAgent(locate: () => ArcAgentPlace | undefined): ArcAgent {
  return {
    async isInstalled() {
      const place = locate()
      if (!place) return false
      return stat(place.executable).then(
        (found) => found.isFile(),
        () => false,
      )
    },
    async readKey(path) {
      const place = locate()
      if (!place) throw refuse('there is no agent of Azure Arc for this operating system')
      return readKeyFile(resolveKeyFile(path, place))
    },
  }
}

/** The file that a challenge names, which must be a `.key` file right in the token folder. */
function resolveKeyFile(path: string, { tokenFolder, isWindows }: ArcAgentPlace): string {
  const paths = isWindows ? win32 : posix
  const fold = (text: string) => (isWindows ? text.toLowerCase() : text)
  const file = paths.normalize(path)
  const name = paths.basename(file)
  if (fold(paths.dirname(file)) !== fold(paths.normalize(tokenFolder)))
    throw refuse('it is not in the token folder of the agent')
  if (!/^[^:\0]+\.key$/i.test(name)) throw refuse('its name does not end in .key')
  return paths.join(tokenFolder, name)
}

async function readKeyFile(file: string): Promise<Secret> {
  let handle: FileHandle | undefined
  try {
    const listed = await lstat(file)
    checkFile(listed)
    // What is opened must be what was looked at: a link put in its place is not followed, a pipe does not hold us up.
    handle = await open(file, OPEN_FLAGS)
    const opened = await handle.stat()
    checkFile(opened)
    if (opened.ino !== listed.ino || opened.dev !== listed.dev) throw refuse('it was replaced while it was opened')
    return new Secret(await readKeyText(handle))
  } catch (cause) {
    if (cause instanceof ManagedIdentityError) throw cause
    const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown'
    throw refuse(`it can not be read (${code})`, cause)
  } finally {
    await handle?.close()
  }
}

function checkFile(file: Stats): void {
  if (file.isSymbolicLink() || (file.isFile() && file.nlink > 1)) throw refuse('it is a link')
  if (!file.isFile()) throw refuse('it is no regular file')
  if (file.size > MAX_KEY_BYTES) throw refuse(`it holds more than ${MAX_KEY_BYTES} bytes`)
}

/** The text of a key, which goes into a header. */
async function readKeyText(handle: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_KEY_BYTES), 0, MAX_KEY_BYTES, 0)
  const text = buffer.toString('latin1', 0, bytesRead).trim()
  if (!/^[\x21-\x7e]+$/.test(text)) throw refuse('it holds no key')
  return text
}

function refuse(problem: string, cause?: unknown): ManagedIdentityError {
  return new ManagedIdentityError(
    {
      error: 'key_file_refused',
      errorDescription: `The key file that the agent of Azure Arc names is not used: ${problem}`,
      advice: 'Run as a member of the group himds (on Windows: as an administrator), and update the agent',
    },
    cause === undefined ? undefined : { cause },
  )
}
