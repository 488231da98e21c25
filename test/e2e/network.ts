import { request as send } from 'node:https'
import type { ServerResponse, IncomingMessage } from 'node:http'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { startProxy, startWebServer } from '../node/servers.ts'
import { createServerCertificate } from '../simulator/certificate.ts'
import type { Simulator } from '../simulator/server.ts'
import type { Network } from './stage.ts'

/** A company's network: one proxy, which asks for a password and reads what goes through it. */
export type CompanyNetwork = Network & {
  /** `CONNECT host:port` and the like, as the proxy was asked. */
  readonly asked: readonly string[]
  /** `METHOD /path` of the requests that were read inside their tunnels. */
  readonly read: () => readonly string[]
}

/** How extension hosts learn of the company's own root certificate. */
export type RootStore = 'NODE_EXTRA_CA_CERTS' | 'SSL_CERT_FILE'

const NAME = 'proxy-person'
const PASSWORD = 'p@ss word'

/**
 * Starts the proxy. It ends every TLS connection with a certificate of the company's root, so nobody who does not trust
 * that gets an answer, and nobody who does reaches the simulator around it.
 */
export const startCompanyNetwork = async (simulator: Simulator, store: RootStore): Promise<CompanyNetwork> => {
  const { ca, certificate, privateKey } = await createServerCertificate([new URL(simulator.https).hostname])
  const inspector = await startWebServer({ certificate, privateKey }, passOn(simulator))
  const proxy = await startProxy({ credentials: `${NAME}:${PASSWORD}`, target: inspector.port })
  // In the simulator's folder, which ends with it.
  const root = path.join(path.dirname(simulator.ca), 'company.pem')
  await writeFile(root, ca)
  return {
    settings: {
      'http.proxy': `http://${NAME}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${proxy.port}`,
      // Where VS Code adds the system's roots, it leaves Node's extra ones out.
      'http.systemCertificates': store === 'SSL_CERT_FILE',
      'entraAuth.authority': `${simulator.https}/organizations`,
      'consumerSample.apiUrl': `${simulator.https}/api/me`,
    },
    environment: { [store]: root },
    asked: proxy.asked,
    read: () => inspector.requests.map(({ method, url }) => `${method} ${url}`),
    close: async () => {
      await proxy.close()
      await inspector.close()
    },
  }
}

const passOn = (simulator: Simulator) => (request: IncomingMessage, response: ServerResponse) => {
  const { method, headers, url = '/' } = request
  const onward = send(new URL(url, simulator.https), { method, headers, ca: simulator.caCertificate }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  request.pipe(onward)
}
