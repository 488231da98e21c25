/** What the library asks of a broker of the operating system; `src/node` answers, in the words of Microsoft's native runtime. */

/** Where brokers are: each has its own runtime, redirect URI and rules. */
export type BrokerPlatform = 'windows' | 'mac' | 'linux' | 'wsl'

/** An account as a broker names it; what a broker leaves out is empty. */
export interface BrokerAccount {
  readonly homeAccountId: string
  readonly localAccountId: string
  readonly environment: string
  readonly realm: string
  readonly username: string
  /** As tokens carry it: base64url JSON. */
  readonly clientInfo: string
  readonly displayName: string
  readonly givenName: string
  readonly familyName: string
}

/** What a token is to be bound to. */
export interface BrokerPopParameters {
  readonly method: string
  /** With the port, where it has one. */
  readonly host: string
  readonly path: string
  readonly nonce: string
}

/** What every request for a token says. */
export interface BrokerRequest {
  readonly clientId: string
  /** `https://{host}/{tenant}` */
  readonly authority: string
  readonly scopes: readonly string[]
  /** As registered for this kind of broker. */
  readonly redirectUri?: string | undefined
  /** JSON text. */
  readonly claims?: string | undefined
  /** An access token that no longer serves and is to be replaced. */
  readonly accessTokenToRenew?: string | undefined
  readonly pop?: BrokerPopParameters | undefined
  /** Further parameters, as the runtime takes them; never `prompt` or `domain_hint`, which it refuses. */
  readonly additional: Readonly<Record<string, string>>
  readonly correlationId: string
}

/** A request that may show a window. */
export interface InteractiveBrokerRequest extends BrokerRequest {
  /** Native handle of the window that owns the dialog, little-endian; empty for none. */
  readonly parentWindowHandle: Uint8Array
  /** User name; empty for none. */
  readonly accountHint: string
  /** The person wants to choose an account, so none is to be proposed. */
  readonly choosesAccount?: boolean | undefined
}

/** What a broker said no to; numbers that nobody knows yet are possible. */
export interface BrokerFailure {
  /** Of the runtime's list of statuses. */
  readonly status: number
  readonly errorCode: number
  readonly tag: number
  /** What happened, in the broker's words: text of a server, untrusted. */
  readonly context: string
  /** JSON text of the runtime's own telemetry. */
  readonly telemetry?: string | undefined
}

/** Tokens as a broker gave them; nothing of it has been judged yet. */
export interface BrokerTokens {
  readonly accessToken: string
  /** Empty where none came. */
  readonly idToken: string
  /** For a bound token: `pop {token}`; empty otherwise. */
  readonly authorizationHeader: string
  readonly isPop: boolean
  readonly grantedScopes: readonly string[]
  /** Seconds since 1970. */
  readonly expiresOn: number
  readonly account: BrokerAccount | undefined
  /** JSON text of the runtime's own telemetry; empty for none. */
  readonly telemetry: string
}

/** An answer: one of the two. */
export type BrokerAnswer =
  | { readonly tokens: BrokerTokens; readonly failure?: undefined }
  | { readonly failure: BrokerFailure; readonly tokens?: undefined }

/**
 * A broker that has started. What the broker itself refuses is an answer; a call rejects with the signal's reason once it is
 * aborted, at once, whatever the broker does, and with a `BrokerError` where the broker is gone or did not answer in time.
 */
export interface BrokerRuntime {
  /** Undefined where the broker does not know the account. */
  readAccount(
    options: {
      readonly clientId: string
      readonly localAccountId: string
      readonly correlationId: string
    },
    signal?: AbortSignal,
  ): Promise<BrokerAccount | undefined>
  /** For whoever the broker holds to be signed in. */
  signInSilently(request: BrokerRequest, signal?: AbortSignal): Promise<BrokerAnswer>
  signInInteractively(request: InteractiveBrokerRequest, signal?: AbortSignal): Promise<BrokerAnswer>
  acquireTokenSilently(
    request: BrokerRequest & { readonly account: BrokerAccount },
    signal?: AbortSignal,
  ): Promise<BrokerAnswer>
  /** Undefined where it worked. */
  signOutSilently(
    options: {
      readonly clientId: string
      readonly account: BrokerAccount
      readonly correlationId: string
    },
    signal?: AbortSignal,
  ): Promise<BrokerFailure | undefined>
}

/** What came of starting a broker. */
export type BrokerStart =
  | { readonly state: 'ready'; readonly runtime: BrokerRuntime }
  /** The package that reaches it is not installed; `hint` says what to install. */
  | { readonly state: 'missing'; readonly hint: string }
  /** There is none, or it did not answer in time; `reason` is for the log. */
  | { readonly state: 'unavailable'; readonly reason: string }

/** Takes what a runtime logs of itself. */
export interface BrokerLog {
  /** Whether it may be told lines that name people. */
  readonly allowsPii: boolean
  /** Every line but those of `error`. */
  debug(message: string): void
  /** What ends the runtime. */
  error(message: string): void
}

/** The brokers of this machine. */
export interface BrokerHost {
  /** Undefined on any other system. */
  readonly platform: BrokerPlatform | undefined
  /** In place of the platform's usual one, as an application bundle of macOS needs it. */
  readonly redirectUri?: string | undefined
  /**
   * Starts it on first use, with a deadline; a start that failed is tried again by the next call.
   *
   * @param log - is told what the runtime logs from then on, once per line however often it is given
   */
  start(log?: BrokerLog): Promise<BrokerStart>
}
