/** Where a text stops being JSON, and why; lines count from 1. */
export type JsonFault =
  | { readonly kind: 'empty' }
  | { readonly kind: 'comment' | 'lastComma' | 'cutOff'; readonly line: number }
  | { readonly kind: 'unexpected'; readonly line: number; readonly found: string }

/** What may come next; behind a comma there is an item or a name, and no end. */
type Expected = 'value' | 'item' | 'itemOrEnd' | 'name' | 'nameOrEnd' | 'colon' | 'commaOrEnd' | 'nothing'

const TOKEN =
  /[{}[\],:]|"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy
const SPACE = /[ \t\r\n]*/y
const WORD = /\S{1,20}/uy

/**
 * Finds what keeps text from being JSON: what engines say of it differs, and often names no place.
 *
 * @returns undefined where nothing does
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: string[] = []
  let expected: Expected = 'value'
  let last = 0
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, last)) {
    const token = match(TOKEN, text, at)
    const isEnd = token !== '' && token === closingOf(open.at(-1))
    if (isEnd && (expected === 'item' || expected === 'name')) return { kind: 'lastComma', line: lineOf(text, last) }
    const next = accept(token, expected, { open, isEnd })
    if (!next) return describeFault(text, at, token)
    expected = next
    last = at + token.length
  }
  if (expected === 'nothing') return undefined
  return last === 0 ? { kind: 'empty' } : { kind: 'cutOff', line: lineOf(text, text.length) }
}

interface Nesting {
  /** The brackets that are open. */
  readonly open: string[]
  /** Whether the token closes the innermost one. */
  readonly isEnd: boolean
}

/** What is expected behind a token; undefined where it can't be there. */
function accept(token: string, expected: Expected, { open, isEnd }: Nesting): Expected | undefined {
  switch (expected) {
    case 'nothing':
      return undefined
    case 'colon':
      return token === ':' ? 'value' : undefined
    case 'commaOrEnd':
      if (token === ',') return open.at(-1) === '{' ? 'name' : 'item'
      return isEnd ? close(open) : undefined
    case 'nameOrEnd':
    case 'name':
      if (isEnd) return close(open)
      return token.startsWith('"') ? 'colon' : undefined
    case 'itemOrEnd':
      return isEnd ? close(open) : acceptValue(token, open)
    case 'item':
    case 'value':
      return acceptValue(token, open)
  }
}

function acceptValue(token: string, open: string[]): Expected | undefined {
  if (token === '{' || token === '[') {
    open.push(token)
    return token === '{' ? 'nameOrEnd' : 'itemOrEnd'
  }
  return /^["\-\dtfn]/.test(token) ? afterValue(open) : undefined
}

function close(open: string[]): Expected {
  open.pop()
  return afterValue(open)
}

const afterValue = (open: readonly string[]): Expected => (open.length > 0 ? 'commaOrEnd' : 'nothing')

const closingOf = (bracket: string | undefined) => (bracket === '{' ? '}' : bracket === '[' ? ']' : undefined)

function describeFault(text: string, at: number, token: string): JsonFault {
  const line = lineOf(text, at)
  const found = token.slice(0, 40) || match(WORD, text, at)
  return /^(\/[/*]|#)/.test(found) ? { kind: 'comment', line } : { kind: 'unexpected', line, found }
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

const skipSpace = (text: string, at: number): number => at + match(SPACE, text, at).length

const lineOf = (text: string, at: number): number => text.slice(0, at).split(/\r\n|\r|\n/).length
