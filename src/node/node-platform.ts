import type { Platform } from '../msal/core/ports.ts'
import { systemClock } from '../web/system-clock.ts'
import { createArcAgent, locateArcAgent } from './arc-agent.ts'
import { createBrokerHost } from './broker-host.ts'
import { createDirectFetch, createFetch } from './http-client.ts'
import { listenForRedirect } from './loopback-redirect.ts'
import { readPkcs12 } from './pkcs12.ts'
import { readPrivateKey } from './private-key.ts'
import { openBrowser } from './system-browser.ts'

/** The library's ports on Node; nothing is opened, read or loaded before it is used. */
export const nodePlatform: Platform = {
  clock: systemClock,
  createFetch,
  createDirectFetch,
  openBrowser,
  listenForRedirect,
  readPrivateKey,
  readPkcs12,
  readEnvironment: (name) => process.env[name],
  broker: createBrokerHost(),
  arcAgent: createArcAgent(() => locateArcAgent(process.platform, process.env)),
}
