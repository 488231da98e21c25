import { spawn, type ChildProcess } from 'node:child_process'

/** A child with whatever it starts in turn; `stop` ends them all. */
export type ProcessGroup = { readonly child: ChildProcess; readonly stop: () => Promise<void> }

const groups = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of groups) signalGroup(child, 'SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    // Groups of their own do not get the terminal's signals: leaving by `exit` ends them, unless others close in order.
    if (process.listenerCount(signal) === 0) process.exit(1)
  })

/** Starts a program in a process group of its own, which ends with this process at the latest; its output is piped. */
export const startGroup = (
  program: string,
  parameters: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): ProcessGroup => {
  const child = spawn(program, parameters, { ...options, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  groups.add(child)
  return { child, stop: () => endGroup(child) }
}

/** Asks first, insists after 3 s, and ends what outlived the child itself. */
const endGroup = async (child: ChildProcess): Promise<void> => {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    signalGroup(child, 'SIGTERM')
    const insist = setTimeout(() => signalGroup(child, 'SIGKILL'), 3000)
    await ended
    clearTimeout(insist)
  }
  signalGroup(child, 'SIGKILL')
  groups.delete(child)
}

const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    // macOS answers EPERM for a group of which only the dead are left.
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}
