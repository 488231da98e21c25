import type { SecureContext } from 'node:tls'
import type { Dispatcher } from 'undici'
import type { Proxy } from './proxy-selection.ts'

/** How connections are made. */
export interface ConnectionOptions {
  /** Milliseconds for each step. */
  readonly timeout: number
  readonly secureContext?: SecureContext
}

/** Makes what carries requests through a proxy: https in a tunnel, http as requests to the proxy itself. */
export function createProxyAgent(
  undici: typeof import('undici'),
  proxy: Proxy,
  connection: ConnectionOptions,
): Dispatcher {
  class Tunnels extends undici.Pool {
    async open(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
      const tunnel = await super.connect(options).catch((error: unknown) => {
        // undici would try for ever again what ends with an error of its own sockets.
        throw isSocketError(error) ? Object.assign(new Error('tunnel lost'), { code: 'ERR_PROXY_CLOSED' }) : error
      })
      if (tunnel.statusCode === 200) return tunnel
      tunnel.socket.destroy()
      // undici itself would tell this like an aborted request, without the status.
      throw new Error(`Proxy refused the tunnel (${tunnel.statusCode})`)
    }
  }
  return new undici.ProxyAgent({
    uri: proxy.origin,
    ...(proxy.authorization === undefined ? {} : { token: proxy.authorization }),
    requestTls: connection,
    proxyTls: connection,
    // Proxies commonly allow tunnels to port 443 only.
    proxyTunnel: false,
    clientFactory: (origin, options) => {
      const tunnels = new Tunnels(origin, { ...options, headersTimeout: connection.timeout })
      return Object.assign(tunnels, { connect: (connection: Dispatcher.ConnectOptions) => tunnels.open(connection) })
    },
  })
}

function isSocketError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'UND_ERR_SOCKET'
}
