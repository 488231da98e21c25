import { ConfigurationError } from '../core/errors.ts'
import { TRUST_NAMES, type TrustEndpoint } from './trust-version.ts'
import { escapeXml, isXmlText } from './xml.ts'

/** Whose assertion is asked for, and for whom. */
export interface TokenRequest {
  readonly username: string
  readonly password: string
  /** URN of the cloud that the assertion is for. */
  readonly audience: string
  /** Milliseconds since 1970. */
  readonly now: number
}

const LIFETIME_MS = 10 * 60 * 1000

const SOAP = 'http://www.w3.org/2003/05/soap-envelope'
const ADDRESSING = 'http://www.w3.org/2005/08/addressing'
const POLICY = 'http://schemas.xmlsoap.org/ws/2004/09/policy'
const SECURITY = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd'
const UTILITY = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd'

/**
 * Writes a RequestSecurityToken for a user name and a password; it holds the password.
 *
 * @throws {ConfigurationError} where the user name or the password can't stand in XML
 * @see https://docs.oasis-open.org/ws-sx/ws-trust/200512/ws-trust-1.3-os.html#_Toc162064954
 */
export function buildTokenRequest(endpoint: TrustEndpoint, request: TokenRequest): string {
  for (const name of ['username', 'password'] as const)
    if (!isXmlText(request[name]))
      throw new ConfigurationError(name, 'holds a character that a federation server can not be told')
  const { action, namespace, keyType, requestType } = TRUST_NAMES[endpoint.version]
  const xml = escapeXml
  return [
    `<s:Envelope xmlns:s="${SOAP}" xmlns:a="${ADDRESSING}" xmlns:u="${UTILITY}">`,
    '<s:Header>',
    `<a:Action s:mustUnderstand="1">${xml(action)}</a:Action>`,
    `<a:MessageID>urn:uuid:${crypto.randomUUID()}</a:MessageID>`,
    `<a:ReplyTo><a:Address>${ADDRESSING}/anonymous</a:Address></a:ReplyTo>`,
    `<a:To s:mustUnderstand="1">${xml(endpoint.url)}</a:To>`,
    `<o:Security s:mustUnderstand="1" xmlns:o="${SECURITY}">`,
    '<u:Timestamp u:Id="_0">',
    `<u:Created>${formatTime(request.now)}</u:Created><u:Expires>${formatTime(request.now + LIFETIME_MS)}</u:Expires>`,
    '</u:Timestamp>',
    '<o:UsernameToken u:Id="user">',
    `<o:Username>${xml(request.username)}</o:Username><o:Password>${xml(request.password)}</o:Password>`,
    '</o:UsernameToken>',
    '</o:Security>',
    '</s:Header>',
    `<s:Body><t:RequestSecurityToken xmlns:t="${namespace}">`,
    `<p:AppliesTo xmlns:p="${POLICY}"><a:EndpointReference><a:Address>${xml(request.audience)}</a:Address></a:EndpointReference></p:AppliesTo>`,
    `<t:KeyType>${keyType}</t:KeyType>`,
    `<t:RequestType>${requestType}</t:RequestType>`,
    '</t:RequestSecurityToken></s:Body>',
    '</s:Envelope>',
  ].join('')
}

/** UTC in whole seconds, as WS-Security's Timestamp has it. */
const formatTime = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
