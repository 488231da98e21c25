import assert from 'node:assert/strict'
import { parseTokenResponse } from '../../../src/msal/wstrust/rst-response.ts'
import { envelopeOf, faultOf, responseOf, SAML_11, SAML_20 } from './documents.ts'

const SOURCE = { host: 'fs.contoso.com', status: 200, hidden: ['p4ssword', 'ada@contoso.com'] }
const parse = (text: string, status = 200) => parseTokenResponse(text, { ...SOURCE, status })

const SIMPLE = '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion" AssertionID="x"/>'
const PROFILE = 'http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1'
const COLLECTION = (...responses: readonly string[]) =>
  `<c:RequestSecurityTokenResponseCollection xmlns:c="http://docs.oasis-open.org/ws-sx/ws-trust/200512">${responses.join('')}</c:RequestSecurityTokenResponseCollection>`

describe("A federation server's answer", () => {
  const types: readonly [type: string, version: string][] = [
    [SAML_11, '1.1'],
    [SAML_20, '2.0'],
    [`${PROFILE}#SAMLV1.1`, '1.1'],
    [`${PROFILE}#SAMLV2.0`, '2.0'],
    [`\n  ${SAML_20}\n`, '2.0'],
  ]
  for (const [type, version] of types)
    it(`holds an assertion of SAML ${version} where it says ${JSON.stringify(type)}`, async () => {
      assert.deepEqual(await parse(envelopeOf(responseOf(SIMPLE, type))), { version, text: SIMPLE })
    })

  const assertions: readonly [behaviour: string, text: string][] = [
    ['line breaks of Windows', '<a:Assertion xmlns:a="u"\r\n  b="1">\r\n\r\n</a:Assertion>'],
    [
      'attributes in a strange order and quotes of both kinds',
      `<Assertion z='1' xmlns="u"   a = "2" m='"'></Assertion>`,
    ],
    ['empty elements written in two ways', '<Assertion><a/><b></b><c /></Assertion>'],
    ['escapes that could be written otherwise', '<Assertion a="&#x41;&quot;">&gt;&#65;&apos;"</Assertion>'],
    ['comments and CDATA', '<Assertion><!-- <a> --><![CDATA[</Assertion>&]]></Assertion>'],
    ['a comment that splits a name', '<Assertion><NameID>ada@contoso.com<!---->.evil.example</NameID></Assertion>'],
    ['namespaces that are declared twice', '<a:A xmlns:a="u"><a:B xmlns:a="u" xmlns:b="w"/></a:A>'],
    ['an assertion within', '<Assertion ID="1"><Advice><Assertion ID="2"/></Advice></Assertion>'],
    ['a token answer within', `<Assertion>${responseOf('<Assertion ID="evil"/>')}</Assertion>`],
    ['letters of all kinds', '<Assertion><Name>Ädä 💜 パ</Name></Assertion>'],
    [
      'a signature',
      '<Assertion><ds:Signature xmlns:ds="d"><ds:SignatureValue>AB+/\n=</ds:SignatureValue></ds:Signature></Assertion>',
    ],
    ['white space around it', '\r\n\t<Assertion/>\n '],
    ['a comment before it', '<!-- x --><Assertion/>'],
    ['no SAML in its name, being encrypted', '<e:EncryptedData xmlns:e="http://www.w3.org/2001/04/xmlenc#"/>'],
  ]
  for (const [behaviour, text] of assertions)
    it(`gives the assertion as it is where it has ${behaviour}`, async () => {
      assert.equal((await parse(envelopeOf(responseOf(text)))).text, text)
    })

  const shapes: readonly [behaviour: string, document: string][] = [
    ['a collection of WS-Trust 1.3', envelopeOf(COLLECTION(responseOf(SIMPLE)))],
    [
      'a collection whose first entry has no token',
      envelopeOf(COLLECTION('<RequestSecurityTokenResponse/>', responseOf(SIMPLE))),
    ],
    ['no envelope', responseOf(SIMPLE)],
    ['other prefixes', envelopeOf(responseOf(SIMPLE).replaceAll('t:', 'trust:').replace('xmlns:t=', 'xmlns:trust='))],
    ['a default namespace', envelopeOf(responseOf(SIMPLE).replaceAll('t:', '').replace('xmlns:t=', 'xmlns='))],
    [
      'the type before the token',
      envelopeOf(
        responseOf(SIMPLE).replace(
          /(<t:RequestedSecurityToken>.*<\/t:RequestedSecurityToken>)(<t:TokenType>.*<\/t:TokenType>)/,
          '$2$1',
        ),
      ),
    ],
    ['a declaration', `<?xml version="1.0" encoding="utf-8"?>\r\n${envelopeOf(responseOf(SIMPLE))}`],
    ['status 500 all the same', envelopeOf(responseOf(SIMPLE))],
  ]
  for (const [behaviour, document] of shapes)
    it(`is understood where it has ${behaviour}`, async () => {
      const status = behaviour.startsWith('status 500') ? 500 : 200
      assert.deepEqual(await parse(document, status), { version: '1.1', text: SIMPLE })
    })

  const useless: readonly [why: string, document: string][] = [
    ['an unknown type of token', envelopeOf(responseOf(SIMPLE, 'urn:ietf:params:oauth:token-type:jwt'))],
    ["a type of token that is a word of JavaScript's", envelopeOf(responseOf(SIMPLE, 'constructor'))],
    ['no type of token', envelopeOf(responseOf(SIMPLE).replace(/<t:TokenType>.*<\/t:TokenType>/, ''))],
    [
      'no token',
      envelopeOf(responseOf(SIMPLE).replace(/<t:RequestedSecurityToken>.*<\/t:RequestedSecurityToken>/, '')),
    ],
    ['an empty token', envelopeOf(responseOf(''))],
    ['a token that is text', envelopeOf(responseOf('s3cret'))],
    ['two tokens in one', envelopeOf(responseOf(SIMPLE + SIMPLE))],
    ['nothing in its envelope', envelopeOf('')],
    ['a token in a comment', envelopeOf(`<!--${responseOf(SIMPLE).replaceAll('--', '')}-->`)],
    ['a token in CDATA', envelopeOf(`<![CDATA[${responseOf(SIMPLE)}]]>`)],
    ['a web page', '<html><body>s3cret</body></html>'],
    ['text', 's3cret'],
    ['a document type', `<!DOCTYPE x>${envelopeOf(responseOf(SIMPLE))}`],
  ]
  for (const [why, document] of useless)
    it(`is refused, and not quoted, where it has ${why}`, async () => {
      await assert.rejects(parse(document), (error: Error & { code?: string }) => {
        assert.equal(error.name, 'FederationError')
        assert.equal(error.code, undefined)
        assert.match(error.message, /^fs\.contoso\.com /)
        assert.doesNotMatch(error.message, /s3cret|</)
        return true
      })
    })

  const SOAP_11 =
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault><faultcode>wsse:FailedAuthentication</faultcode><faultstring>No</faultstring></e:Fault></e:Body></e:Envelope>'
  const refusals: readonly [behaviour: string, document: string, message: string, code: string][] = [
    [
      'the server said',
      faultOf('MSIS3126: Access denied.'),
      'fs.contoso.com refused: MSIS3126: Access denied.',
      'a:FailedAuthentication',
    ],
    ['a server of SOAP 1.1 said', SOAP_11, 'fs.contoso.com refused: No', 'wsse:FailedAuthentication'],
    [
      'the first of several languages says',
      faultOf('No.</s:Text><s:Text xml:lang="fr">Non.'),
      'fs.contoso.com refused: No.',
      'a:FailedAuthentication',
    ],
    [
      'was said, on one line',
      faultOf(' a\r\n\tb&#9;&#x85;c '),
      'fs.contoso.com refused: a b c',
      'a:FailedAuthentication',
    ],
    [
      'was said, without its markup',
      faultOf('Go &lt;a href="x">here&lt;/a> &lt;script'),
      'fs.contoso.com refused: Go here',
      'a:FailedAuthentication',
    ],
    [
      'was said in CDATA',
      faultOf('<![CDATA[A <b>bold</b> no]]>'),
      'fs.contoso.com refused: A bold no',
      'a:FailedAuthentication',
    ],
    [
      'was said, 500 characters of it',
      faultOf('x'.repeat(600)),
      `fs.contoso.com refused: ${'x'.repeat(500)}`,
      'a:FailedAuthentication',
    ],
    [
      'was said but for name and password',
      faultOf('ada@contoso.com has no p4ssword'),
      'fs.contoso.com refused: … has no …',
      'a:FailedAuthentication',
    ],
    ['little was said', faultOf(''), 'fs.contoso.com refused', 'a:FailedAuthentication'],
    [
      'the code is, without a sub-code',
      faultOf('No').replace(/<s:Subcode>.*<\/s:Subcode>/, ''),
      'fs.contoso.com refused: No',
      's:Sender',
    ],
  ]
  for (const [behaviour, document, message, code] of refusals)
    it(`that is a refusal says what ${behaviour}`, async () => {
      await assert.rejects(parse(document, 500), { name: 'FederationError', message, code, status: 500 })
    })
})
