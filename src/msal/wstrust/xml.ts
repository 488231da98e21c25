import { FederationError } from '../core/errors.ts'

/** An element with its namespace resolved. */
export interface XmlElement {
  /** URI; empty where it has none. */
  readonly namespace: string
  /** Without prefix. */
  readonly name: string
  /** Values by the name as it is written, and by `{namespace}name`. */
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** Its own text and CDATA, without those of its children. */
  readonly text: string
  /** What stands between its tags, as it stands there: nothing is decoded or written anew. */
  readonly inner: string
}

/** Deeper documents are refused: none of federation needs half of it, and looking up prefixes costs depth squared. */
const MAX_DEPTH = 64

/**
 * Reads a document without entities and DTDs: who declares them is refused before anything is read.
 *
 * @param place - named in errors
 * @returns the root element
 * @throws {FederationError} where it is no well-formed XML or not to be read; the message holds nothing of it
 */
export async function parseXml(text: string, place: string): Promise<XmlElement> {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text))
    throw new FederationError(`${place} answered with XML that declares a document type or entities, which is not read`)
  const { SaxesParser } = await import('saxes')
  const parser = new SaxesParser({ xmlns: true })
  const roots: XmlElement[] = []
  const open: { element: Mutable<XmlElement>; readonly siblings: XmlElement[]; readonly start: number }[] = []
  const append = (part: string) => {
    const current = open.at(-1)?.element
    if (current) current.text += part
  }
  let siblings = roots
  parser.on('opentagstart', () => {
    if (open.length === MAX_DEPTH) throw new RangeError('too deep')
  })
  parser.on('opentag', ({ uri, local, attributes }) => {
    const children: XmlElement[] = []
    const element = {
      namespace: uri,
      name: local,
      attributes: readAttributes(attributes),
      children,
      text: '',
      inner: '',
    }
    siblings.push(element)
    open.push({ element, siblings, start: parser.position })
    siblings = children
  })
  parser.on('text', append)
  parser.on('cdata', append)
  parser.on('closetag', ({ isSelfClosing }) => {
    const closed = open.pop()
    if (!closed) return
    siblings = closed.siblings
    if (!isSelfClosing) closed.element.inner = text.slice(closed.start, text.lastIndexOf('</', parser.position - 1))
  })
  try {
    parser.write(text).close()
  } catch {
    // The parser's own message, and so a cause, could quote the document.
    throw new FederationError(`${place} answered with what is no well-formed XML`)
  }
  const [root] = roots
  if (!root) throw new FederationError(`${place} answered with what is no well-formed XML`)
  return root
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

function readAttributes(
  attributes: Readonly<Record<string, { readonly uri: string; readonly local: string; readonly value: string }>>,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const [written, { uri, local, value }] of Object.entries(attributes)) {
    values.set(written, value)
    if (uri) values.set(`{${uri}}${local}`, value)
  }
  return values
}

/**
 * The descendants that a path of `{namespace}name` steps leads to, in document order.
 *
 * @param path - each step names children of the ones before it
 */
export function select(element: XmlElement, path: readonly QualifiedName[]): readonly XmlElement[] {
  return path.reduce<readonly XmlElement[]>(
    (found, [namespace, name]) =>
      found.flatMap(({ children }) => children.filter((child) => child.name === name && child.namespace === namespace)),
    [element],
  )
}

/** Namespace and local name. */
export type QualifiedName = readonly [namespace: string, name: string]

/** The elements below one, at any depth, in document order. */
export const descendants = (element: XmlElement): readonly XmlElement[] =>
  element.children.flatMap((child) => [child, ...descendants(child)])

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // A reader makes a line feed of a bare one.
  '\r': '&#13;',
}

/** Text for an element or attribute. @see https://www.w3.org/TR/xml/#syntax */
export const escapeXml = (text: string): string => text.replace(/[&<>"'\r]/g, (character) => ESCAPES[character] ?? '')

/** Whether XML 1.0 can hold a text at all: no control characters and no half of a pair. @see https://www.w3.org/TR/xml/#charsets */
export const isXmlText = (text: string): boolean =>
  /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u.test(text)
