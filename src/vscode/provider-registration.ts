import * as vscode from 'vscode'
import { createAccountActions } from './account-actions.ts'
import { readSignIns } from './account-reader.ts'
import { createAccountsMenu, isConfigured } from './accounts-menu.ts'
import { registerAccountsView } from './accounts-view.ts'
import { createAuthenticationProvider, type EntraAuthenticationProvider } from './authentication-provider.ts'
import { clientOptions } from './client-options.ts'
import { createClientRegistry } from './client-registry.ts'
import { openRegistrationHelp, openSetting, registerCommands } from './commands.ts'
import { createDiagnoseCommands } from './diagnose-command.ts'
import { describeForLog } from './failure.ts'
import { createFailureMemory } from './failure-memory.ts'
import { createLog, type Log } from './log-channel.ts'
import type { Machine } from './machine.ts'
import { createMetadataCache } from './metadata-cache.ts'
import { createMethodList } from './method-list.ts'
import { createNotifications } from './notifications.ts'
import { openStores } from './open-stores.ts'
import { permitClaims } from './policy.ts'
import { createPolicySource } from './policy-source.ts'
import { pickProfile } from './profile-picker.ts'
import { readDiagnosisParts } from './read-diagnosis-parts.ts'
import type { SessionChanges } from './session-changes.ts'
import { createSessionRecords } from './session-records.ts'
import {
  createOverridableSource,
  createSettingsSource,
  readSettings,
  SECTION,
  type SettingOverrides,
  type Settings,
} from './settings.ts'
import { createSignInActions } from './sign-in-actions.ts'
import { createSignOut } from './sign-out.ts'
import { signInToTenant } from './tenant-sign-in.ts'
import { createUriRedirect } from './uri-redirect.ts'
import {
  choose,
  confirm,
  readEditorUri,
  readLanguage,
  showActions,
  showNotification,
  showState,
  signInWindow,
  tell,
} from './window.ts'

/** What VS Code calls from 1.105 on, where a caller passes on an API's `WWW-Authenticate`; its typings lack it. */
type ChallengeProvider = vscode.AuthenticationProvider &
  Pick<EntraAuthenticationProvider, 'getSessionsFromChallenges' | 'createSessionFromChallenges'>

/** Earlier versions of VS Code ignore what they don't know. */
const CAPABILITIES: vscode.AuthenticationProviderOptions & { readonly supportsChallenges: true } = {
  supportsMultipleAccounts: true,
  supportsChallenges: true,
}

const answering = (provider: ChallengeProvider): vscode.AuthenticationProvider => provider

/** What may be done to the provider from outside. */
export interface ProviderControls {
  /** Puts values in the place of settings, or takes them away. */
  override(this: void, values: SettingOverrides | undefined): void
  /** Signs everybody out at a host, in every tenant. */
  signOut(this: void, host: string): Promise<void>
  readonly log: Log
}

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
  const policy = createPolicySource({
    readFile: () => machine.readPolicyFile(),
    readSettings: () => readSettings(source),
    clock: machine.clock,
  })
  const readPolicy = policy.read
  const stores = openStores(context, machine, notifications.secretProblem)
  const httpCache = createMetadataCache(context.globalState)
  const clients = createClientRegistry(
    (configuration) =>
      machine.createClient(
        {
          ...clientOptions(configuration),
          cachePersistence: stores.open('tokens', configuration.clientId),
          httpCache,
          logger: log,
        },
        async (claims) => permitClaims(await readPolicy(), claims),
      ),
    stores,
  )
  const menu = createMenu(context, { read, readQuietly: () => readSettings(source) })
  const methods = createMethodList(context, machine)
  const diagnosis = createDiagnoseCommands(signInWindow, () =>
    readDiagnosisParts(context, machine, { settings: readSettings(source), policy, methods, failures }),
  )
  const changes = new vscode.EventEmitter<SessionChanges>()
  const uriRedirect = createUriRedirect()
  const records = createSessionRecords(stores.open('sessions'), (error) =>
    log.warn(`The order of sessions was not kept: ${describeForLog(error)}`),
  )
  const host = {
    window: signInWindow,
    actions,
    clock: machine.clock,
    uriRedirect,
    editorUri: readEditorUri(),
    language: readLanguage(),
    brokerMemory: methods.brokerMemory,
  }
  const provider = createAuthenticationProvider({
    readSettings: read,
    readPolicy,
    clients,
    records,
    host,
    listMethods: methods.list,
    isAtHand: methods.isBrokerAtHand,
    notifications,
    failures,
    log,
    fire: (event) => changes.fire(event),
    onSignedIn: menu.remember,
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
    showLog: () => channel.show(),
  })
  context.subscriptions.push(
    channel,
    changes,
    diagnosis,
    stores,
    registerCommands({
      extension: context.extensionUri,
      channel,
      actions,
      diagnose: () => diagnosis.run(),
      copyDiagnosis: () => diagnosis.copy(),
      signOut: () => signOut.pick(),
      signInToTenant: () => signInToTenant({ ...notifications, readSettings: read, records, provider, host }),
    }),
    registerAccountsView({
      readSignIns: () => readSignIns({ records, clients, failures, readPolicy, notifications, log }),
      actions: createAccountActions({
        clients,
        provider,
        signOut,
        pickProfile: () => pickProfile(read(), { ...host, title: vscode.l10n.t('Sign in') }),
        confirm,
        warn: (text, buttons) => showNotification('warning', text, buttons),
        showLog: () => channel.show(),
        copyText: (text) => signInWindow.copyText(text),
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
      menu.update()
    }),
  )
  menu.updateLater()
  return {
    override(values) {
      source.override(values)
      menu.update()
    },
    async signOut(host) {
      const signedIn = (await records.all()).filter(({ environment }) => environment === host)
      for (const { sessions } of signedIn) if (sessions[0]) await provider.removeSession(sessions[0].id)
    },
    log,
  }
}

const SIGNED_IN = 'signedIn'

/** The row in the Accounts menu, and what the view and the walkthrough know, kept up to date. */
function createMenu(
  { globalState }: vscode.ExtensionContext,
  settings: { readonly read: () => Settings; readonly readQuietly: () => Settings },
) {
  const isAnyoneSignedIn = () => globalState.get(SIGNED_IN) === true
  const menu = createAccountsMenu({
    readSettings: settings.read,
    isAnyoneSignedIn,
    requestSession: (scopes) =>
      vscode.authentication.getSession('entra', scopes, { createIfNone: false, silent: false }),
  })
  const update = () => {
    showState({ isConfigured: isConfigured(settings.readQuietly()), isSignedIn: isAnyoneSignedIn() })
    menu.update()
  }
  // VS Code queues the calls to a provider: a request made inside one of them would wait for its own end.
  const updateLater = () => void setTimeout(update)
  return {
    isOwnRequest: (scopes: readonly string[] | undefined) => menu.isOwnRequest(scopes),
    update,
    updateLater,
    remember(this: void, isAnyone: boolean) {
      if (isAnyoneSignedIn() !== isAnyone) void globalState.update(SIGNED_IN, isAnyone).then(updateLater)
    },
  }
}
