import type { PopAuthScheme } from '../pop/pop-auth-scheme.ts'

/** Stands for the window of a console application, which has no handle of its own. */
export const CONSOLE_WINDOW_HANDLE: unique symbol = Symbol('console window')

/** Options of `acquireTokenInteractive`. */
export interface InteractiveOptions {
  /** One resource's, as `['User.Read']`; case counts. */
  readonly scopes: readonly string[]
  /** One of {@link Prompt}; without it the server decides what to ask. `none` brings Cloud Shell's own user there. */
  readonly prompt?: string | undefined
  /** User name that the page starts with. */
  readonly loginHint?: string | undefined
  /** `consumers`, `organizations` or a domain of the tenant: skips the question whose account it is. */
  readonly domainHint?: string | undefined
  /** JSON text from a resource's `WWW-Authenticate`, see {@link readClaimsChallenge}. */
  readonly claimsChallenge?: string | undefined
  /** Seconds until the sign-in is given up; without it, it waits. */
  readonly timeout?: number | undefined
  /** Loopback port; a free one unless given. */
  readonly port?: number | undefined
  /** Scopes of other resources that the person consents to at once. */
  readonly extraScopesToConsent?: readonly string[] | undefined
  /** Seconds that may lie between the sign-in and now. */
  readonly maxAge?: number | undefined
  /** Window to which a broker's dialog belongs; needed where a broker is enabled. */
  readonly parentWindowHandle?: number | bigint | Uint8Array | typeof CONSOLE_WINDOW_HANDLE | undefined
  /** Personal accounts by an authority of organizations, for the few apps of Microsoft that need it; through a broker only. */
  readonly enableMsaPassthrough?: boolean | undefined
  /** Called before the browser or the broker shows itself. */
  readonly onBeforeLaunchingUi?: ((event: { readonly ui: 'browser' | 'broker' }) => void) | undefined
  /** Proof of possession; through a broker of Windows or macOS only, see `isPopSupported`. */
  readonly authScheme?: PopAuthScheme | undefined
  /** Shows the address to the person; `false` says that it could not. */
  readonly openBrowser?: ((url: string) => boolean | void | Promise<boolean | void>) | undefined
  /** HTML for the page after success. */
  readonly successTemplate?: string | undefined
  /** HTML for the page after a refusal; `$error` and `$error_description` become escaped text. */
  readonly errorTemplate?: string | undefined
  /** Gives up the sign-in. */
  readonly signal?: AbortSignal | undefined
}
