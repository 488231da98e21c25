import { l10n } from 'vscode'
import type { Clock, Fetch } from '../msal/index.ts'
import { checkAuthority, checkCertificate, type CertificateReader } from './diagnosis-network.ts'
import type { Fact, Section } from './diagnosis-fact.ts'
import { checkKeyStore } from './diagnosis-key-store.ts'
import { describePolicy, describePolicyFile } from './diagnosis-policy.ts'
import { CLOUD_HOSTS, isEntraHost, printAuthority, type AuthorityAddress } from './authority-address.ts'
import type { ClientConfiguration } from './client-registry.ts'
import type { RememberedFailure } from './failure-memory.ts'
import { permitMethods, type Policy, type PolicyFile } from './policy.ts'
import type { Secrets } from './secret-storage-persistence.ts'
import type { SettingProblem } from './settings.ts'
import type { HostFacts, SignInMethod } from './sign-in-methods.ts'
import { withDeadline } from './sign-in-window.ts'

/** VS Code and the place where the extension runs. */
export interface EditorFacts extends HostFacts {
  readonly product: string
  readonly extensionVersion: string
  readonly appHost: string
}

/** Settings of VS Code that decide about the network; values are whatever the person wrote. */
export interface NetworkSettings {
  readonly proxy: unknown
  readonly proxySupport: unknown
  readonly noProxy: unknown
  readonly systemCertificates: unknown
  readonly proxyStrictSSL: unknown
}

/** The machine, without secrets of the network: only {@link describeProxy} shows a proxy. */
export interface MachineFacts {
  readonly runtime: string
  readonly system: string
  readonly environment: Readonly<Record<string, string>>
}

/** What is diagnosed. */
export interface DiagnosisParts {
  readonly editor: () => Promise<EditorFacts>
  readonly machine: MachineFacts
  readonly network: NetworkSettings
  /** What is wrong in the settings. */
  readonly settingProblems: readonly SettingProblem[]
  readonly readPolicy: () => Promise<Policy>
  readonly readPolicyFile: () => Promise<PolicyFile>
  /** Where the policy is looked for; none where no files are read. */
  readonly policyPaths: readonly string[]
  /** The client and authority whose sign-in is diagnosed. @throws where there is none, or it is not permitted */
  readonly resolve: (policy: Policy) => ClientConfiguration
  readonly signInMethod: string
  /** Whether that takes the place of a setting that can't be used. */
  readonly isMethodWrong: boolean
  readonly listMethods: (
    client: ClientConfiguration | undefined,
    policy: Policy | undefined,
  ) => Promise<readonly SignInMethod[]>
  readonly secrets: Secrets
  readonly fetch: Fetch
  readonly readCertificate?: CertificateReader
  readonly lastFailure: RememberedFailure | undefined
  readonly clock: Clock
}

/** Each check ends by then, whatever it waits for. */
const CHECK_MS = 10_000

/**
 * Looks at everything that a sign-in depends on. All checks run at once, each ends by itself, and none of them fails:
 * what went wrong is what they tell.
 *
 * @param cancelled - ends them at once
 */
