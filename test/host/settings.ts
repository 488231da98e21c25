import type { Description } from '../simulator/description.ts'

/** Where the simulator listens: what a page of code-server opens on 127.0.0.1 goes through code-server's own proxy. */
export const simulatorHost = (): string => (process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1')

/** Settings with which the extension and the consumer sample use a simulator. */
export const settingsFor = (simulator: Description): Readonly<Record<string, unknown>> => ({
  'entraAuth.clientId': simulator.clients.public.clientId,
  'entraAuth.authority': `${simulator.http}/organizations`,
  'consumerSample.scopes': simulator.clients.public.scopes,
  'consumerSample.apiUrl': `${simulator.http}/api/me`,
  'consumerSample.guestTenant': simulator.tenants.guest,
})
