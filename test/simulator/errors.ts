import { randomUUID } from 'node:crypto'

/** Entra's error numbers that the simulator uses: OAuth error, then the text (`{0}` and so on are filled in). */
const table = {
  16000: [
    'interaction_required',
    'Either multiple user identities are available for the current request or the selected account is not supported for the scenario.',
  ],
  16001: ['invalid_request', 'The sign-in session of this page is no longer known. Start the sign-in again.'],
  28000: [
    'invalid_request',
    'Provided value for the input parameter scope is not valid because it contains more than one resource.',
  ],
  50008: ['invalid_grant', 'The SAML token is invalid.'],
  50011: [
    'invalid_request',
    "The redirect URI '{0}' specified in the request does not match the redirect URIs configured for the application '{1}'.",
  ],
  50013: ['invalid_grant', 'Assertion failed signature validation. [Reason - {0}]'],
  50020: [
    'invalid_grant',
    "User account '{0}' from identity provider '{1}' does not exist in tenant '{2}' and cannot access the application '{3}' in that tenant.",
  ],
  50027: ['invalid_request', 'JWT token is invalid or malformed.'],
  50034: ['invalid_grant', 'The user account {0} does not exist in the {1} directory.'],
  50049: ['invalid_instance', 'Unknown or invalid instance.'],
  50057: ['invalid_grant', 'The user account is disabled.'],
  50058: ['login_required', 'A silent sign-in request was sent but no user is signed in.'],
  50059: [
    'invalid_request',
    'No tenant-identifying information found in either the request or implied by any provided credentials.',
  ],
  50076: [
    'invalid_grant',
    "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '{0}'.",
  ],
  50126: ['invalid_grant', 'Error validating credentials due to invalid username or password.'],
  50148: [
    'invalid_grant',
    'The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.',
  ],
  50173: [
    'invalid_grant',
    'The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.',
  ],
  54005: [
    'invalid_grant',
    'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
  ],
  65001: [
    'invalid_grant',
    "The user or administrator has not consented to use the application with ID '{0}' named '{1}'. Send an interactive authorization request for this user and resource.",
  ],
  65004: ['access_denied', 'User declined to consent to access the app.'],
  70000: ['invalid_grant', 'Provided grant is invalid or malformed.'],
  70003: ['unsupported_grant_type', "The app requested an unsupported grant type '{0}'."],
  70005: ['unsupported_response_type', "The response_type '{0}' is not supported."],
  70008: [
    'invalid_grant',
    'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
  ],
  70011: [
    'invalid_scope',
    "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {0} is not valid.",
  ],
  70016: ['authorization_pending', 'OAuth 2.0 device flow error. Authorization is pending. Continue polling.'],
  70017: ['authorization_declined', 'OAuth 2.0 device flow error. The end user declined the authorization request.'],
  70018: [
    'bad_verification_code',
    'Invalid verification code due to User typing in wrong user code for device code flow.',
  ],
  70020: [
    'expired_token',
    "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
  ],
  90002: [
    'invalid_request',
    "Tenant '{0}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
  ],
  90014: [
    'invalid_request',
    "The required field '{0}' is missing from the credential. Ensure that you have all the necessary parameters for the login request.",
  ],
  90023: ['invalid_request', "The request's value for '{0}' is not supported or not valid."],
  90094: [
    'consent_required',
    'An administrator of the tenant must grant the app permission to access the requested resource.',
  ],
  500011: ['invalid_resource', 'The resource principal named {0} was not found in the tenant named {1}.'],
  500112: [
    'invalid_grant',
    "The reply address '{0}' does not match the reply address provided when requesting Authorization code.",
  ],
  500131: [
    'invalid_grant',
    'Assertion audience does not match the Client app presenting the assertion. The audience in the assertion must be the app that presents it.',
  ],
  500133: [
    'invalid_grant',
    'Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token.',
  ],
  501481: [
    'invalid_grant',
    'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
  ],
  700016: ['unauthorized_client', "Application with identifier '{0}' was not found in the directory '{1}'."],
  700023: [
    'invalid_client',
    'Client assertion audience claim does not match Realm issuer. The audience must be the token endpoint.',
  ],
  700024: ['invalid_client', 'Client assertion is not within its valid time range.'],
  700025: ['invalid_client', "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."],
  700027: [
    'invalid_client',
    'The certificate with identifier used to sign the client assertion is not registered on application, or its signature is not valid. [Reason - {0}]',
  ],
  700082: ['invalid_grant', 'The refresh token has expired due to inactivity.'],
  900144: ['invalid_request', "The request body must contain the following parameter: '{0}'."],
  1002012: [
    'invalid_scope',
    'The provided value for scope {0} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).',
  ],
  7000014: ['invalid_request', "The provided value for the input parameter 'device_code' is not valid."],
  7000215: [
    'invalid_client',
    "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{0}'.",
  ],
  7000216: [
    'invalid_client',
    "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
  ],
  7000218: [
    'invalid_client',
    "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  ],
  9001023: [
    'invalid_request',
    'The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.',
  ],
  9002313: ['invalid_request', 'Invalid request. Request is malformed or invalid. [Reason - {0}]'],
  9002325: [
    'invalid_request',
    'Proof Key for Code Exchange is required for authorization code redemption by this client.',
  ],
  9002326: [
    'invalid_request',
    "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '{0}'.",
  ],
  9002327: [
    'invalid_request',
    "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.",
  ],
} as const satisfies Record<number, readonly [error: string, text: string]>

/** The number after `AADSTS`. */
export type AadstsNumber = keyof typeof table

/** What may come along with a refusal. */
export type RefusalDetails = {
  /** Fills `{0}`, `{1}`… of the text. */
  readonly values?: readonly string[]
  /** Replaces the OAuth error that the table gives. */
  readonly error?: string
  readonly suberror?: string
  /** The claims that a new sign-in has to ask for, as JSON. */
  readonly claims?: string
}

/** A refusal as Entra words it; every endpoint throws it and the one that answers puts it on the wire. */
export class AadstsError extends Error {
  readonly number: AadstsNumber
  readonly error: string
  readonly suberror: string | undefined
  readonly claims: string | undefined

  constructor(number: AadstsNumber, details: RefusalDetails = {}) {
    const [error, text] = table[number]
    super(`AADSTS${number}: ${text.replace(/\{(\d)\}/g, (_, index: string) => details.values?.[Number(index)] ?? '')}`)
    this.name = 'AadstsError'
    this.number = number
    this.error = details.error ?? error
    this.suberror = details.suberror
    this.claims = details.claims
  }

  /** The HTTP status of a JSON answer: 401 where the client itself is not believed. */
  get status(): number {
    return this.error === 'invalid_client' ? 401 : 400
  }
}

/** Where and when an answer was made; part of every error. */
export type Trace = { readonly correlationId: string; readonly now: number; readonly origin: string }

/** The error's text with the three lines of tracing that Entra adds. */
export const describeError = (error: AadstsError, trace: Trace, traceId: string = randomUUID()): string =>
  `${error.message} Trace ID: ${traceId} Correlation ID: ${trace.correlationId} Timestamp: ${timestamp(trace.now)}`

/** The JSON body of a refusal. */
export const errorBody = (error: AadstsError, trace: Trace): Record<string, unknown> => {
  const traceId = randomUUID()
  return {
    error: error.error,
    error_description: describeError(error, trace, traceId),
    error_codes: [error.number],
    timestamp: timestamp(trace.now),
    trace_id: traceId,
    correlation_id: trace.correlationId,
    error_uri: `${trace.origin}/error?code=${error.number}`,
    ...(error.suberror !== undefined && { suberror: error.suberror }),
    ...(error.claims !== undefined && { claims: error.claims }),
  }
}

const timestamp = (now: number): string => new Date(now * 1000).toISOString().replace('T', ' ').replace(/\.\d+/, '')