export async function diagnose(parts: DiagnosisParts, cancelled: AbortSignal): Promise<readonly Section[]> {
  const deadline = withDeadline(parts.clock, CHECK_MS, cancelled)
  const { signal } = deadline
  try {
    const policy = await settle(parts.readPolicy(), signal)
    const configuration = await settle(
      Promise.resolve().then(() => parts.resolve(policy.value ?? unusable(policy.problem))),
      signal,
    )
    const target = configuration.value
    const [editor, methods, policyFile, keyStore, authority, certificate] = await Promise.all([
      settle(parts.editor(), signal),
      settle(parts.listMethods(target, policy.value), signal),
      settle(parts.readPolicyFile(), signal),
      settle(checkKeyStore(parts.secrets), signal),
      settle(target ? checkAuthority(target.authority, { ...parts, signal }) : Promise.resolve([]), signal),
      settle(target ? checkCertificate(target.authority, { ...parts, signal }) : Promise.resolve([]), signal),
    ])
    const problem = (facts: { readonly problem?: string }): readonly Fact[] =>
      facts.problem === undefined ? [] : [[l10n.t('Problem'), facts.problem]]
    return [
      { title: l10n.t('Editor'), facts: editor.value ? describeEditor(editor.value, parts.machine) : problem(editor) },
      {
        title: l10n.t('Settings'),
        facts: parts.settingProblems.map(({ message }): Fact => [l10n.t('Problem'), hideValues(message)]),
      },
      { title: l10n.t('App registration'), facts: target ? describeClient(target) : problem(configuration) },
      {
        title: l10n.t('Way to sign in'),
        facts:
          editor.value && methods.value && policy.value
            ? describeMethod(parts, { editor: editor.value, methods: methods.value, policy: policy.value })
            : [describeChoice(parts), ...problem(policy.value ? methods : policy)],
      },
      {
        title: l10n.t('Policy'),
        facts: [
          ...(policyFile.value ? [describePolicyFile({ ...parts, file: policyFile.value })] : []),
          ...(policy.value ? describePolicy(policy.value) : problem(policy)),
        ],
      },
      {
        title: l10n.t('Proxy and certificates'),
        facts: [...describeNetwork(parts, editor.value?.extensionHost), ...(certificate.value ?? problem(certificate))],
      },
      { title: l10n.t('Sign-in server'), facts: authority.value ?? problem(authority) },
      { title: l10n.t('Key store'), facts: keyStore.value ?? problem(keyStore) },
      { title: l10n.t('Last failure'), facts: describeFailure(parts.lastFailure) },
    ]
  } finally {
    deadline.abort()
  }
}

function unusable(problem: string | undefined): never {
  throw new Error(problem)
}

/** What a check brought, or in a sentence why it brought nothing. */
interface Settled<T> {
  readonly value?: T
  readonly problem?: string
}

function settle<T>(check: Promise<T>, signal: AbortSignal): Promise<Settled<T>> {
  return new Promise((resolve) => {
    const stop = () => resolve({ problem: l10n.t('no answer in time') })
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    check.then(
      (value) => resolve({ value }),
      (error: unknown) => resolve({ problem: error instanceof Error ? error.message : String(error) }),
    )
  })
}

const yesNo = (value: unknown) => (value === true ? l10n.t('yes') : value === false ? l10n.t('no') : '–')

const describeEditor = (editor: EditorFacts, machine: MachineFacts): readonly Fact[] => [
  [l10n.t('Editor'), editor.product],
  [l10n.t('Version of Entra Auth'), editor.extensionVersion],
  [l10n.t('Window'), `${editor.uiKind}, ${editor.appHost}`],
  // What follows names a machine or a person.
  [l10n.t('Remote'), editor.remoteName?.split('+')[0] ?? l10n.t('no')],
  [l10n.t('Extension runs'), `${editor.extensionKind}, ${editor.extensionHost}`],
  [l10n.t('Machine'), `${machine.system}, ${machine.runtime}`],
]

const describeClient = ({
  clientId,
  authority,
  instanceDiscovery,
  redirectUri,
}: ClientConfiguration): readonly Fact[] => [
  [l10n.t('Client ID'), clientId],
  [l10n.t('Authority'), printAuthority(authority)],
  ...describeDiscovery(authority, instanceDiscovery),
  ...(redirectUri ? [[l10n.t('Redirect URI'), redirectUri.uri] as const] : []),
]

/** Who else is asked about an authority; nobody is about most. */
function describeDiscovery(authority: AuthorityAddress, instanceDiscovery = true): readonly Fact[] {
  const name = l10n.t('Instance discovery')
  if (!instanceDiscovery) return [[name, l10n.t('off, no other host is asked')]]
  if (authority.kind !== 'entra' || authority.isLoopback || isEntraHost(authority)) return []
  return [[name, l10n.t('{0} is asked about {1}', CLOUD_HOSTS.public, authority.host)]]
}

interface MethodFacts {
  readonly editor: EditorFacts
  readonly methods: readonly SignInMethod[]
  readonly policy: Policy
}

