import { FederationError } from '../core/errors.ts'
import { descendants, parseXml, type XmlElement } from './xml.ts'

/** A federation server's signed statement about a person; a secret until it has expired. */
export interface SamlAssertion {
  readonly version: '1.1' | '2.0'
  /** As the server wrote it, character by character: anything else would break its signature. */
  readonly text: string
}

/** What an answer is called in errors, and what it must not be quoted with. */
export interface TokenResponseSource {
  readonly host: string
  /** HTTP status. */
  readonly status: number
  /** User name and password, which a fault may repeat. */
  readonly hidden: readonly string[]
}

const VERSIONS: ReadonlyMap<string, SamlAssertion['version']> = new Map([
  ['urn:oasis:names:tc:SAML:1.0:assertion', '1.1'],
  ['urn:oasis:names:tc:SAML:2.0:assertion', '2.0'],
  ['http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1', '1.1'],
  ['http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0', '2.0'],
])

/** Characters of what a server says that are passed on. */
const MAX_LENGTH = 500

/**
 * Takes the assertion out of a RequestSecurityTokenResponse, alone or in a collection. Elements are told by their local
 * names, which both versions of WS-Trust share.
 *
 * @throws {FederationError} saying what the server said where it refused (a SOAP fault), else what is missing
 * @see https://docs.oasis-open.org/ws-sx/ws-trust/200512/ws-trust-1.3-os.html#_Toc162064957
 */
export async function parseTokenResponse(text: string, source: TokenResponseSource): Promise<SamlAssertion> {
  const { host, status } = source
  const envelope = await parseXml(text, `${host} (HTTP ${status})`)
  const elements = [envelope, ...descendants(envelope)]
  for (const response of named(elements, 'RequestSecurityTokenResponse')) {
    const [type] = named(response.children, 'TokenType')
    const [token] = named(response.children, 'RequestedSecurityToken')
    if (!type || !token) continue
    const version = VERSIONS.get(type.text.trim())
    if (!version) throw new FederationError(`${host} gave a token that is no SAML assertion`, { status })
    if (token.children.length !== 1) throw new FederationError(`${host} gave an empty answer`, { status })
    return { version, text: token.inner }
  }
  const [fault] = named(elements, 'Fault')
  if (fault) throw createFault(fault, source)
  throw new FederationError(`${host} answered with neither a token nor a reason (HTTP ${status})`, { status })
}

const named = (elements: readonly XmlElement[], name: string): readonly XmlElement[] =>
  elements.filter((element) => element.name === name)

/** Of SOAP 1.2 the sub-code and reason, of 1.1 the code and string. @see https://www.w3.org/TR/soap12-part1/#soapfault */
function createFault(fault: XmlElement, { host, status, hidden }: TokenResponseSource): FederationError {
  const textAt = (...names: readonly string[]): string => {
    const [found] = names.reduce<readonly XmlElement[]>(
      (elements, name) => elements.flatMap(({ children }) => named(children, name)),
      [fault],
    )
    return describe(found?.text ?? '', hidden)
  }
  const code = textAt('Code', 'Subcode', 'Value') || textAt('Code', 'Value') || textAt('faultcode')
  const reason = textAt('Reason', 'Text') || textAt('faultstring')
  return new FederationError(`${host} refused${reason && `: ${reason}`}`, { status, code })
}

/** One line of bounded length, without markup and without what must not be shown. */
function describe(text: string, hidden: readonly string[]): string {
  const shown = hidden.filter(Boolean).reduce((rest, secret) => rest.replaceAll(secret, '…'), text)
  return shown
    .replace(/<[^>]*>?|\p{Cc}/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_LENGTH)
}
