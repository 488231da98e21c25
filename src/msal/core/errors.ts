import { trimEnd } from './text.ts'

/** The base of every error that the library throws; trying again helps only where a subclass says so. */
export class MsalError extends Error {
  /** `MsalError` */
  override name = 'MsalError'
}

/** An option or argument is wrong; trying again with the same one never helps. */
export class ConfigurationError extends MsalError {
  /** `ConfigurationError` */
  override name = 'ConfigurationError'
  /** The option or argument, as it is spelled in the API. */
  readonly argument: string

  constructor(argument: string, problem: string, options?: ErrorOptions) {
    super(`${argument}: ${problem}`, options)
    this.argument = argument
  }
}

/** The members of an {@link AuthorityError}. */
export interface AuthorityErrorDetails {
  /** URL of the authority. */
  readonly url?: string | undefined
  /** HTTP status. */
  readonly status?: number | undefined
  /** AADSTS numbers. */
  readonly errorCodes?: readonly number[] | undefined
}

/** The authority's metadata could not be found or must not be trusted; trying again helps only after a correction. */
export class AuthorityError extends MsalError {
  /** `AuthorityError` */
  override name = 'AuthorityError'
  /** URL of an authority that has no metadata. */
  declare readonly url?: string
  /** HTTP status that came in place of metadata. */
  declare readonly status?: number
  /** AADSTS numbers, where Entra told why. */
  declare readonly errorCodes?: readonly number[]

  constructor(message: string, details: AuthorityErrorDetails = {}) {
    super(message)
    if (details.url !== undefined) this.url = details.url
    if (details.status !== undefined) this.status = details.status
    if (details.errorCodes !== undefined) this.errorCodes = details.errorCodes
  }
}

/** The members of a {@link NetworkError}. */
export interface NetworkErrorDetails {
  /** HTTP status. */
  readonly status?: number | undefined
  /** Who was asked. */
  readonly host?: string | undefined
  /** Of the network or of TLS. */
  readonly code?: string | undefined
  /** HTTP status of a proxy. */
  readonly proxyStatus?: number | undefined
}

/** The network gave no usable answer; trying again later may help. */
export class NetworkError extends MsalError {
  /** `NetworkError` */
  override name = 'NetworkError'
  /** HTTP status where an answer came that made no sense, else absent. */
  declare readonly status?: number
  /** Who gave no usable answer, with the port where it is not the default. */
  declare readonly host?: string
  /** Why no answer came, of the network or of TLS, as `ENOTFOUND` or `SELF_SIGNED_CERT_IN_CHAIN`. */
  declare readonly code?: string
  /** HTTP status by which a proxy refused to make the connection; 407 asks for a name and a password. */
  declare readonly proxyStatus?: number

  constructor(message: string, options: ErrorOptions & NetworkErrorDetails = {}) {
    super(message, options)
    if (options.status !== undefined) this.status = options.status
    if (options.host !== undefined) this.host = options.host
    if (options.code !== undefined) this.code = options.code
    if (options.proxyStatus !== undefined) this.proxyStatus = options.proxyStatus
  }
}

/** A browser lets no page read this server's answers (CORS), so nothing in it can ask the server; trying again there never helps. */
export class CrossOriginError extends NetworkError {
  /** `CrossOriginError` */
  override name = 'CrossOriginError'
  /** The server, with the port where it is not the default. */
  declare readonly host: string

  constructor(host: string, options?: ErrorOptions) {
    super(`${host} lets no web page read its answers`, { ...options, host })
  }
}

/** An authorization response does not belong to the flow it was given for (RFC 6749 section 10.12); start a new flow. */
export class AuthorizationResponseError extends MsalError {
  /** `AuthorizationResponseError` */
  override name = 'AuthorizationResponseError'
}

/** A person's part of a sign-in did not come to an end; trying again is up to the person. */
export class InteractionError extends MsalError {
  /** `InteractionError` */
  override name = 'InteractionError'
  /** What kept the sign-in from its end. */
  readonly reason: 'timeout' | 'browser_not_opened' | 'no_loopback'

