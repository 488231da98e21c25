import * as vscode from 'vscode'
import type { CachePersistence, Clock, Fetch, HttpCache, Logger } from '../msal/index.ts'
import { createAccountActions } from './account-actions.ts'
import { readSignIns } from './account-reader.ts'
import { createAccountsMenu, isConfigured } from './accounts-menu.ts'
import { registerAccountsView } from './accounts-view.ts'
import { createBrokerMemory } from './broker-memory.ts'
import { findBroker, mayUseBroker } from './broker-rules.ts'
import {
  createAuthenticationProvider,
  type EntraAuthenticationProvider,
  type MethodWish,
} from './authentication-provider.ts'
import { clientOptions, type RegisteredClientOptions } from './client-options.ts'
import { createClientRegistry } from './client-registry.ts'
import { openRegistrationHelp, openSetting, registerCommands } from './commands.ts'
import { describeForLog } from './failure.ts'
import type { Lock } from './lock.ts'
import { createLog, type Log } from './log-channel.ts'
import { createMetadataCache } from './metadata-cache.ts'
import { createDiagnoseCommands } from './diagnose-command.ts'
import type { MachineFacts } from './diagnosis.ts'
import { pickDiagnosed } from './diagnosis-target.ts'
import type { CertificateReader } from './diagnosis-network.ts'
import { createFailureMemory } from './failure-memory.ts'
import { createNotifications } from './notifications.ts'
import { permitClaims, type PolicyFile } from './policy.ts'
import { createPolicySource } from './policy-source.ts'
import { pickProfile } from './profile-picker.ts'
import type { PublicClient } from './public-client.ts'
import { createSecretStoragePersistence } from './secret-storage-persistence.ts'
import type { SessionChanges } from './session-changes.ts'
import { createSessionRecords } from './session-records.ts'
import {
  createOverridableSource,
  createSettingsSource,
  readSettings,
  SECTION,
  type SettingOverrides,
} from './settings.ts'
import { createSignInActions } from './sign-in-actions.ts'
import { listSignInMethods, type HostFacts } from './sign-in-methods.ts'
import { signInToTenant } from './tenant-sign-in.ts'
import { commonToProfiles, createKeyStore, type SharedStore, type SharedStoreOptions } from './shared-store.ts'
import { createSignOut } from './sign-out.ts'
import { createUriRedirect } from './uri-redirect.ts'
import {
  choose,
  confirm,
  isAtHand,
  readEditorFacts,
  readEditorUri,
  readHostFacts,
  readNetworkSettings,
  showActions,
  showNotification,
  showState,
  signInWindow,
  tell,
} from './window.ts'

/** Options of the library's application that this extension decides about. */
export interface ClientOptions extends RegisteredClientOptions {
  readonly cachePersistence: CachePersistence
  readonly httpCache: HttpCache
  readonly logger: Logger
}

/** What the machine gives. */
export interface Machine {
  readonly extensionHost: HostFacts['extensionHost']
  readonly clock: Clock
  /** @param acceptClaims - refuses tokens by throwing, before anything is kept of them */
  createClient(options: ClientOptions, acceptClaims: (claims?: Claims) => Promise<void>): PublicClient
  /** Whether the operating system's broker is there and can be started; absent where none can be reached. */
  readonly hasBroker?: () => Promise<boolean>
  /** Reads the administrator's policy. */
  readPolicyFile(): Promise<PolicyFile>
  describe(): MachineFacts
  readonly fetch: Fetch
  /** Absent where no program sees the certificate of a server. */
  readonly readCertificate?: CertificateReader
  /** Lets one window at a time work on an entry of the key store; without it, that holds for this window alone. */
  readonly lock?: Lock | undefined
  /** Absent where there are no files; then the key store keeps the sign-ins. */
  readonly openSharedStore?: (options: SharedStoreOptions) => SharedStore
}

/** What VS Code calls from 1.105 on, where a caller passes on an API's `WWW-Authenticate`; its typings lack it. */
type ChallengeProvider = vscode.AuthenticationProvider &
  Pick<EntraAuthenticationProvider, 'getSessionsFromChallenges' | 'createSessionFromChallenges'>

