import { FederationError, NetworkError } from '../core/errors.ts'
import type { HttpClient } from '../http/http-client.ts'
import { TRUST_NAMES, TRUST_VERSIONS, type TrustEndpoint } from './trust-version.ts'
import { descendants, parseXml, select, type QualifiedName, type XmlElement } from './xml.ts'

const WSDL = 'http://schemas.xmlsoap.org/wsdl/'
const SOAP12 = 'http://schemas.xmlsoap.org/wsdl/soap12/'
const POLICY = 'http://schemas.xmlsoap.org/ws/2004/09/policy'
const ADDRESSING = 'http://www.w3.org/2005/08/addressing'
const UTILITY = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd'
const SOAP_OVER_HTTP = 'http://schemas.xmlsoap.org/soap/http'

/** The two dialects in which a policy says that it takes a user name and a password over TLS. */
const PASSWORD_POLICIES = [
  {
    namespace: 'http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702',
    tokens: 'SignedEncryptedSupportingTokens',
  },
  { namespace: 'http://schemas.xmlsoap.org/ws/2005/07/securitypolicy', tokens: 'SignedSupportingTokens' },
] as const

/** Where a metadata document is, and which of its addresses may be used. */
export interface MexSource {
  readonly url: string
  readonly isAllowed: (address: string) => boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Asks a federation server for its metadata (answered from memory for a day) and picks where it takes user names and
 * passwords: WS-Trust 1.3 before 2005.
 *
 * @throws {FederationError} where it takes none, or its metadata can't be read
 * @throws {NetworkError} where it can't be asked; trying again later may help
 * @see https://www.w3.org/TR/ws-metadata-exchange/
 */
export async function fetchPasswordEndpoint(http: HttpClient, source: MexSource): Promise<TrustEndpoint> {
  const { host } = new URL(source.url)
  const { status, text } = await http({ method: 'GET', url: source.url, isMetadata: true, signal: source.signal })
  if (status !== 200) throw new NetworkError(`${host} could not tell its metadata (HTTP ${status})`, { status, host })
  const endpoint = findPasswordEndpoint(await parseXml(text, host), source.isAllowed)
  if (!endpoint) throw new FederationError(`${host} names no https endpoint that takes user names and passwords`)
  return endpoint
}

/** The endpoint that a WSDL document has for user names and passwords; undefined where it has none that is allowed. */
export function findPasswordEndpoint(
  definitions: XmlElement,
  isAllowed: MexSource['isAllowed'],
): TrustEndpoint | undefined {
  const bindings = readBindings(definitions, readPasswordPolicies(definitions))
  const endpoints = select(definitions, [
    [WSDL, 'service'],
    [WSDL, 'port'],
  ]).flatMap((port) => {
    const action = bindings.get(withoutPrefix(port.attributes.get('binding') ?? ''))
    const version = TRUST_VERSIONS.find((candidate) => TRUST_NAMES[candidate].action === action)
    const [address] = select(port, [
      [ADDRESSING, 'EndpointReference'],
      [ADDRESSING, 'Address'],
    ])
    const url = address?.text.trim() ?? ''
    return version && isAllowed(url) ? [{ version, url }] : []
  })
  return endpoints.find(({ version }) => version === '1.3') ?? endpoints[0]
}

/** Ids of the policies, with `#`, under which a user name and a password are taken. */
function readPasswordPolicies(definitions: XmlElement): ReadonlySet<string> {
  const policies = select(definitions, [[POLICY, 'Policy']]).filter((policy) =>
    PASSWORD_POLICIES.some(({ namespace, tokens }) => {
      const path: readonly QualifiedName[] = [
        [POLICY, 'ExactlyOne'],
        [POLICY, 'All'],
        [namespace, tokens],
        [POLICY, 'Policy'],
        [namespace, 'UsernameToken'],
        [POLICY, 'Policy'],
        [namespace, 'WssUsernameToken10'],
      ]
      const isOverTls = descendants(policy).some(
        (element) => element.name === 'TransportBinding' && element.namespace === namespace,
      )
      return isOverTls && select(policy, path).length > 0
    }),
  )
  return new Set(policies.map(({ attributes }) => `#${attributes.get(`{${UTILITY}}Id`) ?? ''}`))
}

/** The SOAP action of each binding, by name, that speaks SOAP 1.2 over HTTP under one of the policies. */
function readBindings(definitions: XmlElement, policies: ReadonlySet<string>): ReadonlyMap<string, string> {
  const actions = new Map<string, string>()
  for (const binding of select(definitions, [[WSDL, 'binding']])) {
    const [transport] = select(binding, [[SOAP12, 'binding']])
    const [operation] = select(binding, [
      [WSDL, 'operation'],
      [SOAP12, 'operation'],
    ])
    const references = select(binding, [[POLICY, 'PolicyReference']])
    const isForPasswords = references.some(({ attributes }) => policies.has(attributes.get('URI') ?? ''))
    const name = binding.attributes.get('name')
    const action = operation?.attributes.get('soapAction')
    if (transport?.attributes.get('transport') === SOAP_OVER_HTTP && isForPasswords && name && action)
      actions.set(name, action)
  }
  return actions
}

const withoutPrefix = (name: string): string => name.slice(name.indexOf(':') + 1)
