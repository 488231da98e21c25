/** What the library asks of the machine it runs on; `src/node` and `src/web` answer. */

import type { BrokerHost } from './broker-runtime.ts'
import type { Secret } from './secret.ts'

/** The global `fetch`, or anything that behaves like it. */
export type Fetch = typeof globalThis.fetch

/** The time, and waiting. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
  /** Resolves after `milliseconds`; rejects with the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

/** Where the library writes what it does; never a token, code, secret or claim. */
export interface Logger {
  /** Every step. */
  trace(message: string): void
  /** What is asked and found. */
  debug(message: string): void
  /** What a user may notice. */
  info(message: string): void
  /** What goes on in spite of a fault. */
  warn(message: string): void
  /** What failed. */
  error(message: string): void
}

/** How the default transport reaches the network; of no effect together with a `fetch` of one's own. */
export interface TransportOptions {
  /** URL of an HTTP proxy; without it `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` count. */
  readonly proxy?: string | undefined
  /** PEM text of certificates that are trusted besides the system's. */
  readonly ca?: string | undefined
  /** Milliseconds for one request. */
  readonly timeoutMs?: number | undefined
}

/** How a metadata endpoint is reached. */
export interface DirectTransportOptions {
  /** Milliseconds for one request. */
  readonly timeoutMs?: number
  /** SHA-1 thumbprint (hex) of the only certificate that the server may have; checked before anything is sent. */
  readonly pinnedThumbprint?: string
}

/** How the answer to an authorization request travels from the browser to the loopback listener. */
export type RedirectResponseMode = 'form_post' | 'query'

/** What a loopback listener waits for, and what it shows to the person. */
export interface RedirectExpectation {
  /** The `state` that the answer must carry; anything else is refused with 400 and does not end the wait. */
  readonly state: string
  readonly responseMode: RedirectResponseMode
  /** HTML shown after success, in place of the built-in page. */
  readonly successTemplate?: string | undefined
  /** HTML shown after a refusal; `$error` and `$error_description` are replaced by escaped text. */
  readonly errorTemplate?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** A loopback listener for one authorization response (RFC 8252 section 7.3). */
export interface RedirectListener {
  /** `http://localhost:{port}` */
  readonly redirectUri: string
  /** Resolves to the parameters of the first answer with the expected state; rejects with the signal's reason. */
  receive(expectation: RedirectExpectation): Promise<Readonly<Record<string, string>>>
  /** Closes the sockets; safe to call twice. */
  close(): Promise<void>
}

/** A private key as the caller gave it. */
export interface PrivateKeySource {
  /** PKCS#8 or PKCS#1, encrypted or not. */
  readonly pem: Secret
  /** Empty where it has none. */
  readonly passphrase: Secret
}

/** A PKCS#12 file (PFX) as the caller named it. */
export interface Pkcs12Source {
  readonly path: string
  /** Empty where the file has none. */
  readonly passphrase: Secret
}

/** A private key and the certificate that belongs to it. */
export interface KeyWithCertificate {
  /** PKCS#8 PEM of an RSA key. */
  readonly privateKey: Secret
  /** PEM. */
  readonly certificate: string
}

/** The agent of Azure Arc on this machine. */
export interface ArcAgent {
  isInstalled(): Promise<boolean>
  /**
   * Reads the key that the agent left in its token folder, by which a caller shows that it may read there.
   *
   * @param path - as the agent's challenge names it
   * @throws {ManagedIdentityError} where that is no small regular `.key` file in the token folder itself
   */
  readKey(path: string): Promise<Secret>
}

/** The machine: clock, network, browser, environment variables. */
export interface Platform {
  readonly clock: Clock
  /** Makes the transport that is used where the caller gave no `fetch`; opens nothing by itself. */
  createFetch(options: TransportOptions): Fetch
  /** Makes a transport that never meets a proxy, for metadata endpoints of the machine; it may trust one certificate alone. */
  createDirectFetch(options: DirectTransportOptions): Fetch
  /** Resolves to false where no browser could be opened. */
  openBrowser(url: string): Promise<boolean>
  /** @throws MsalError where no loopback port could be bound */
  listenForRedirect(options: { readonly port?: number }): Promise<RedirectListener>
  /** An environment variable, read when it is used. */
  readEnvironment(name: string): string | undefined
  readonly arcAgent: ArcAgent
  /** Absent where nothing can reach a broker, as in a browser. */
  readonly broker?: BrokerHost
  /** The private key in PEM text as PKCS#8 PEM. @throws ConfigurationError where it is none, none of RSA, or stays closed */
  readPrivateKey(source: PrivateKeySource): Secret
  /** @throws ConfigurationError where there is no such file, key or certificate, or the passphrase is wrong */
  readPkcs12(source: Pkcs12Source): Promise<KeyWithCertificate>
}
