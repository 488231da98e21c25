import { runWithin } from '../core/abort.ts'
import { ConfigurationError, InteractionError } from '../core/errors.ts'
import type { RedirectListener } from '../core/ports.ts'
import type { TokenResult } from '../core/token-result.ts'
import { isInCloudShell } from '../managed-identity/cloud-shell.ts'
import { Prompt } from '../oauth/prompt.ts'
import { decorateScopes, validateScopes } from '../oauth/scopes.ts'
import { beginAuthCodeFlow, redeemAuthorizationResponse, type AuthCodeFlow } from './auth-code-flow.ts'
import { openBroker, refusePop } from './broker.ts'
import { acquireInteractivelyByBroker } from './broker-interactive.ts'
import type { ClientContext } from './client-context.ts'
import { acquireInCloudShell } from './cloud-shell.ts'
import type { InteractiveOptions } from './interactive-options.ts'

/**
 * Signs a person in by the broker where one is enabled and can be had, else by the browser and a loopback redirect.
 *
 * @throws {InteractionError} after `timeout`, without a browser or without a loopback port
 * @throws {OAuthError} where the person, the server or the broker refused
 * @throws the signal's reason when it is aborted
 * @see https://www.rfc-editor.org/rfc/rfc8252
 */
export async function acquireInteractively(context: ClientContext, options: InteractiveOptions): Promise<TokenResult> {
  const scopes = decorateScopes(options.scopes, context.excludeScopes)
  const extra = options.extraScopesToConsent === undefined ? [] : validateScopes(options.extraScopesToConsent)
  validatePort(options.port)
  options.signal?.throwIfAborted()
  if (options.prompt === Prompt.NONE && isInCloudShell(context.platform))
    return acquireInCloudShell(context, validateScopes(options.scopes))
  const broker = await openBroker(context, context.address, options)
  if (broker)
    return endInTime(context, options, (signal) =>
      acquireInteractivelyByBroker(context, broker, { ...options, signal }),
    )
  refusePop(options)
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
  return endInTime(context, options, (signal) => {
    const answer = listener.receive({
      state: flow.state,
      responseMode: from.responseMode,
      ...(successTemplate !== undefined && { successTemplate }),
      ...(errorTemplate !== undefined && { errorTemplate }),
      signal,
    })
    const opened = openBrowser(context, options, flow.authUri)
    return Promise.race([answer, opened.then(() => answer)])
  })
}

/** Ends after `timeout`, by the caller's signal, and at last when the run is over. */
const endInTime = <T>(
  { clock }: ClientContext,
  { signal, timeout }: InteractiveOptions,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const milliseconds = timeout === undefined ? undefined : timeout * 1000
  const reason = () => new InteractionError('timeout', `Nobody finished the sign-in within ${timeout} seconds`)
  return runWithin(clock, { milliseconds, reason, signal }, run)
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
