import type { Session } from './session.ts'

/** An event of VS Code's authentication provider. */
export interface SessionChanges {
  readonly added: readonly Session[]
  readonly removed: readonly Session[]
  readonly changed: readonly Session[]
}

/** How an answer came about. */
export interface AnswerFacts {
  /** Whether a session with this id was given out before and has been usable since. */
  readonly wasKnown: boolean
  /** Whether the token came from the server now. */
  readonly isNewToken: boolean
  /** Seconds that the token is good for. */
  readonly expiresIn: number
}

const NONE: readonly Session[] = []

/** Below this many seconds the library refreshes a token before use. */
const USABLE_SECONDS = 300

/**
 * The event for a session that is given out; undefined where nothing changed for anyone.
 * A token that is about to expire again fires nothing: each consumer would ask in its handler, and refresh without end.
 */
export function changesOfAnswer(session: Session, facts: AnswerFacts): SessionChanges | undefined {
  if (!facts.wasKnown) return { added: [session], removed: NONE, changed: NONE }
  if (!facts.isNewToken || facts.expiresIn < USABLE_SECONDS) return undefined
  return { added: NONE, removed: NONE, changed: [session] }
}

/** The event for a first sign-in: it also answers the row in the Accounts menu, which asks for its own scopes. */
export function withMenuSession(changes: SessionChanges, menuSession: Session): SessionChanges {
  const scopes = menuSession.scopes.join(' ')
  return changes.added.some((session) => session.scopes.join(' ') === scopes)
    ? changes
    : { ...changes, added: [...changes.added, menuSession] }
}

/**
 * The event for a sign-out: VS Code drops the account's row by its id, even where another client still holds it,
 * and puts it back for what is in `changed`.
 */
export const changesOfSignOut = (removed: readonly Session[], held: readonly Session[]): SessionChanges => ({
  added: NONE,
  removed,
  changed: held,
})
