import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { isIPv4, isIPv6, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServerCertificate } from './certificate.ts'
import { createClock } from './clock.ts'
import { answerControl, createControls, type Controls } from './control.ts'
import { describeWorld, type Description } from './description.ts'
import { jsonReply, readRequest, sendReply, type HttpRequest } from './http.ts'
import { answerRequest, matchRoute } from './routes.ts'
import { createSettings, createStore, type Simulation } from './simulation.ts'
import { createSigningKeys } from './tokens.ts'
import { createTraffic, type RequestRecord, type Traffic } from './traffic.ts'
import { createWorld, type World } from './world.ts'

export type SimulatorOptions = {
  /** A loopback address; default `127.0.0.1`. */
  readonly host?: string | undefined
  /** Ports of the http, https and control origins; default: any that are free. */
  readonly port?: number | undefined
  readonly httpsPort?: number | undefined
  readonly controlPort?: number | undefined
  /** The same seed gives the same ids, users and clients. */
  readonly seed?: string | undefined
  /** Gets the warning and what goes wrong inside; default: nothing is written. */
  readonly log?: ((line: string) => void) | undefined
}

/** A running simulator. */
export type Simulator = Description & {
  /** What the description names, and the rest: family and single-page apps, object ids, resources. */
  readonly world: World
  /** The control endpoint's calls, without HTTP. */
  readonly controls: Controls
  /** The CA's certificate, PEM. */
  readonly caCertificate: string
  readonly stop: () => Promise<void>
}

/** What has to be said of it wherever it shows itself. */
export const warning =
  'This is a simulator, not a real identity provider. Its users, passwords and keys protect nothing.'

/** Starts a simulator; it listens when the promise is fulfilled. */
export const startSimulator = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  const { host = '127.0.0.1', seed = 'entra-simulator', log = () => undefined } = options
  requireLoopback(host)
  log(warning)
  const [tls, keys] = await Promise.all([
    createServerCertificate([...new Set([host, 'localhost'])]),
    createSigningKeys(),
  ])
  const world = createWorld(seed)
  const simulation: Simulation = {
    clock: createClock(),
    world,
    keys,
    store: createStore(),
    settings: createSettings(),
    origins: [],
  }
  const traffic = createTraffic()
  const controls = createControls(simulation, traffic)
  const answer = (request: HttpRequest, response: ServerResponse) => respond({ simulation, traffic }, request, response)

  const servers: Server[] = []
  const listen = async (server: Server, scheme: 'http' | 'https', port: number | undefined): Promise<string> => {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port ?? 0, host, resolve)
    })
    servers.push(server)
    return `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`
  }
  const stop = async (): Promise<void> => {
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
    await rm(directory, { recursive: true, force: true })
  }
  const directory = await mkdtemp(join(tmpdir(), 'entra-simulator-'))
  try {
    const ca = join(directory, 'ca.pem')
    await writeFile(ca, tls.ca)
    const http = await listen(createHttpServer(serve(() => http, answer, log)), 'http', options.port)
    const https = await listen(
      createHttpsServer(
        { key: tls.privateKey, cert: `${tls.certificate}\n${tls.ca}` },
        serve(() => https, answer, log),
      ),
      'https',
      options.httpsPort,
    )
    const answerCall = async (request: HttpRequest, response: ServerResponse): Promise<void> =>
      sendReply(response, await answerControl(controls, request))
    const control = await listen(createHttpServer(serve(() => control, answerCall, log)), 'http', options.controlPort)
    simulation.origins.push(...[http, https].flatMap((origin) => [origin, underLocalhost(origin)]))
    return { ...describeWorld(world, { http, https, ca, control }), world, controls, caCertificate: tls.ca, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Answer = (request: HttpRequest, response: ServerResponse) => Promise<void>

const serve =
  (origin: () => string, answer: Answer, log: (line: string) => void) =>
  (message: IncomingMessage, response: ServerResponse): void => {
    readRequest(message, origin())
      .then((request) => answer(request, response))
      .catch((error: unknown) => {
        log(
          `A request failed inside the simulator: ${error instanceof Error ? (error.stack ?? error.message) : 'unknown'}`,
        )
        if (response.headersSent) response.destroy()
        else sendReply(response, jsonReply(500, { error: 'server_error' }))
      })
  }

const respond = async (
  { simulation, traffic }: { readonly simulation: Simulation; readonly traffic: Traffic },
  request: HttpRequest,
  response: ServerResponse,
): Promise<void> => {
  const match = matchRoute(request.path)
  const template = match?.route.template ?? 'unknown'
  const grantType = request.form.get('grant_type')
  const record = (status: RequestRecord['status']): void => {
    const path = template.replace('{tenant}', match?.segment ?? '')
    traffic.record(template, { method: request.method, path, ...(grantType !== null && { grantType }), status })
  }
  const fault = await traffic.applyFault(request)
  if (fault === 'drop') {
    record('dropped')
    response.destroy()
    return
  }
  const reply = fault ?? (await answerRequest(simulation, request, match))
  record(reply.status)
  sendReply(response, reply)
}

const underLocalhost = (origin: string): string => {
  const { protocol, port } = new URL(origin)
  return `${protocol}//localhost:${port}`
}

const requireLoopback = (host: string): void => {
  const isLoopback = isIPv4(host) ? host.startsWith('127.') : host === '::1'
  if (!isLoopback) throw new Error(`The simulator listens on loopback addresses only, not on ${host}.`)
}
