import { ConfigurationError, InteractionError, ManagedIdentityError, NetworkError } from '../msal/core/errors.ts'
import type { Platform } from '../msal/core/ports.ts'
import { createCrossOriginFetch } from './cross-origin-fetch.ts'
import { createGlobalFetch } from './global-fetch.ts'
import { systemClock } from './system-clock.ts'

/** The library's ports in a browser, which has no file, no environment, no proxy of its own and no way back to a port. */
export const webPlatform: Platform = {
  clock: systemClock,
  createFetch({ proxy, ca, ...options }) {
    if (proxy !== undefined) throw new ConfigurationError('proxy', 'a browser decides about it by itself')
    if (ca !== undefined) throw new ConfigurationError('ca', 'a browser decides about it by itself')
    return createCrossOriginFetch(createGlobalFetch(options))
  },
  createDirectFetch: () => () =>
    Promise.reject(new NetworkError('A browser reaches no metadata endpoint of a machine')),
  openBrowser: () => Promise.resolve(false),
  listenForRedirect: () =>
    Promise.reject(
      new InteractionError('no_loopback', 'A browser takes no connections; sign in by device code instead'),
    ),
  readPrivateKey() {
    throw new ConfigurationError('clientCredential.privateKey', 'can not be read in a browser')
  },
  readPkcs12: () =>
    Promise.reject(new ConfigurationError('clientCredential.privateKeyPfxPath', 'a browser reads no files')),
  readEnvironment: () => undefined,
  arcAgent: {
    isInstalled: () => Promise.resolve(false),
    readKey: () =>
      Promise.reject(new ManagedIdentityError({ error: 'unsupported', errorDescription: 'A browser reads no files' })),
  },
}
