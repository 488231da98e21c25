import { l10n } from 'vscode'
import { NetworkError, type Clock } from '../msal/index.ts'
import { describeHome, oneOfEachAccount } from './account-picker.ts'
import type { EntraAuthenticationProvider } from './authentication-provider.ts'
import type { ClientRegistry } from './client-registry.ts'
import { asPickLabel, asPlainText } from './display-text.ts'
import { describeForLog } from './failure.ts'
import type { Log } from './log-channel.ts'
import type { NotificationButton } from './notifications.ts'
import { permit } from './policy.ts'
import type { ReadPolicy } from './policy-source.ts'
import type { EndSession } from './public-client.ts'
import type { SessionRecords } from './session-records.ts'
import { accountOf, configurationOf, type SignInRecord } from './session.ts'
import { endBy, pickInTime, type SignInWindow } from './sign-in-window.ts'

/** What signing out works with. */
export interface SignOutParts {
  readonly records: Pick<SessionRecords, 'all'>
  readonly clients: ClientRegistry
  readonly provider: Pick<EntraAuthenticationProvider, 'removeSession'>
  readonly readPolicy: ReadPolicy
  readonly window: Pick<SignInWindow, 'pick' | 'openExternal' | 'copyText'>
  readonly clock: Clock
  readonly log: Log
  /** Asks in a modal dialog with Cancel; resolves to the action that was chosen. */
  choose(this: void, text: string, ...actions: readonly string[]): Promise<string | undefined>
  /** Tells by a notification, which VS Code cuts off after one line without actions; resolves to the one that was chosen. */
  tell(this: void, text: string, ...actions: readonly string[]): Promise<string | undefined>
  showLog(this: void): void
}

/** The ways to sign out. */
export interface SignOut {
  /** Asks whether to forget an account here alone or in the browser too, and does so. */
  ask(records: readonly SignInRecord[]): Promise<void>
  /** Asks which account before. */
  pick(): Promise<void>
  /** Signs out a session's account as VS Code asks for it, and offers the browser afterwards. */
  removeSession(id: string): Promise<void>
}

/** A person who waits for a page should soon be told that it does not come. */
const LOOK_UP_MS = 10_000

/** Signs accounts out here, and in the browser where the person chooses that. */
export function createSignOut(parts: SignOutParts): SignOut {
  const { clients, provider, window, clock, log } = parts
  /** Accounts that a notification is open about. */
  const offered = new Set<string>()

  /** Nothing is asked of a server that the policy does not allow. */
  const prepareIfPermitted = async (record: SignInRecord): Promise<EndSession> => {
    const configuration = permit(await parts.readPolicy(), configurationOf(record))
    return clients.get(configuration).prepareEndSession(accountOf(record))
  }

  /** What fails here fails when the page is looked up: it must not keep anybody signed in. */
  const prepare = async (record: SignInRecord): Promise<EndSession> => {
    const prepared = prepareIfPermitted(record)
    await Promise.allSettled([prepared])
    return async () => (await prepared)()
  }

  /** Nobody waits for the answer. */
  const tellAside = (text: string, { label, run }: NotificationButton): void =>
    void parts.tell(text, label).then((chosen) => chosen === label && run())

  const openPage = async (url: string): Promise<void> => {
    if (await window.openExternal(url)) return
    const text = l10n.t('Signed out here, but no browser could be opened.')
    tellAside(text, { label: l10n.t('Copy Address'), run: () => void window.copyText(url) })
  }

  const endInBrowser = async (record: SignInRecord, endSession: EndSession): Promise<void> => {
    try {
      const url = await lookUp(endSession, record, clock)
      if (url !== undefined) await openPage(url)
      else {
        const text = l10n.t('Signed out here. {0} has no page to sign out in the browser.', record.environment)
        tellAside(text, { label: l10n.t('OK'), run: () => undefined })
      }
    } catch (error) {
      log.warn(`No sign-out in the browser: ${describeForLog(error)}`)
      const reason = asPlainText(error instanceof Error ? error.message : String(error))
      const text = l10n.t('Signed out here, but not in the browser: {0}', reason)
      tellAside(text, { label: l10n.t('Show Log'), run: () => parts.showLog() })
    }
  }

  const offer = async (record: SignInRecord, endSession: EndSession): Promise<void> => {
    const { accountId, label } = record
    if (offered.has(accountId)) return
    offered.add(accountId)
    try {
      const url = await lookUp(endSession, record, clock)
      if (url === undefined) return
      const action = l10n.t('Also Sign Out in the Browser')
      const text = l10n.t('{0} is signed out here. The browser may still be signed in.', asPlainText(label))
      if ((await parts.tell(text, action)) === action) await openPage(url)
    } catch (error) {
      log.info(`No sign-out in the browser is offered: ${describeForLog(error)}`)
    } finally {
      offered.delete(accountId)
    }
  }

  const ask = async (records: readonly SignInRecord[]): Promise<void> => {
    const [first] = records
    if (!first) return
    const forget = l10n.t('Forget Here')
    const alsoInBrowser = l10n.t('Also Sign Out in the Browser')
    const text = l10n.t('Sign out {0}? Extensions that use this account have to ask again.', asPlainText(first.label))
    const chosen = await parts.choose(text, forget, alsoInBrowser)
    if (chosen === undefined) return
    // A server has one page for all clients.
    const servers = [...new Map(records.map((record) => [record.environment, record])).values()]
    const pages: (() => Promise<void>)[] = []
    if (chosen === alsoInBrowser)
      for (const record of servers) {
        const endSession = await prepare(record)
        pages.push(() => endInBrowser(record, endSession))
      }
    for (const { sessions } of records) if (sessions[0]) await provider.removeSession(sessions[0].id)
    for (const open of pages) await open()
  }

  return {
    ask,
    async pick() {
      const records = await parts.records.all()
      const rows = oneOfEachAccount(records).map((record) => ({
        label: asPickLabel(record.label),
        ...describeHome(record),
        accountId: record.accountId,
      }))
      if (rows.length === 0) return void parts.tell(l10n.t('Nobody is signed in.'))
      const title = l10n.t('Sign out')
      const placeholder = l10n.t('Which account should be signed out?')
      const picked = await pickInTime({ window, clock }, rows, { title, placeholder })
      await ask(records.filter(({ accountId }) => accountId === picked?.accountId))
    },
    async removeSession(id) {
      const record = (await parts.records.all()).find(({ sessions }) => sessions.some((session) => session.id === id))
      const endSession = record && (await prepare(record))
      await provider.removeSession(id)
      if (record && endSession) void offer(record, endSession)
    },
  }
}

/** The address of a server's page, within 10 seconds. @throws an error that says in plain words what is in the way */
async function lookUp(
  endSession: EndSession,
  { environment }: SignInRecord,
  clock: Clock,
): Promise<string | undefined> {
  const unreachable = (cause?: unknown) => new Error(l10n.t("{0} can't be reached now.", environment), { cause })
  try {
    return await endBy(clock, { milliseconds: LOOK_UP_MS, late: unreachable }, endSession())
  } catch (error) {
    throw error instanceof NetworkError ? unreachable(error) : error
  }
}
