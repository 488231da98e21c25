import { l10n } from 'vscode'

/** Text that a test accepts, without the spaces around it. @throws {Error} with the problem */
export function matching(value: unknown, isValid: (text: string) => boolean, problem: string): string {
  if (typeof value === 'string' && isValid(value.trim())) return value.trim()
  throw new Error(problem)
}

/** One of several values. @throws {Error} that lists them */
export function oneOf<T extends string | boolean>(value: unknown, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === value)
  if (choice === undefined) throw new Error(l10n.t('it must be one of {0}', choices.join(', ')))
  return choice
}

/** On or off. @throws {Error} where it is neither */
export const parseSwitch = (value: unknown): boolean => oneOf(value, [true, false])

/** Texts that a test accepts each, without the spaces around them. @throws {Error} that names the one that is wrong */
export function listOf(value: unknown, isValid: (text: string) => boolean, problem: string): readonly string[] {
  if (!Array.isArray(value)) throw new Error(l10n.t('it must be a list'))
  return value.map((entry: unknown) => matching(entry, isValid, `${showValue(entry)}: ${problem}`))
}

/** Names of what a client can handle, as `CP1`. @throws {Error} where they are none */
export function parseCapabilities(value: unknown): readonly string[] {
  const isCapability = (item: unknown): item is string => typeof item === 'string' && /^[\w.-]{1,64}$/.test(item)
  if (Array.isArray(value) && value.length <= 20 && value.every(isCapability)) return value
  throw new Error(l10n.t('it must be a list of names such as CP1'))
}

/** A value as a message shows it: as JSON, at most 80 characters; what an object or a list holds stays in it. */
export function showValue(value: unknown): string {
  if (Array.isArray(value)) return value.length > 0 ? '[…]' : '[]'
  if (typeof value === 'object' && value !== null) return '{…}'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
