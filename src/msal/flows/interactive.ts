import { ConfigurationError, InteractionError } from '../core/errors.ts'
import type { RedirectListener } from '../core/ports.ts'
import type { TokenResult } from '../core/token-result.ts'
import { isInCloudShell } from '../managed-identity/cloud-shell.ts'
import { Prompt } from '../oauth/prompt.ts'
import { decorateScopes, validateScopes } from '../oauth/scopes.ts'
import type { PopAuthScheme } from '../pop/pop-auth-scheme.ts'
import { beginAuthCodeFlow, redeemAuthorizationResponse, type AuthCodeFlow } from './auth-code-flow.ts'
import type { ClientContext } from './client-context.ts'
import { acquireInCloudShell } from './cloud-shell.ts'

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
  /** Called before the browser or the broker shows itself. */
  readonly onBeforeLaunchingUi?: ((event: { readonly ui: 'browser' | 'broker' }) => void) | undefined
  /** Proof of possession; through a broker only. */
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

/**
 * Signs a person in by the browser and a loopback redirect.
 *
 * @throws {InteractionError} after `timeout`, without a browser or without a loopback port
 * @throws {OAuthError} where the person or the server refused
 * @throws the signal's reason when it is aborted
 * @see https://www.rfc-editor.org/rfc/rfc8252
 */
export async function acquireInteractively(context: ClientContext, options: InteractiveOptions): Promise<TokenResult> {
  if (options.authScheme) throw new ConfigurationError('authScheme', 'is supported through a broker only')
  const scopes = decorateScopes(options.scopes, context.excludeScopes)
  const extra = options.extraScopesToConsent === undefined ? [] : validateScopes(options.extraScopesToConsent)
  validatePort(options.port)
  options.signal?.throwIfAborted()
  if (options.prompt === Prompt.NONE && isInCloudShell(context.platform))
    return acquireInCloudShell(context, validateScopes(options.scopes))
  const authority = await context.resolve(context.address)
  const modes = authority.responseModesSupported
  const responseMode = modes && !modes.includes('form_post') ? 'query' : 'form_post'
  const listener = await context.platform.listenForRedirect({ ...(options.port && { port: options.port }) })
  try {
    const request = { ...options, redirectUri: listener.redirectUri, responseMode } as const
    const flow = await beginAuthCodeFlow(context, request, [...new Set([...scopes, ...extra])])
    const authResponse = await converse(context, { flow, listener, responseMode, options })
    return await redeemAuthorizationResponse(context, { flow, authResponse, scopes, signal: options.signal })
  } finally {
    await listener.close()
  }
}

/** Opens the browser and waits for its answer, until the time is over or the caller gives up. */
async function converse(
  context: ClientContext,
  from: {
    readonly flow: AuthCodeFlow
    readonly listener: RedirectListener
    readonly responseMode: 'form_post' | 'query'
    readonly options: InteractiveOptions
  },
): Promise<Readonly<Record<string, string>>> {
  const { flow, listener, options } = from
  const { successTemplate, errorTemplate } = options
  options.signal?.throwIfAborted()
  const end = new AbortController()
  if (options.timeout !== undefined) void endAfter(context, end, options.timeout)
  try {
    const answer = listener.receive({
      state: flow.state,
      responseMode: from.responseMode,
      ...(successTemplate !== undefined && { successTemplate }),
      ...(errorTemplate !== undefined && { errorTemplate }),
      signal: options.signal ? AbortSignal.any([options.signal, end.signal]) : end.signal,
    })
    const opened = openBrowser(context, options, flow.authUri)
    return await Promise.race([answer, opened.then(() => answer)])
  } finally {
    end.abort()
  }
}

async function endAfter({ clock }: ClientContext, end: AbortController, seconds: number): Promise<void> {
  try {
    await clock.sleep(seconds * 1000, end.signal)
    end.abort(new InteractionError('timeout', `Nobody finished the sign-in within ${seconds} seconds`))
  } catch {
    // the sign-in came to its end before
  }
}

async function openBrowser(context: ClientContext, options: InteractiveOptions, url: string): Promise<void> {
  options.onBeforeLaunchingUi?.({ ui: 'browser' })
  const open = options.openBrowser ?? ((address: string) => context.platform.openBrowser(address))
  if ((await open(url)) === false)
    throw new InteractionError('browser_not_opened', 'No browser could be opened; sign in by device code instead')
}

function validatePort(port: number | undefined): void {
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65536))
    throw new ConfigurationError('port', 'a number from 0 to 65535 is needed')
}
