/**
 * Text without those of `characters` that end it. A regular expression that does so tries each run of them anew, and needs
 * minutes for a megabyte that a server has filled with them.
 */
export function trimEnd(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}
