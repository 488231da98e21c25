import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A simulator that runs as a process of its own. */
export interface SimulatorProcess {
  /** The line of JSON by which it describes itself. */
  readonly description: string
  /** Fulfilled when it has ended, whoever ended it. */
  readonly ended: Promise<void>
  stop(): void
}

const START_MS = 60_000

/**
 * Starts the simulator of a checkout of this project (`npm run simulator -- --json`).
 *
 * @param folder - the checkout; only there is a simulator, it is part of no package
 * @throws {Error} where npm is missing, or the simulator ends or says nothing within a minute
 */
export async function startSimulatorProcess(folder: string): Promise<SimulatorProcess> {
  // A web window opens what is on 127.0.0.1 through a proxy of its own; on Linux all of 127.0.0.0/8 is this machine.
  const host = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1'
  const child = spawn('npm', ['run', '-s', 'simulator', '--', '--json', '--host', host], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
    shell: process.platform === 'win32',
  })
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
  })
  try {
    return { description: await readFirstLine(child), ended, stop: () => child.kill() }
  } catch (error) {
    child.kill()
    throw error
  }
}

function readFirstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const overdue = setTimeout(() => reject(new Error('the simulator did not start within a minute')), START_MS)
    const settle = (run: () => void) => {
      clearTimeout(overdue)
      run()
    }
    child.once('error', (error) => settle(() => reject(new Error('npm could not be started', { cause: error }))))
    child.once('close', () => settle(() => reject(new Error('the simulator ended before it was ready'))))
    if (child.stdout) createInterface(child.stdout).once('line', (line) => settle(() => resolve(line)))
  })
}
