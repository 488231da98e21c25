import type { Account, TokenResult } from '../msal/index.ts'
import { printAuthority } from './authority-address.ts'
import { scopesToRequest, type ClientConfiguration, type ClientRegistry } from './client-registry.ts'
import { parseGivenScopes, type ScopeRequest } from './scope-request.ts'
import { changesOfAnswer, changesOfSignOut, withMenuSession, type SessionChanges } from './session-changes.ts'
import type { Remembered, SessionRecords } from './session-records.ts'
import {
  accountOf,
  configurationOf,
  createSessionId,
  MENU_SCOPES,
  toSession,
  type GivenSession,
  type Session,
  type SignInRecord,
  type TokenOfSession,
} from './session.ts'
import { hasConfirmation } from './token-binding.ts'

/** What sessions are given out with. */
export interface GivenSessionsParts {
  readonly records: SessionRecords
  readonly clients: ClientRegistry
  readonly fire: (changes: SessionChanges) => void
  /** Told whether anyone is signed in, whenever that is known. */
  readonly onSignedIn: (isAnyone: boolean) => void
}

/** Tokens that came for an account. */
export interface Answer {
  readonly account: Account
  readonly tokens: TokenResult
  readonly isInteractive: boolean
}

/** The sessions that were given out: their tokens in this window, their records in all, and what VS Code hears of them. */
export interface GivenSessions {
  /** A session for tokens that came; the sign-in is remembered. */
  giveOut(configuration: ClientConfiguration, request: ScopeRequest, answer: Answer): Promise<Session>
  /** Undefined where another window has signed the account out meanwhile: nothing is given, and nobody comes back. */
  giveOutAgain(configuration: ClientConfiguration, request: ScopeRequest, answer: Answer): Promise<Session | undefined>
  /** Notes that a session could not be given out when it was asked for. */
  lapse(configuration: ClientConfiguration, request: ScopeRequest, account: Account): Promise<void>
  /** With what was given out last in this window, else what the cache holds, else without a token; never a request. */
  read(record: SignInRecord, given: GivenSession): Promise<Session>
  /** All of a record, with the tokens that this window gave out. */
  ofRecord(this: void, record: SignInRecord): Session[]
  /** Tells that a record is gone; other clients may still hold the account. */
  tellSignedOut(this: void, record: SignInRecord, rest: readonly SignInRecord[]): void
  /** Drops the tokens of sessions from this window's memory. */
  forgetTokens(ids: readonly string[]): void
}

/** Keeps in memory what is given out from now on. */
export function createGivenSessions({ records, clients, fire, onSignedIn }: GivenSessionsParts): GivenSessions {
  /** The tokens given out last, for those who ask without scopes. */
  const tokens = new Map<string, TokenOfSession>()
  /** Sessions that could not be given out when they were asked for last. */
  const lapsed = new Set<string>()

  const sessionOf = (record: SignInRecord, given: GivenSession): Session =>
    toSession(record, given, tokens.get(given.id) ?? { accessToken: '' })

  const sessionsOf = (record: SignInRecord): Session[] => record.sessions.map((given) => sessionOf(record, given))

  const tellGiven = async (
    configuration: ClientConfiguration,
    answer: Answer,
    { record, known, isFirst, given }: Remembered & { readonly given: GivenSession },
  ): Promise<Session> => {
    tokens.set(given.id, { accessToken: answer.tokens.accessToken, idToken: answer.tokens.idToken })
    const session = sessionOf(record, given)
    const hasLapsed = lapsed.delete(given.id) && answer.isInteractive
    const changes = changesOfAnswer(session, {
      wasKnown: known.has(given.id) && !hasLapsed,
      isNewToken: answer.tokens.tokenSource !== 'cache',
      expiresIn: answer.tokens.expiresIn,
    })
    onSignedIn(true)
    if (changes && isFirst) {
      const menu = await describeGiven(configuration, answer.account, MENU_SCOPES)
      if (menu.id !== given.id) await records.remember(configuration, answer.account, [given, menu])
      fire(withMenuSession(changes, sessionOf(record, menu)))
    } else if (changes) fire(changes)
    return session
  }

  return {
    async giveOut(configuration, request, answer) {
      const given = await describeGiven(configuration, answer.account, request.asked)
      const remembered = await records.remember(configuration, answer.account, [given])
      return tellGiven(configuration, answer, { ...remembered, given })
    },
    async giveOutAgain(configuration, request, answer) {
      const given = await describeGiven(configuration, answer.account, request.asked)
      const remembered = await records.rememberKnown(configuration, answer.account, [given])
      return remembered && tellGiven(configuration, answer, { ...remembered, given })
    },
    async lapse(configuration, { asked }, { homeAccountId }) {
      lapsed.add(await createSessionId(configuration, { homeAccountId, asked }))
    },
    async read(record, given) {
      if (tokens.has(given.id)) return sessionOf(record, given)
      const configuration = configurationOf(record, given)
      const scopes = scopesToRequest(parseGivenScopes(given.scopes), configuration)
      const { kind, tenant } = configuration.authority
      const accessToken = await clients.get(configuration).findCachedToken({
        account: accountOf(record),
        scopes,
        ...(kind === 'entra' && { realm: tenant.toLowerCase() }),
      })
      return toSession(record, given, { accessToken: accessToken && !hasConfirmation(accessToken) ? accessToken : '' })
    },
    ofRecord: sessionsOf,
    tellSignedOut(record, rest) {
      for (const given of record.sessions) tokens.delete(given.id)
      const held = rest.filter(({ accountId }) => accountId === record.accountId)
      fire(changesOfSignOut(sessionsOf(record), held.flatMap(sessionsOf)))
      onSignedIn(rest.length > 0)
    },
    forgetTokens(ids) {
      for (const id of ids) tokens.delete(id)
    },
  }
}

async function describeGiven(
  configuration: ClientConfiguration,
  { homeAccountId }: Account,
  asked: readonly string[],
): Promise<GivenSession> {
  return {
    id: await createSessionId(configuration, { homeAccountId, asked }),
    scopes: asked,
    authority: printAuthority(configuration.authority),
    ...(configuration.instanceDiscovery === false && { instanceDiscovery: false }),
    ...(configuration.isTenantChosen && { isTenantChosen: true }),
  }
}
