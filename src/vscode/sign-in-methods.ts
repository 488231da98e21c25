import type { RedirectUri } from './redirect-uri.ts'

/** A way to sign in. */
export type SignInMethod = 'broker' | 'browser' | 'uriHandler' | 'deviceCode'

/** What `signInMethod` of the settings or of a profile may say. */
export const SIGN_IN_CHOICES = ['auto', 'browser', 'broker', 'deviceCode', 'uriHandler'] as const

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

/** Whether the operating system's broker can sign in: `avoided` is one that can, but failed here before. */
export type BrokerState = 'none' | 'ready' | 'avoided'

/** Where a sign-in takes place. */
export interface SignInPlace extends HostFacts {
  readonly broker: BrokerState
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
  readonly isPossible: (place: SignInPlace) => boolean
  /** Whether a person's own browser can reach what it needs. */
  readonly suits: (place: SignInPlace) => boolean
}

/** Ways to sign in, the most comfortable first. */
const METHODS: readonly MethodTraits[] = [
  {
    method: 'broker',
    isPossible: ({ broker }) => broker !== 'none',
    suits: ({ broker }) => broker === 'ready',
  },
  { method: 'browser', isPossible: hasNode, suits: isBesideBrowser },
  { method: 'uriHandler', isPossible: (place) => hasNode(place) && place.hasStableUri, suits: isBesideBrowser },
  { method: 'deviceCode', isPossible: () => true, suits: () => true },
]

/**
 * Lists the ways to sign in here: the first is used, the others are offered as another way.
 * One that does not suit the host comes last instead of never: a remote may be this machine, or forward its ports.
 * The URI handler is never listed where its address changes each time, for no registration could name it, nor a broker
 * that is not there.
 * Where a browser alone runs extensions there is the device code only.
 */
export function listSignInMethods(place: SignInPlace, preference: SignInPreference): readonly SignInMethod[] {
  const possible = METHODS.filter(({ isPossible }) => isPossible(place))
  const suited = possible.filter(({ suits }) => suits(place))
  const others = possible.filter(({ suits }) => !suits(place))
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

/** Whether the browser that VS Code opens, and the person, are at the machine that this code runs on. */
export function isBesideBrowser({
  uiKind,
  remoteName,
  extensionKind,
}: Pick<HostFacts, 'uiKind' | 'remoteName' | 'extensionKind'>): boolean {
  return uiKind === 'desktop' && (remoteName === undefined || extensionKind === 'ui')
}
