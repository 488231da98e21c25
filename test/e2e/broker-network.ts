import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startProxy, startWebServer } from '../node/servers.ts'
import { createServerCertificate } from '../simulator/certificate.ts'
import { CLIENT_ID, HOME, HOST, metadataOf } from '../support/entra.ts'
import { startStandInBroker, startStandInBus, type StandInBroker } from '../support/stand-in-broker.ts'
import type { Network } from './stage.ts'

/** A desktop of Linux with a broker on its session bus. */
export type BrokerNetwork = Network & { readonly broker: StandInBroker }

/**
 * Starts the bus and its broker, and of Entra just the metadata by which a broker's tokens are judged: the broker serves
 * no simulator, for that is on this machine.
 */
export const startBrokerNetwork = async (): Promise<BrokerNetwork> => {
  const bus = await startStandInBus()
  const broker = await startStandInBroker(bus.address)
  const { ca, certificate, privateKey } = await createServerCertificate([new URL(HOST).hostname])
  const entra = await startWebServer({ certificate, privateKey }, ({ url = '' }, response) => {
    const [, tenant = ''] = url.split('/')
    response.setHeader('content-type', 'application/json')
    const metadata = metadataOf(`${HOST}/${tenant}`)
    // Who asks for any tenant learns from the token which one it is.
    response.end(JSON.stringify(tenant === HOME ? metadata : { ...metadata, issuer: `${HOST}/{tenantid}/v2.0` }))
  })
  const proxy = await startProxy({ target: entra.port })
  const folder = await mkdtemp(path.join(tmpdir(), 'entra-auth-broker-'))
  const root = path.join(folder, 'root.pem')
  await writeFile(root, ca)
  return {
    broker,
    settings: {
      'http.proxy': `http://127.0.0.1:${proxy.port}`,
      'http.systemCertificates': false,
      'entraAuth.clientId': CLIENT_ID,
      'entraAuth.authority': '',
      'consumerSample.scopes': ['User.Read'],
    },
    environment: { NODE_EXTRA_CA_CERTS: root, DBUS_SESSION_BUS_ADDRESS: bus.address },
    close: async () => {
      await broker.leave()
      await bus.close()
      await proxy.close()
      await entra.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