/** Quoted values but plain words: somebody may have put a secret or a name into the wrong setting. */
const hideValues = (message: string): string =>
  message.replace(/"(?:[^"\\…]|\\.)*(?:"|…)/g, (value) => (/^"[A-Za-z-]{1,24}"$/.test(value) ? value : '"…"'))

const describeChoice = ({ signInMethod, isMethodWrong }: DiagnosisParts): Fact => [
  l10n.t('Setting'),
  isMethodWrong ? l10n.t("{0}, for what is set can't be used", signInMethod) : signInMethod,
]

function describeMethod(parts: DiagnosisParts, { editor, methods, policy }: MethodFacts): readonly Fact[] {
  const { signInMethod } = parts
  const chosen = describeChoice(parts)
  try {
    const [first = '', ...others] = permitMethods(policy, methods)
    const limit = l10n.t('a browser alone asks only servers that answer web pages, and Entra does not')
    const used = { first, isBrokerAvoided: others.includes('broker') }
    const why = first === methods[0] ? explainMethod(signInMethod, used, editor) : l10n.t('the policy allows no other')
    return [
      [l10n.t('Used'), first],
      [l10n.t('Why'), why],
      [l10n.t('Others'), others.join(', ') || l10n.t('none')],
      chosen,
      ...(editor.extensionHost === 'web' ? [[l10n.t('Limit'), limit] as const] : []),
    ]
  } catch (error) {
    return [chosen, [l10n.t('Problem'), error instanceof Error ? error.message : String(error)]]
  }
}

function explainMethod(
  setting: string,
  { first, isBrokerAvoided }: { readonly first: string; readonly isBrokerAvoided: boolean },
  { uiKind, remoteName, extensionHost }: EditorFacts,
): string {
  if (setting === first) return l10n.t('the setting says so')
  if (setting !== 'auto') return l10n.t('the way that the setting names is not possible here')
  if (first === 'broker') return l10n.t('the operating system has a broker')
  if (first === 'browser' && isBrokerAvoided) return l10n.t('the broker of the operating system failed here before')
  if (first !== 'deviceCode') return l10n.t('the browser runs on the same machine as this extension')
  if (uiKind === 'web' && extensionHost === 'node')
    return l10n.t('the window is a web page, whose browser may run on another machine')
  return remoteName === undefined
    ? l10n.t('no other way is possible here')
    : l10n.t('this extension runs on a remote machine, which the browser does not reach')
}

function describeNetwork(
  { network, machine }: DiagnosisParts,
  extensionHost: EditorFacts['extensionHost'] | undefined,
): readonly Fact[] {
  if (extensionHost === 'web') return [[l10n.t('Proxy'), l10n.t("as the browser's own settings say")]]
  return [
    ['http.proxy', describeProxy(network.proxy)],
    ['http.proxySupport', typeof network.proxySupport === 'string' ? network.proxySupport : '–'],
    ['http.noProxy', Array.isArray(network.noProxy) ? network.noProxy.join(', ') || '–' : '–'],
    ['http.systemCertificates', yesNo(network.systemCertificates)],
    ['http.proxyStrictSSL', yesNo(network.proxyStrictSSL)],
    ...Object.entries(machine.environment).map(([name, value]): Fact => [name, describeVariable(name, value)]),
  ]
}

function describeVariable(name: string, value: string): string {
  if (/^https?_proxy$/i.test(name)) return describeProxy(value)
  // A path may hold the name of a person.
  return /^(NODE_EXTRA|SSL)_/.test(name) ? (value.split(/[\\/]/).at(-1) ?? '') : value
}

/** Host and port of a proxy; its user name and password are nobody's business. */
export function describeProxy(value: unknown): string {
  if (typeof value !== 'string' || !value.trim()) return l10n.t('none')
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`
  return URL.canParse(address) ? new URL(address).host : l10n.t('not readable')
}

function describeFailure(failure: RememberedFailure | undefined): readonly Fact[] {
  if (!failure) return [[l10n.t('Failure'), l10n.t('none since the window was opened')]]
  return [
    [l10n.t('Time'), new Date(failure.at).toISOString()],
    ...(failure.advice === undefined ? [] : [[l10n.t('What to do'), failure.advice] as const]),
    [l10n.t('Details'), failure.description],
    ...(failure.correlationId === undefined ? [] : [[l10n.t('Correlation ID'), failure.correlationId] as const]),
    ...(failure.traceId === undefined ? [] : [[l10n.t('Trace ID'), failure.traceId] as const]),
  ]
}
