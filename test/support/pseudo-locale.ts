import { l10n } from 'vscode'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const ACCENTED = 'ÁƁÇĐÉƑĜĤÎĴĶĹṀÑÖÞɊŔŠŢÛṼŴẊÝŽáƀçđéƒĝĥîĵķĺṁñöþɋŕšţûṽŵẋýž'
const accent = (letter: string): string => ACCENTED[LETTERS.indexOf(letter)] ?? letter

/** What stands for the translation of a text: its own letters with accents, its arguments as they are. */
export const translate = (message: string, ...values: readonly (string | number)[]): string =>
  `⟦${message.replace(/\{(\d+)\}|[a-z]/gi, (found, index?: string) =>
    index === undefined ? accent(found) : String(values[Number(index)] ?? found),
  )}⟧`

/** A language that no person speaks, until it ends. */
export interface PseudoLocale {
  /** The texts that were asked for. */
  readonly used: ReadonlySet<string>
  end(this: void): void
}

/** Puts it in the place of English. */
export function startPseudoLocale(): PseudoLocale {
  const used = new Set<string>()
  const { t } = l10n
  const note = (message: string, ...values: readonly (string | number)[]) => {
    used.add(message)
    return translate(message, ...values)
  }
  Object.assign(l10n, { t: note })
  return { used, end: () => void Object.assign(l10n, { t }) }
}

/** Targets of links, addresses and ids. */
const ADDRESSES =
  /\]\u2060?\(command:[^)]*\)|\b[a-z][a-z\d+.-]*:\/\/[^\s"'`()⟦⟧]*|\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi

/**
 * Texts with words that no translator has seen: runs of plain letters, for the pseudo-locale has none.
 *
 * @param data - what is the same in every language: names, ids, what somebody wrote
 */
export function findUntranslated(texts: readonly string[], data: readonly string[]): readonly string[] {
  const names = data
    .toSorted((one, other) => other.length - one.length)
    .map((name) => new RegExp(`(?<![A-Za-z])${escapeForRegExp(name)}(?![A-Za-z])`, 'g'))
  return texts.filter((text) =>
    /[A-Za-z]{2,}/.test(names.reduce((left, name) => left.replace(name, ''), text.replace(ADDRESSES, ''))),
  )
}

const escapeForRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
