import type { Clock } from '../msal/index.ts'
import type { BrokerMemory } from './broker-memory.ts'
import type { PublicClient } from './public-client.ts'
import type { RedirectUri } from './redirect-uri.ts'
import type { SignInActions } from './sign-in-actions.ts'
import type { SignInMethod } from './sign-in-methods.ts'
import type { SignInWindow } from './sign-in-window.ts'
import type { UriRedirect } from './uri-redirect.ts'

/** Who signs in, to what, and how. */
export interface SignInRequest {
  readonly clientId: string
  readonly client: PublicClient
  /** The same client, which asks the operating system's broker; used by that way to sign in alone. */
  readonly brokerClient: PublicClient
  readonly scopes: readonly string[]
  /** Shown in the notification: the tenant, or the server where it has none. */
  readonly target: string
  /** User name of the account that is meant; without it the page asks. */
  readonly loginHint?: string
  /** JSON text: what an API demands of the token, where it refused an earlier one. */
  readonly claims?: string | undefined
  /** As the app is registered; without it, each method's own. */
  readonly redirectUri?: RedirectUri | undefined
  /** The first is used, the others are offered as another way. */
  readonly methods: readonly SignInMethod[]
}

/** What a sign-in needs of the window and the clock. */
export interface SignInHost {
  readonly window: SignInWindow
  readonly actions: SignInActions
  readonly clock: Clock
  readonly uriRedirect: UriRedirect
  readonly brokerMemory: BrokerMemory
  /** Redirect URI of this extension in this editor: `{scheme}://entra-auth.entra-auth/callback`. */
  readonly editorUri: string
  /** Of the texts that people are shown, in BCP 47. */
  readonly language: string
}

/** One run of one method. */
export interface MethodAttempt extends SignInHost, SignInRequest {
  /** Link that offers the other methods; empty where there is none. */
  readonly anotherWay: string
  /** Link that goes on in the browser; undefined where that is no other method. */
  readonly browserInstead?: string | undefined
  /** Aborted by Cancel and by a switch to another method. */
  readonly signal: AbortSignal
  report(this: void, text: string): void
}
