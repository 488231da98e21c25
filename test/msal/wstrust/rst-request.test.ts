import assert from 'node:assert/strict'
import { SaxesParser } from 'saxes'
import { buildTokenRequest } from '../../../src/msal/wstrust/rst-request.ts'
import type { TrustEndpoint } from '../../../src/msal/wstrust/trust-version.ts'
import { ACTION_13, ACTION_2005, URL_13, URL_2005 } from './documents.ts'

const REQUEST = {
  username: 'ada@contoso.com',
  password: 'pass',
  audience: 'urn:federation:MicrosoftOnline',
  now: Date.UTC(2026, 0, 31, 23, 55, 7, 999),
}
const AT_13: TrustEndpoint = { url: URL_13, version: '1.3' }

/** What a reader finds: the text of each element that has any, by its path of local names. */
function textsOf(xml: string): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {}
  const path: string[] = []
  const parser = new SaxesParser({ xmlns: true })
  parser.on('opentag', ({ local }) => void path.push(local))
  parser.on('closetag', () => void path.pop())
  parser.on('text', (text) => (texts[path.join('/')] = text))
  parser.write(xml).close()
  return texts
}

const SECURITY = 'Envelope/Header/Security'
const TOKEN_REQUEST = 'Envelope/Body/RequestSecurityToken'

describe('A request for an assertion', () => {
  const versions = [
    {
      endpoint: AT_13,
      action: ACTION_13,
      keyType: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512/Bearer',
      requestType: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512/Issue',
    },
    {
      endpoint: { url: URL_2005, version: '2005' } as const,
      action: ACTION_2005,
      keyType: 'http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey',
      requestType: 'http://schemas.xmlsoap.org/ws/2005/02/trust/Issue',
    },
  ]
  for (const { endpoint, action, keyType, requestType } of versions)
    it(`says in the words of WS-Trust ${endpoint.version} who asks, where, when and what for`, () => {
      const { 'Envelope/Header/MessageID': id, ...texts } = textsOf(buildTokenRequest(endpoint, REQUEST))
      assert.match(id ?? '', /^urn:uuid:[0-9a-f-]{36}$/)
      assert.deepEqual(texts, {
        'Envelope/Header/Action': action,
        'Envelope/Header/ReplyTo/Address': 'http://www.w3.org/2005/08/addressing/anonymous',
        'Envelope/Header/To': endpoint.url,
        [`${SECURITY}/Timestamp/Created`]: '2026-01-31T23:55:07Z',
        [`${SECURITY}/Timestamp/Expires`]: '2026-02-01T00:05:07Z',
        [`${SECURITY}/UsernameToken/Username`]: 'ada@contoso.com',
        [`${SECURITY}/UsernameToken/Password`]: 'pass',
        [`${TOKEN_REQUEST}/AppliesTo/EndpointReference/Address`]: 'urn:federation:MicrosoftOnline',
        [`${TOKEN_REQUEST}/KeyType`]: keyType,
        [`${TOKEN_REQUEST}/RequestType`]: requestType,
      })
    })

  it('has a number of its own each time', () => {
    const numberOf = () => textsOf(buildTokenRequest(AT_13, REQUEST))['Envelope/Header/MessageID']
    assert.notEqual(numberOf(), numberOf())
  })

  const awkward = [
    `<&"'>`,
    '</o:Password><o:Password>injected',
    ']]>',
    '<![CDATA[x]]>',
    '<!-- x -->',
    '&amp;lt;',
    '&#60;&x;',
    'ädä@contöso.com',
    '💜パスワード',
    '  leading and trailing  ',
    'tab\tline\nreturn\rboth\r\nend',
    '$& $1 $`',
  ]
  for (const value of awkward)
    it(`carries ${JSON.stringify(value)} as it is, in each of its values`, () => {
      const texts = textsOf(
        buildTokenRequest({ ...AT_13, url: value }, { ...REQUEST, username: value, password: value, audience: value }),
      )
      assert.equal(texts[`${SECURITY}/UsernameToken/Username`], value)
      assert.equal(texts[`${SECURITY}/UsernameToken/Password`], value)
      assert.equal(texts['Envelope/Header/To'], value)
      assert.equal(texts[`${TOKEN_REQUEST}/AppliesTo/EndpointReference/Address`], value)
    })

  for (const value of ['a\u0000', 'a\u001f', '\ud83d', '\udc9c', '\uffff'])
    for (const name of ['username', 'password'] as const)
      it(`refuses a ${name} with ${JSON.stringify(value)}, which XML can't hold, without naming it`, () => {
        assert.throws(
          () => buildTokenRequest(AT_13, { ...REQUEST, [name]: `s3cret${value}` }),
          (error: Error & { argument?: string }) =>
            error.name === 'ConfigurationError' && error.argument === name && !error.message.includes('s3cret'),
        )
      })
})
