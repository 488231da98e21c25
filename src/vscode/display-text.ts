const MAX_LENGTH = 300
/** Control characters, and those that turn the direction of what follows. */
const INVISIBLE = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu
const WORD_JOINER = '\u2060'

/**
 * Makes text from outside fit for a notification, where VS Code turns `[label](target)` into links and commands:
 * the pair of brackets is parted by a character that is not seen. One line, at most 300 characters.
 */
export function asPlainText(text: string): string {
  const line = text.replace(INVISIBLE, ' ').replaceAll('](', `]${WORD_JOINER}(`).trim()
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line
}

/** Makes text from outside fit for a pick list, where VS Code turns `$(name)` into icons. */
export const asPickLabel = (text: string): string => text.replace(INVISIBLE, ' ').replaceAll('$(', '\\$(')