  constructor(reason: InteractionError['reason'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/**
 * A federation server (AD FS, by WS-Trust) gave no assertion. With `code` it refused: trying again with the same password
 * does not help; else it answered nonsense, and later may help where `status` is 5xx.
 */
export class FederationError extends MsalError {
  /** `FederationError` */
  override name = 'FederationError'
  /** Of the SOAP fault, as `a:FailedAuthentication`. */
  declare readonly code?: string
  /** HTTP status, which is 500 for a wrong password too. */
  declare readonly status?: number

  constructor(message: string, details: { readonly code?: string | undefined; readonly status?: number } = {}) {
    super(message)
    if (details.code !== undefined) this.code = details.code
    if (details.status !== undefined) this.status = details.status
  }
}

/** An ID token is malformed or not meant for this client; trying again does not help. */
export class IdTokenError extends MsalError {
  /** `IdTokenError` */
  override name = 'IdTokenError'
}

/** A cache or one of its entries can't be read; the message names the place, what is not named is still usable. */
export class CacheError extends MsalError {
  /** `CacheError` */
  override name = 'CacheError'
}

/** The members of an OAuth error answer (RFC 6749 section 5.2) with Entra's additions. */
export interface OAuthErrorDetails {
  /** The code, as `invalid_grant`. */
  readonly error: string
  /** The server's own words. */
  readonly errorDescription?: string | undefined
  /** AADSTS numbers. */
  readonly errorCodes?: readonly number[] | undefined
  /** What kind of `error`, as `basic_action`. */
  readonly suberror?: string | undefined
  /** JSON text for `claimsChallenge` of the next interactive request. */
  readonly claims?: string | undefined
  /** GUID that the server's logs know the request by. */
  readonly correlationId?: string | undefined
  /** GUID of this answer in them. */
  readonly traceId?: string | undefined
  /** HTTP status. */
  readonly status?: number | undefined
}

/** Sub-errors that Entra asks clients not to show. */
const HIDDEN_SUBERRORS: ReadonlySet<string> = new Set([
  'bad_token',
  'token_expired',
  'protection_policy_required',
  'client_mismatch',
  'device_authentication_failed',
])

/**
 * The authorization server refused; `classification` and `claims` say what to do next.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export class OAuthError extends MsalError {
  /** `OAuthError` */
  override name = 'OAuthError'
  /** The code, as `invalid_grant`; `interaction_required` and its like ask for a person. */
  readonly error: string
  /** The server's own words, with the AADSTS number at Entra. */
  declare readonly errorDescription?: string
  /** AADSTS numbers. */
  declare readonly errorCodes?: readonly number[]
  /** What kind of `error`, as the server names it. */
  declare readonly suberror?: string
  /** The server's `suberror`, absent for those that clients are asked not to show. */
  declare readonly classification?: string
  /** JSON text for `claimsChallenge` of the next interactive request. */
  declare readonly claims?: string
  /** GUID that the server's logs know the request by. */
  declare readonly correlationId?: string
  /** GUID of this answer in them. */
  declare readonly traceId?: string
  /** HTTP status, absent where the answer came through a browser. */
  declare readonly status?: number

  constructor(details: OAuthErrorDetails, options?: ErrorOptions) {
    super(details.errorDescription ? `${details.error}: ${details.errorDescription}` : details.error, options)
    this.error = details.error
    if (details.errorDescription !== undefined) this.errorDescription = details.errorDescription
    if (details.errorCodes !== undefined) this.errorCodes = details.errorCodes
    if (details.suberror !== undefined) this.suberror = details.suberror
    if (details.suberror && !HIDDEN_SUBERRORS.has(details.suberror)) this.classification = details.suberror
    if (details.claims !== undefined) this.claims = details.claims
    if (details.correlationId !== undefined) this.correlationId = details.correlationId
    if (details.traceId !== undefined) this.traceId = details.traceId
    if (details.status !== undefined) this.status = details.status
  }
}

/** What a broker says besides its words; nothing of it where the broker is gone or did not answer. */
export interface BrokerErrorDetails extends ErrorOptions {
  /** Of the runtime's list, as `InteractionRequired`; the number where it is a new one. */
  readonly brokerStatus?: string | undefined
  /** Of whatever failed below the broker. */
  readonly brokerErrorCode?: number | undefined
  /** Place in the broker's code. */
  readonly brokerTag?: number | undefined
  /** JSON text of the runtime's telemetry, for Microsoft's support. */
  readonly msalruntimeTelemetry?: string | undefined
}

/**
 * The operating system's broker refused, is gone or did not answer in time; `error` is `broker_error`. Another way to sign
 * in may help; the same one later where `brokerStatus` is absent or tells of the network.
 */
export class BrokerError extends OAuthError {
  /** `BrokerError` */
  override name = 'BrokerError'
  /** `UserCanceled`, `InteractionRequired` and so on; the number where it is a new one, absent where no answer came. */
  declare readonly brokerStatus?: string
  /** Of whatever failed below the broker. */
  declare readonly brokerErrorCode?: number
  /** Place in the broker's code. */
  declare readonly brokerTag?: number
  /** JSON text of the runtime's telemetry, for Microsoft's support. */
  declare readonly msalruntimeTelemetry?: string

  constructor(description: string, details: BrokerErrorDetails = {}) {
    const codes = [...description.matchAll(/AADSTS(\d{4,9})/g)].map(([, code]) => Number(code))
    const errorCodes = codes.length > 0 ? [...new Set(codes)] : undefined
    super({ error: 'broker_error', errorDescription: description, errorCodes }, details)
    if (details.brokerStatus !== undefined) this.brokerStatus = details.brokerStatus
    if (details.brokerErrorCode !== undefined) this.brokerErrorCode = details.brokerErrorCode
    if (details.brokerTag !== undefined) this.brokerTag = details.brokerTag
    if (details.msalruntimeTelemetry !== undefined) this.msalruntimeTelemetry = details.msalruntimeTelemetry
  }
}

/** The app registration lacks the redirect URI of the broker; trying again helps once it is registered. */
export class RedirectUriError extends MsalError {
  /** `RedirectUriError` */
  override name = 'RedirectUriError'
  /** What to register under "Mobile and desktop applications": of each operating system its own. */
  readonly redirectUris: readonly string[]

  constructor(redirectUris: readonly string[], options?: ErrorOptions) {
    super(`The broker needs the app registration to have these redirect URIs: ${redirectUris.join(', ')}`, options)
    this.redirectUris = redirectUris
  }
}

/** The members of a managed identity's refusal. */
export interface ManagedIdentityErrorDetails extends OAuthErrorDetails {
  /** A sentence that says what to do. */
  readonly advice?: string | undefined
}

/**
 * A managed identity's endpoint refused, answered nonsense or must not be asked; `advice` says what to do. Trying again
 * later can help where `status` is 404, 410, 429 or 5xx.
 */
export class ManagedIdentityError extends OAuthError {
  /** `ManagedIdentityError` */
  override name = 'ManagedIdentityError'
  /** A sentence that says what to do. */
  declare readonly advice?: string

  constructor({ advice, ...details }: ManagedIdentityErrorDetails, options?: ErrorOptions) {
    super(details, options)
    if (advice === undefined) return
    this.advice = advice
    this.message = `${trimEnd(this.message, '. \t\r\n')}. ${advice}`
  }
}
