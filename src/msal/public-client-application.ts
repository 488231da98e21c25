import { ClientApplication, settle } from './client-application.ts'
import type { Platform } from './core/ports.ts'
import type { TokenResult } from './core/token-result.ts'
import { createContext } from './create-context.ts'
import type { AcceptClaims } from './flows/client-context.ts'
import {
  initiateDeviceFlow,
  redeemDeviceFlow,
  type DeviceFlow,
  type InitiateDeviceFlowOptions,
  type RedeemDeviceFlowOptions,
} from './flows/device-flow.ts'
import { acquireInteractively } from './flows/interactive.ts'
import { CONSOLE_WINDOW_HANDLE, type InteractiveOptions } from './flows/interactive-options.ts'
import { authenticateNone } from './oauth/client-authentication.ts'
import { refuseCredential, withoutNulls, type PublicClientOptions } from './options.ts'

/** What public clients do, whatever the machine they run on. */
export class PublicClient extends ClientApplication {
  /** For `parentWindowHandle` of an application that has no window of its own. */
  static readonly CONSOLE_WINDOW_HANDLE: typeof CONSOLE_WINDOW_HANDLE = CONSOLE_WINDOW_HANDLE

  /**
   * @internal
   * @param acceptClaims - refuses tokens by throwing, before anything is kept of them
   */
  constructor(options: PublicClientOptions, platform: Platform, acceptClaims?: AcceptClaims) {
    const given = withoutNulls(options)
    refuseCredential(given)
    const traits = { platform, authenticate: authenticateNone, defaultPauseSeconds: 60, acceptClaims }
    super(createContext(given, { ...traits, brokers: given }))
  }

  /**
   * Signs a person in by the broker of the operating system where one is enabled and can be had, else by the browser and a
   * loopback redirect (`http://localhost`, to be registered as such).
   *
   * @throws {InteractionError} after `timeout`, without a browser or without a loopback port
   * @throws {OAuthError} where the person or the server refused; {@link BrokerError} where the broker did
   * @throws {RedirectUriError} where the redirect URI of the broker is not registered
   * @throws the signal's reason when it is aborted
   */
  acquireTokenInteractive(options: InteractiveOptions): Promise<TokenResult> {
    return settle(options, () => acquireInteractively(this.context, options))
  }

  /**
   * Begins a sign-in on another device; show `userCode` and `verificationUri`.
   *
   * @throws {OAuthError} where the server refuses
   */
  initiateDeviceFlow(options?: InitiateDeviceFlowOptions): Promise<DeviceFlow> {
    return settle(options ?? {}, () => initiateDeviceFlow(this.context, options ?? {}))
  }

  /**
   * Waits until the person has entered the code.
   *
   * @throws {OAuthError} `expired_token`, `authorization_declined`; begin a new flow
   * @throws the signal's reason when it is aborted
   */
  acquireTokenByDeviceFlow(options: RedeemDeviceFlowOptions): Promise<TokenResult> {
    return settle(options, () => redeemDeviceFlow(this.context, options))
  }
}
