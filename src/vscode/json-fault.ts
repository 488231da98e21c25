import { parse, type ParseError } from 'jsonc-parser'

/** Where a text stops being JSON, and why; lines count from 1. */
export type JsonFault =
  | { readonly kind: 'empty' }
  | { readonly kind: 'comment' | 'lastComma' | 'cutOff'; readonly line: number }
  | { readonly kind: 'unexpected'; readonly line: number; readonly found: string }

/**
 * Finds what keeps text from being JSON: what engines say of it differs, and often names no place.
 *
 * @returns undefined where nothing does
 */
export function findJsonFault(text: string): JsonFault | undefined {
  if (!text.trim()) return { kind: 'empty' }
  const errors: ParseError[] = []
  parse(text, errors, { disallowComments: true, allowTrailingComma: false })
  const [first] = errors
  return first && describeFault(text, first.offset)
}

function describeFault(text: string, offset: number): JsonFault {
  const before = text.slice(0, offset).trimEnd()
  const [found = ''] = /\S{0,20}/.exec(text.slice(offset).trimStart()) ?? []
  const line = countLines(text.slice(0, offset))
  if (found === '') return { kind: 'cutOff', line }
  if (/^(?:\/[/*]|#)/.test(found)) return { kind: 'comment', line }
  if (before.endsWith(',') && /^[}\]]/.test(found)) return { kind: 'lastComma', line: countLines(before) }
  return { kind: 'unexpected', line, found }
}

const countLines = (text: string): number => text.split(/\r\n|\r|\n/).length
