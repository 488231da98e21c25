const MAX_LENGTH = 300
/** VS Code shows no more of a notification. */
const MAX_NOTIFICATION_LENGTH = 1000
/** Control characters, and those that turn the direction of what follows. */
const INVISIBLE = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu
const WORD_JOINER = '\u2060'

/**
 * Makes text from outside fit for a notification, where VS Code turns `[label](target)` into links and commands:
 * the pair of brackets is parted by a character that is not seen. One line, at most 300 characters.
 */
export const asPlainText = (text: string): string => shorten(withoutLinks(text), MAX_LENGTH)

/** The same for a text of our own, which quotes such text: what to do next is at its end, and must not be cut off. */
export const asPlainNotification = (text: string): string => shorten(withoutLinks(text), MAX_NOTIFICATION_LENGTH)

const withoutLinks = (text: string): string => text.replace(INVISIBLE, ' ').replaceAll('](', `]${WORD_JOINER}(`).trim()

const shorten = (line: string, length: number): string =>
  line.length > length ? `${line.slice(0, length - 1)}…` : line

/** Makes text from outside fit for a pick list, where VS Code turns `$(name)` into icons. */
export const asPickLabel = (text: string): string => text.replace(INVISIBLE, ' ').replaceAll('$(', '\\$(')
