import type { SecureContext } from 'node:tls'
import type { Dispatcher } from 'undici'
import type { Proxy } from './proxy-selection.ts'

const TUNNEL_TIMEOUT_MS = 10_000

/** Makes what carries requests through a proxy: https in a tunnel, http as requests to the proxy itself. */
export function createProxyAgent(
  undici: typeof import('undici'),
  proxy: Proxy,
  tls: { readonly secureContext?: SecureContext },
): Dispatcher {
  class Tunnels extends undici.Pool {
    async open(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
      const tunnel = await super.connect(options)
      if (tunnel.statusCode === 200) return tunnel
      tunnel.socket.destroy()
      // undici itself would tell this like an aborted request, without the status.
      throw new Error(`Proxy refused the tunnel (${tunnel.statusCode})`)
    }
  }
  return new undici.ProxyAgent({
    uri: proxy.origin,
    ...(proxy.authorization === undefined ? {} : { token: proxy.authorization }),
    requestTls: tls,
    proxyTls: tls,
    // Proxies commonly allow tunnels to port 443 only.
    proxyTunnel: false,
    clientFactory: (origin, options) => {
      const tunnels = new Tunnels(origin, { ...options, headersTimeout: TUNNEL_TIMEOUT_MS })
      return Object.assign(tunnels, { connect: (connection: Dispatcher.ConnectOptions) => tunnels.open(connection) })
    },
  })
}
