import { parseArgs } from 'node:util'
import type { Description } from './description.ts'
import { startSimulator, type SimulatorOptions } from './server.ts'

const help = `npm run simulator -- [--json] [--host 127.0.0.2] [--seed text] [--port n] [--https-port n] [--control-port n]`

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean' },
      help: { type: 'boolean' },
      host: { type: 'string' },
      seed: { type: 'string' },
      port: { type: 'string' },
      'https-port': { type: 'string' },
      'control-port': { type: 'string' },
    },
  })
  if (values.help === true) {
    console.log(help)
    return
  }
  const options: SimulatorOptions = {
    host: values.host,
    seed: values.seed,
    port: readPort(values.port),
    httpsPort: readPort(values['https-port']),
    controlPort: readPort(values['control-port']),
    log: (line) => console.error(line),
  }
  const { world: _world, controls: _controls, caCertificate: _ca, stop, ...description } = await startSimulator(options)
  const parent = process.ppid
  // npm sends its signals to the shell between, which ends without passing them on.
  const watch = setInterval(() => process.ppid === parent || end(), 200)
  const end = (): void => {
    clearInterval(watch)
    void stop()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end)
  console.log(values.json === true ? JSON.stringify(description) : describe(description))
}

const readPort = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`${text} is no port.`)
  return port
}

const describe = ({ http, https, ca, control, users, clients }: Description): string =>
  [
    `Authority: ${http}/common (or ${https}/common, with the CA in ${ca})`,
    `Control:   ${control}`,
    `Client id: ${clients.public.clientId}`,
    ...users.map(({ username, password, note }) => `${username}  ${password}  ${note}`),
  ].join('\n')

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
