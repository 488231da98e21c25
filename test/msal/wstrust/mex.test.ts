import assert from 'node:assert/strict'
import { findPasswordEndpoint } from '../../../src/msal/wstrust/mex.ts'
import { parseXml } from '../../../src/msal/wstrust/xml.ts'
import { ACTION_13, ACTION_2005, mexOf, URL_13, URL_2005, type Endpoint } from './documents.ts'

const TRUST_13: Endpoint = { name: 'UserNameWSTrust13', url: URL_13, action: ACTION_13 }
const TRUST_2005: Endpoint = { name: 'UserNameWSTrust2005', url: URL_2005, action: ACTION_2005 }

const isHttps = (url: string): boolean => url.toLowerCase().startsWith('https://')
const find = async (document: string) => findPasswordEndpoint(await parseXml(document, 'fs.contoso.com'), isHttps)

describe("A federation server's metadata", () => {
  const found: readonly [behaviour: string, document: string, url: string, version: string][] = [
    ['names WS-Trust 1.3', mexOf(TRUST_13), URL_13, '1.3'],
    ['names WS-Trust 2005', mexOf(TRUST_2005), URL_2005, '2005'],
    ['names both, and 1.3 is preferred', mexOf(TRUST_2005, TRUST_13), URL_13, '1.3'],
    ['describes 1.3 in the policy language of 2005', mexOf({ ...TRUST_13, dialect: '2005' }), URL_13, '1.3'],
    [
      'names an action that is unknown before one that is known',
      mexOf({ ...TRUST_13, name: 'strange', action: 'urn:strange' }, TRUST_2005),
      URL_2005,
      '2005',
    ],
    ['surrounds the address with white space', mexOf({ ...TRUST_13, url: `\n  ${URL_13}\n` }), URL_13, '1.3'],
    [
      'writes the scheme in capitals',
      mexOf({ ...TRUST_13, url: 'HTTPS://fs.contoso.com/x' }),
      'HTTPS://fs.contoso.com/x',
      '1.3',
    ],
    ['has an escaped address', mexOf({ ...TRUST_13, url: `${URL_13}?a=1&amp;b=2` }), `${URL_13}?a=1&b=2`, '1.3'],
    [
      'has other prefixes and a default namespace',
      mexOf(TRUST_13).replaceAll('wsdl:', '').replace('xmlns:wsdl', 'xmlns').replaceAll('wsa10', 'ns7'),
      URL_13,
      '1.3',
    ],
    [
      'names an endpoint for certificates first',
      mexOf({ ...TRUST_13, name: 'certificate', token: 'X509Token', url: 'https://fs.contoso.com/cert' }, TRUST_13),
      URL_13,
      '1.3',
    ],
  ]
  for (const [behaviour, document, url, version] of found)
    it(`is understood where it ${behaviour}`, async () => {
      assert.deepEqual(await find(document), { url, version })
    })

  const refused: readonly [why: string, document: string][] = [
    ['has no endpoint', mexOf()],
    ['takes certificates only', mexOf({ ...TRUST_13, token: 'X509Token' })],
    ['takes passwords without TLS', mexOf({ ...TRUST_13, isOverTls: false })],
    ['has a plain http address', mexOf({ ...TRUST_13, url: URL_13.replace('https', 'http') })],
    ['has an empty address', mexOf({ ...TRUST_13, url: '' })],
    ['speaks SOAP over something else', mexOf({ ...TRUST_13, transport: 'urn:pigeon' })],
    ['knows actions that are unknown only', mexOf({ ...TRUST_13, action: 'urn:strange' })],
    ['refers to a policy that is not there', mexOf({ ...TRUST_13, policyUri: '#other' })],
    ['has all that in another namespace', mexOf(TRUST_13).replaceAll('http://schemas.xmlsoap.org/wsdl/"', 'urn:x"')],
    ['is a web page', '<html><body/></html>'],
  ]
  for (const [why, document] of refused)
    it(`yields no endpoint where it ${why}`, async () => {
      assert.equal(await find(document), undefined)
    })
})
