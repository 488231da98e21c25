import { randomUUID } from 'node:crypto'
import { AadstsError } from './errors.ts'
import { answerForUser, requireOrigin, requireParameter, type Grant } from './grants.ts'
import type { HttpReply, HttpRequest } from './http.ts'
import type { Simulation } from './simulation.ts'
import { randomHandle } from './tokens.ts'
import { findUser } from './world.ts'

const assertionLifetime = 3600

/** The two WS-Trust dialects of a federation server; each of them brings another kind of assertion here. */
const dialects = {
  '13': {
    namespace: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512',
    policy: 'http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702',
    supportingTokens: 'SignedEncryptedSupportingTokens',
    tokenType: 'urn:oasis:names:tc:SAML:1.0:assertion',
  },
  '2005': {
    namespace: 'http://schemas.xmlsoap.org/ws/2005/02/trust',
    policy: 'http://schemas.xmlsoap.org/ws/2005/07/securitypolicy',
    supportingTokens: 'SignedSupportingTokens',
    tokenType: 'urn:oasis:names:tc:SAML:2.0:assertion',
  },
} as const

type Dialect = keyof typeof dialects

/**
 * The metadata of the simulated federation server: where it takes user names and passwords.
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-mex/
 */
export const metadataExchange = (_simulation: Simulation, { origin }: HttpRequest): HttpReply => {
  const versions = Object.keys(dialects) as Dialect[]
  return xmlReply(
    200,
    `<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions name="SecurityTokenService" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:wsa10="http://www.w3.org/2005/08/addressing" xmlns:tns="http://schemas.microsoft.com/ws/2008/06/identity/securitytokenservice">
${versions.map(describePolicy).join('\n')}
${versions.map(describeBinding).join('\n')}
<wsdl:service name="SecurityTokenService">${versions.map((version) => describePort(version, origin)).join('')}</wsdl:service>
</wsdl:definitions>`,
  )
}

/** The federation server's endpoint `/adfs/services/trust/{version}/usernamemixed`: an assertion for a user name and password, or a SOAP fault. */
export const issueAssertion = (simulation: Simulation, request: HttpRequest, version: string): HttpReply => {
  if (version !== '13' && version !== '2005') return fault('a:ActionNotSupported', 'There is no such endpoint.')
  const user = findUser(simulation.world, readElement(request.body, 'Username'))
  if (user?.federated !== true || user.password !== readElement(request.body, 'Password')) {
    return fault('a:FailedAuthentication', 'MSIS3126: Access denied.')
  }
  const { namespace, tokenType } = dialects[version]
  // Odd spacing and quotes: whoever parses and prints an assertion again makes another text of it.
  const assertion = `<saml:Assertion  xmlns:saml='${tokenType}' ID="_${randomUUID()}"
   Version="2.0"><saml:Issuer>${request.origin}/adfs</saml:Issuer><saml:Subject ><saml:NameID>${user.username}</saml:NameID></saml:Subject></saml:Assertion>`
  simulation.store.assertions.set(assertion, { user, expiresAt: simulation.clock.now() + assertionLifetime, tokenType })
  return xmlReply(
    200,
    `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><t:RequestSecurityTokenResponseCollection xmlns:t="${namespace}"><t:RequestSecurityTokenResponse><t:RequestedSecurityToken>${assertion}</t:RequestedSecurityToken><t:TokenType>${tokenType}</t:TokenType></t:RequestSecurityTokenResponse></t:RequestSecurityTokenResponseCollection></s:Body></s:Envelope>`,
  )
}

/** Redeems an assertion of the federation server, unchanged to the byte. */
const samlBearer =
  (tokenType: string): Grant =>
  async (token) => {
    const { simulation, request } = token
    requireOrigin(token, 'native')
    const text = Buffer.from(requireParameter(token, 'assertion'), 'base64url').toString('utf8')
    const issued = simulation.store.assertions.get(text)
    if (issued?.tokenType !== tokenType || issued.expiresAt <= simulation.clock.now()) throw new AadstsError(50008)
    const now = simulation.clock.now()
    return answerForUser(token, {
      signIn: { user: issued.user, methods: ['pwd'], authTime: now, sessionId: randomHandle() },
      platform: 'native',
      scope: requireParameter(token, 'scope'),
      claims: request.form.get('claims') ?? undefined,
    })
  }

/** The grants that federation adds to the token endpoint. */
export const federationGrants: Readonly<Record<string, Grant>> = {
  'urn:ietf:params:oauth:grant-type:saml1_1-bearer': samlBearer(dialects['13'].tokenType),
  'urn:ietf:params:oauth:grant-type:saml2-bearer': samlBearer(dialects['2005'].tokenType),
}

const describePolicy = (version: Dialect): string => {
  const { policy, supportingTokens } = dialects[version]
  return `<wsp:Policy wsu:Id="Policy${version}"><wsp:ExactlyOne><wsp:All><sp:TransportBinding xmlns:sp="${policy}"/><sp:${supportingTokens} xmlns:sp="${policy}"><wsp:Policy><sp:UsernameToken><wsp:Policy><sp:WssUsernameToken10/></wsp:Policy></sp:UsernameToken></wsp:Policy></sp:${supportingTokens}></wsp:All></wsp:ExactlyOne></wsp:Policy>`
}

const describeBinding = (version: Dialect): string =>
  `<wsdl:binding name="Binding${version}" type="tns:Trust${version}"><wsp:PolicyReference URI="#Policy${version}"/><soap12:binding transport="http://schemas.xmlsoap.org/soap/http"/><wsdl:operation name="Issue"><soap12:operation soapAction="${dialects[version].namespace}/RST/Issue" style="document"/></wsdl:operation></wsdl:binding>`

const describePort = (version: Dialect, origin: string): string => {
  const address = `${origin}/adfs/services/trust/${version}/usernamemixed`
  return `<wsdl:port name="Port${version}" binding="tns:Binding${version}"><soap12:address location="${address}"/><wsa10:EndpointReference><wsa10:Address>${address}</wsa10:Address></wsa10:EndpointReference></wsdl:port>`
}

const fault = (code: string, reason: string): HttpReply =>
  xmlReply(
    500,
    `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2005/02/trust"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>${code}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en-US">${reason}</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>`,
  )

const xmlReply = (status: number, body: string): HttpReply => ({
  status,
  headers: { 'content-type': 'application/soap+xml; charset=utf-8' },
  body,
})

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

const readElement = (xml: string, name: string): string => {
  const text = new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)<`).exec(xml)?.[1] ?? ''
  return text.replace(/&(\w+);/g, (entity, key: string) => entities[key] ?? entity)
}
