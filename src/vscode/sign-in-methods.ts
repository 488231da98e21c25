/** A way to sign in. */
export type SignInMethod = 'browser' | 'deviceCode'

/** What VS Code tells about the place where the extension runs. */
export interface HostFacts {
  readonly uiKind: 'desktop' | 'web'
  /** `env.remoteName`, e.g. `ssh-remote`; absent in a local window. */
  readonly remoteName?: string | undefined
  /** Whether the extension host is beside the window (`ui`) or on the machine of the workspace. */
  readonly extensionKind: 'ui' | 'workspace'
}

/** Ways to sign in, the most comfortable first, and where a person's own browser can reach what each needs. */
const METHODS: readonly { readonly method: SignInMethod; readonly suits: (host: HostFacts) => boolean }[] = [
  { method: 'browser', suits: isBesideBrowser },
  { method: 'deviceCode', suits: () => true },
]

/**
 * Lists the ways to sign in here: the first is used, the others are offered as another way.
 * One that does not suit the host comes last instead of never: a remote may be this machine, or forward its ports.
 */
export function listSignInMethods(host: HostFacts, chosen: SignInMethod | 'auto'): readonly SignInMethod[] {
  const suited = METHODS.filter(({ suits }) => suits(host))
  const others = METHODS.filter(({ suits }) => !suits(host))
  const order = [...suited, ...others].map(({ method }) => method)
  return chosen === 'auto' ? order : [chosen, ...order.filter((method) => method !== chosen)]
}

/** Whether the browser that VS Code opens runs on the machine that this code listens on. */
function isBesideBrowser({ uiKind, remoteName, extensionKind }: HostFacts): boolean {
  return uiKind === 'desktop' && (remoteName === undefined || extensionKind === 'ui')
}
