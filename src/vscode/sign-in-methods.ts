import type { RedirectUri } from './redirect-uri.ts'

/** A way to sign in. */
export type SignInMethod = 'browser' | 'uriHandler' | 'deviceCode'

/** What `signInMethod` of the settings or of a profile may say. */
export const SIGN_IN_CHOICES = ['auto', 'browser', 'deviceCode', 'uriHandler'] as const

/** One of {@link SIGN_IN_CHOICES}. */
export type SignInChoice = (typeof SIGN_IN_CHOICES)[number]

/** What VS Code tells about the place where the extension runs. */
export interface HostFacts {
  /** What runs extensions: Node, or the browser alone, which nothing connects to. */
  readonly extensionHost: 'node' | 'web'
  readonly uiKind: 'desktop' | 'web'
  /** `env.remoteName`, e.g. `ssh-remote`; absent in a local window. */
  readonly remoteName?: string | undefined
  /** Whether the extension host is beside the window (`ui`) or on the machine of the workspace. */
  readonly extensionKind: 'ui' | 'workspace'
  /** Whether a browser reaches this extension by an address that stays the same, so that it can be registered. */
  readonly hasStableUri: boolean
}

/** What a person or a profile chose. */
export interface SignInPreference {
  readonly signInMethod: SignInChoice
  /** Where the registration wants its answers; without it, wherever the method has them. */
  readonly redirectUri?: RedirectUri | undefined
}

interface MethodTraits {
  readonly method: SignInMethod
  /** Whether it is offered at all. */
  readonly isPossible: (host: HostFacts) => boolean
  /** Whether a person's own browser can reach what it needs. */
  readonly suits: (host: HostFacts) => boolean
}

/** Ways to sign in, the most comfortable first. */
const METHODS: readonly MethodTraits[] = [
  { method: 'browser', isPossible: hasNode, suits: isBesideBrowser },
  { method: 'uriHandler', isPossible: (host) => hasNode(host) && host.hasStableUri, suits: isBesideBrowser },
  { method: 'deviceCode', isPossible: () => true, suits: () => true },
]

/**
 * Lists the ways to sign in here: the first is used, the others are offered as another way.
 * One that does not suit the host comes last instead of never: a remote may be this machine, or forward its ports.
 * The URI handler is never listed where its address changes each time, for no registration could name it.
 * Where a browser alone runs extensions there is the device code only.
 */
export function listSignInMethods(host: HostFacts, preference: SignInPreference): readonly SignInMethod[] {
  const possible = METHODS.filter(({ isPossible }) => isPossible(host))
  const suited = possible.filter(({ suits }) => suits(host))
  const others = possible.filter(({ suits }) => !suits(host))
  const order = [...suited, ...others].map(({ method }) => method)
  const chosen = choose(preference)
  return chosen && order.includes(chosen) ? [chosen, ...order.filter((method) => method !== chosen)] : order
}

/** A registration whose answers go to VS Code has none for the loopback. */
function choose({ signInMethod, redirectUri }: SignInPreference): SignInMethod | undefined {
  if (signInMethod !== 'auto') return signInMethod
  return redirectUri && redirectUri.kind !== 'loopback' ? 'uriHandler' : undefined
}

function hasNode({ extensionHost }: HostFacts): boolean {
  return extensionHost === 'node'
}

/** Whether the browser that VS Code opens runs on the machine that this code listens on. */
function isBesideBrowser({ uiKind, remoteName, extensionKind }: HostFacts): boolean {
  return uiKind === 'desktop' && (remoteName === undefined || extensionKind === 'ui')
}
