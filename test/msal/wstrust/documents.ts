/** Documents as federation servers write them. */

const SP = 'http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702'
const SP2005 = 'http://schemas.xmlsoap.org/ws/2005/07/securitypolicy'
export const ACTION_13 = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue'
export const ACTION_2005 = 'http://schemas.xmlsoap.org/ws/2005/02/trust/RST/Issue'
export const SAML_11 = 'urn:oasis:names:tc:SAML:1.0:assertion'
export const SAML_20 = 'urn:oasis:names:tc:SAML:2.0:assertion'
export const URL_13 = 'https://fs.contoso.com/adfs/services/trust/13/usernamemixed'
export const URL_2005 = 'https://fs.contoso.com/adfs/services/trust/2005/usernamemixed'

/** One endpoint of a WSDL document, and how its parts may differ from what a client looks for. */
export interface Endpoint {
  readonly name: string
  readonly url: string
  readonly action?: string
  /** The policy's dialect; default that of the action. */
  readonly dialect?: '13' | '2005'
  readonly token?: string
  readonly isOverTls?: boolean
  readonly transport?: string
  readonly policyUri?: string
}

/** A policy that takes what it is told to: a user name and a password unless something else. */
function policyOf({ name, action = ACTION_13, dialect, token = 'UsernameToken', isOverTls = true }: Endpoint): string {
  const is13 = (dialect ?? (action === ACTION_13 ? '13' : '2005')) === '13'
  const tokens = is13 ? 'SignedEncryptedSupportingTokens' : 'SignedSupportingTokens'
  return `<wsp:Policy wsu:Id="${name}_policy"><wsp:ExactlyOne><wsp:All>
    ${isOverTls ? `<x:TransportBinding xmlns:x="${is13 ? SP : SP2005}"><wsp:Policy/></x:TransportBinding>` : ''}
    <x:${tokens} xmlns:x="${is13 ? SP : SP2005}"><wsp:Policy><x:${token}><wsp:Policy><x:WssUsernameToken10/></wsp:Policy></x:${token}></wsp:Policy></x:${tokens}>
  </wsp:All></wsp:ExactlyOne></wsp:Policy>`
}

const bindingOf = ({ name, action = ACTION_13, transport, policyUri }: Endpoint): string =>
  `<wsdl:binding name="${name}_binding" type="tns:Contract"><wsp:PolicyReference URI="${policyUri ?? `#${name}_policy`}"/>
  <soap12:binding transport="${transport ?? 'http://schemas.xmlsoap.org/soap/http'}"/>
  <wsdl:operation name="Issue"><soap12:operation soapAction="${action}" style="document"/></wsdl:operation></wsdl:binding>`

const portOf = ({ name, url }: Endpoint): string =>
  `<wsdl:port name="${name}" binding="tns:${name}_binding"><soap12:address location="${url}"/>
  <wsa10:EndpointReference><wsa10:Address>${url}</wsa10:Address></wsa10:EndpointReference></wsdl:port>`

/** The metadata of a federation server with these endpoints. */
export const mexOf = (...endpoints: readonly Endpoint[]): string => `<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions name="SecurityTokenService" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy"
  xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:wsa10="http://www.w3.org/2005/08/addressing" xmlns:tns="urn:tns"
  xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">
${endpoints.map(policyOf).join('')}${endpoints.map(bindingOf).join('')}
<wsdl:service name="SecurityTokenService">${endpoints.map(portOf).join('')}</wsdl:service></wsdl:definitions>`

/** A SOAP 1.2 message. */
export const envelopeOf = (body: string): string =>
  `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header><a:Action s:mustUnderstand="1">x</a:Action></s:Header><s:Body>${body}</s:Body></s:Envelope>`

/** An answer that holds a token; the token type stands behind it, as AD FS has it. */
export const responseOf = (token: string, type: string = SAML_11): string =>
  `<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust"><t:Lifetime><t:Created>2026</t:Created></t:Lifetime><t:RequestedSecurityToken>${token}</t:RequestedSecurityToken><t:TokenType>${type}</t:TokenType></t:RequestSecurityTokenResponse>`

/** A SOAP 1.2 refusal, as AD FS words it. */
export const faultOf = (reason: string, code = 'a:FailedAuthentication'): string =>
  envelopeOf(
    `<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>${code}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en-US">${reason}</s:Text></s:Reason><s:Detail><Text>detail</Text><Value>detail</Value></s:Detail></s:Fault>`,
  )