/** Earlier versions of VS Code ignore what they don't know. */
const CAPABILITIES: vscode.AuthenticationProviderOptions & { readonly supportsChallenges: true } = {
  supportsMultipleAccounts: true,
  supportsChallenges: true,
}

const answering = (provider: ChallengeProvider): vscode.AuthenticationProvider => provider
type Claims = Readonly<Record<string, unknown>>

/** What may be done to the provider from outside. */
export interface ProviderControls {
  /** Puts values in the place of settings, or takes them away. */
  override(this: void, values: SettingOverrides | undefined): void
  /** Signs everybody out at a host, in every tenant. */
  signOut(this: void, host: string): Promise<void>
  readonly log: Log
}

const SIGNED_IN = 'signedIn'
const AVOIDED_BROKER = 'avoidedBroker'

/** Builds the provider `entra` and registers it; nothing is read or requested before someone asks for a session. */
export function registerProvider(context: vscode.ExtensionContext, machine: Machine): ProviderControls {
  const channel = vscode.window.createOutputChannel('Entra Auth', { log: true })
  const log = createLog(channel)
  const actions = createSignInActions(showActions)
  const notifications = createNotifications(showNotification, {
    openSetting: (setting) => void openSetting(setting),
    openRegistrationHelp: () => void openRegistrationHelp(context.extensionUri),
    showLog: () => channel.show(),
    diagnose: () => void diagnosis.run(),
  })
  const source = createOverridableSource(
    createSettingsSource(
      () => vscode.workspace.getConfiguration(SECTION),
      () => vscode.workspace.isTrusted,
    ),
  )
  const read = () => {
    const settings = readSettings(source)
    settings.problems.forEach(notifications.settingProblem)
    return settings
  }
  const failures = createFailureMemory(machine.clock)
  const readPolicy = createPolicySource({
    readFile: () => machine.readPolicyFile(),
    readSettings: () => readSettings(source),
    clock: machine.clock,
  })
  const shared = machine.openSharedStore?.({
    directory: vscode.Uri.joinPath(vscode.Uri.file(commonToProfiles(context.globalStorageUri.fsPath)), 'sign-ins')
      .fsPath,
    keyStore: createKeyStore(context.secrets),
    onProblem: notifications.secretProblem,
  })
  const persistence =
    shared?.open ?? createSecretStoragePersistence(context.secrets, notifications.secretProblem, machine.lock)
  const httpCache = createMetadataCache(context.globalState)
  const clients = createClientRegistry(
    (configuration) =>
      machine.createClient(
        {
          ...clientOptions(configuration),
          cachePersistence: persistence('tokens', configuration.clientId),
          httpCache,
          logger: log,
        },
        async (claims) => permitClaims(await readPolicy(), claims),
      ),
    { hearsOfChanges: shared !== undefined },
  )
  const menu = createAccountsMenu({
    readSettings: read,
    isAnyoneSignedIn: () => context.globalState.get(SIGNED_IN) === true,
    requestSession: (scopes) =>
      vscode.authentication.getSession('entra', scopes, { createIfNone: false, silent: false }),
  })
  const memory = createBrokerMemory({
    get: () => context.globalState.get(AVOIDED_BROKER),
    set: (value) => void context.globalState.update(AVOIDED_BROKER, value),
  })
  const isBrokerAtHand = () => machine.hasBroker !== undefined && isAtHand(context)
  const listMethods = async (wish: MethodWish) => {
    const { hasBroker, clock } = machine
    const broker =
      hasBroker && wish.mayUseBroker ? await findBroker(wish.clientId, { hasBroker, clock, memory }) : 'none'
    return listSignInMethods({ ...(await readHostFacts(context, machine.extensionHost)), broker }, wish)
  }
  const diagnosis = createDiagnoseCommands(signInWindow, async () => {
    const settings = readSettings(source)
    const diagnosed = await pickDiagnosed(settings, { window: signInWindow, clock: machine.clock })
    if (!diagnosed) return undefined
    const { resolve, preference } = diagnosed
    return {
      ...machine,
      machine: machine.describe(),
      editor: () => readEditorFacts(context, machine.extensionHost),
      network: readNetworkSettings(),
      readPolicy,
      resolve,
      signInMethod: preference.signInMethod,
      listMethods: (client, policy) => {
        const rules = policy && { policy, settings, isAtHand: isBrokerAtHand() }
        const isBrokered = client !== undefined && rules !== undefined && mayUseBroker(client, rules)
        return listMethods({ ...preference, clientId: client?.clientId ?? '', mayUseBroker: isBrokered })
      },
      secrets: context.secrets,
      lastFailure: failures.last(),
    }
  })
  const changes = new vscode.EventEmitter<SessionChanges>()
  const uriRedirect = createUriRedirect()
  const records = createSessionRecords(persistence('sessions'), (error) =>
    log.warn(`The order of sessions was not kept: ${describeForLog(error)}`),
  )
  const host = {
    window: signInWindow,
    actions,
    clock: machine.clock,
    uriRedirect,
    editorUri: readEditorUri(),
    brokerMemory: memory,
  }
  const provider = createAuthenticationProvider({
    readSettings: read,
    readPolicy,
    clients,
    records,
    host,
    listMethods,
    isAtHand: isBrokerAtHand,
    notifications,
    failures,
    log,
    fire: (event) => changes.fire(event),
    onSignedIn(isAnyone) {
      if ((context.globalState.get(SIGNED_IN) === true) === isAnyone) return
      void context.globalState.update(SIGNED_IN, isAnyone).then(updateMenuLater)
    },
  })
  const signOut = createSignOut({
    records,
    clients,
    provider,
    readPolicy,
    window: signInWindow,
    clock: machine.clock,
    log,
    choose,
    tell,
  })
  // VS Code queues the calls to a provider: a request made inside one of them would wait for its own end.
  const updateMenu = () => {
    showState({
      isConfigured: isConfigured(readSettings(source)),
      isSignedIn: context.globalState.get(SIGNED_IN) === true,
    })
    menu.update()
  }
  const updateMenuLater = () => void setTimeout(updateMenu)
  context.subscriptions.push(
    channel,
    changes,
    diagnosis,
    ...(shared ? [shared] : []),
    registerCommands({
      extension: context.extensionUri,
      channel,
      actions,
      diagnose: () => diagnosis.run(),
      copyDiagnosis: () => diagnosis.copy(),
      signOut: () => signOut.pick(),
      signInToTenant: () => signInToTenant({ readSettings: read, records, provider, host }),
    }),
    registerAccountsView({
      readSignIns: () => readSignIns({ records, clients, log }),
      actions: createAccountActions({
        clients,
        provider,
        signOut,
        pickProfile: () => pickProfile(read(), { ...host, title: vscode.l10n.t('Sign in') }),
        confirm,
        warn: (text) => showNotification('warning', text, []),
      }),
      clock: machine.clock,
      onDidChange: changes.event,
    }),
    vscode.window.registerUriHandler({ handleUri: (uri) => uriRedirect.handle(uri) }),
    vscode.authentication.registerAuthenticationProvider(
      'entra',
      'Microsoft Entra',
      answering({
        onDidChangeSessions: changes.event,
        getSessions: async (scopes, options) =>
          menu.isOwnRequest(scopes) ? [] : provider.getSessions(scopes, options),
        createSession: (scopes, options) => provider.createSession(scopes, options),
        getSessionsFromChallenges: (constraint, options) => provider.getSessionsFromChallenges(constraint, options),
        createSessionFromChallenges: (constraint, options) => provider.createSessionFromChallenges(constraint, options),
        removeSession: (id) => signOut.removeSession(id),
      }),
      CAPABILITIES,
    ),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration(SECTION)) return
      updateMenu()
    }),
  )
  updateMenuLater()
  return {
    override(values) {
      source.override(values)
      updateMenu()
    },
    async signOut(host) {
      const signedIn = (await records.all()).filter(({ environment }) => environment === host)
      for (const { sessions } of signedIn) if (sessions[0]) await provider.removeSession(sessions[0].id)
    },
    log,
  }
}
