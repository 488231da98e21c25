import { ROOT } from './install.ts'
import { startGroup } from './processes.ts'

/** The line that `npm run simulator -- --json` prints. */
export type SimulatorInfo = {
  readonly http: string
  readonly https: string
  /** Path of a PEM file. */
  readonly ca: string
  readonly control: string
  readonly tenants: { readonly home: string; readonly guest: string }
  readonly users: readonly {
    readonly username: string
    readonly password: string
    readonly tenant: string
    readonly note: string
  }[]
  readonly clients: {
    readonly public: { readonly clientId: string; readonly redirectUri: string; readonly scopes: readonly string[] }
    readonly confidential: { readonly clientId: string; readonly apiScope: string }
  }
}

/** A simulator in a process of its own. */
export type Simulator = { readonly info: SimulatorInfo; readonly stop: () => Promise<void> }

/**
 * Starts the simulator on 127.0.0.2: code-server sends what opens on 127.0.0.1 through its own proxy.
 *
 * @throws {Error} with its output, when it ends before it is ready
 */
export const startSimulator = async (): Promise<Simulator> => {
  const address = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1'
  const { child, stop } = startGroup('npm', ['run', '-s', 'simulator', '--', '--json', '--host', address], {
    cwd: ROOT,
  })
  let output = ''
  const ready = new Promise<SimulatorInfo>((resolve, reject) => {
    child.stderr?.on('data', (data: Buffer) => (output += data.toString()))
    child.stdout?.on('data', (data: Buffer) => {
      output += data.toString()
      const line = /^\{.*\}$/m.exec(output)?.[0]
      if (line !== undefined) resolve(JSON.parse(line) as SimulatorInfo)
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`the simulator ended\n${output}`)))
  })
  return { info: await ready.catch((error: unknown) => stop().then(() => Promise.reject(error as Error))), stop }
}
