import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { escapeXml, parseXml, select } from '../../../src/msal/wstrust/xml.ts'

const PLACE = 'fs.contoso.com'

describe('XML', () => {
  it('is read with its namespaces, whatever the prefixes', async () => {
    const root = await parseXml('<a xmlns="urn:a" xmlns:b="urn:b" b:id="1" id="2"><b:c/><c/></a>', PLACE)
    assert.deepEqual([root.namespace, root.name], ['urn:a', 'a'])
    assert.equal(root.attributes.get('{urn:b}id'), '1')
    assert.equal(root.attributes.get('id'), '2')
    assert.equal(select(root, [['urn:b', 'c']]).length, 1)
  })

  it('has as text what entities of its own and CDATA mean, without comments', async () => {
    const root = await parseXml('<a>1 &lt;&#50;&#x33;<!-- 4 --><b>5</b><![CDATA[<6>]]></a>', PLACE)
    assert.equal(root.text, '1 <23<6>')
  })

  const inners: readonly [behaviour: string, document: string, inner: string][] = [
    ['is empty', '<r><x/></r>', ''],
    ['is empty, in two tags', '<r><x></x></r>', ''],
    ['is text with entities', '<r><x>a &amp; b&#10;</x></r>', 'a &amp; b&#10;'],
    ['has line breaks of Windows', '<r>\r\n<x>\r\n <y\r\n z="1"/>\r\n</x>\r\n</r>', '\r\n <y\r\n z="1"/>\r\n'],
    ['has characters of two units before and in it', '<r>💜💜<x>💜<y/>é💜</x>💜</r>', '💜<y/>é💜'],
    [
      'has an end tag in CDATA and comments',
      '<r><x><![CDATA[</x>]]><!-- </x> --></x></r>',
      '<![CDATA[</x>]]><!-- </x> -->',
    ],
    ['has an end tag in an attribute', `<r><x><y z="&lt;/x>" w='>'/></x></r>`, `<y z="&lt;/x>" w='>'/>`],
    ['is closed with white space', '<r><x><y/></x \n></r>', '<y/>'],
    ['holds an element of the same name', '<r><x><x>1</x></x></r>', '<x>1</x>'],
    ['closes together with what is around it', '<r><x><y></y></x></r>', '<y></y>'],
    ['stands behind a declaration and a byte order mark', '\ufeff<?xml version="1.0"?>\n<r><x><y/></x></r>', '<y/>'],
  ]
  for (const [behaviour, document, inner] of inners)
    it(`keeps the inside of an element as it is where it ${behaviour}`, async () => {
      const root = await parseXml(document, PLACE)
      assert.equal(root.children[0]?.inner, inner)
    })

  const lol = `<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "${'&lol;'.repeat(10)}"><!ENTITY lol3 "${'&lol2;'.repeat(10)}">]><lolz>&lol3;</lolz>`
  const declared: readonly [what: string, document: string][] = [
    ['a billion laughs', lol],
    ['an external entity', '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>'],
    ['an external DTD', '<!DOCTYPE r SYSTEM "https://evil.example/x.dtd"><r/>'],
    ['an HTML page', '<!doctype html><html/>'],
    ['an entity alone', '<r><!ENTITY x "y"></r>'],
  ]
  for (const [what, document] of declared)
    it(`is refused unread where it is ${what}`, async () => {
      await assert.rejects(parseXml(document, PLACE), {
        name: 'FederationError',
        message: /^fs\.contoso\.com answered with XML that declares/,
      })
    })

  const malformed: readonly [what: string, document: string][] = [
    ['nothing', ''],
    ['white space', ' \n'],
    ['text', 's3cret'],
    ['JSON', '{"s3cret":1}'],
    ['an element that is not closed', '<r>s3cret'],
    ['elements closed in another order', '<a><b>s3cret</a></b>'],
    ['two roots', '<a>s3cret</a><b/>'],
    ['an unknown entity', '<r s3cret="1">&s3cret;</r>'],
    ['an unbound prefix', '<s3cret:r/>'],
    ['an attribute twice', '<r s3cret="1" s3cret="2"/>'],
    ['a control character', '<r>\u0001</r>'],
    ['a reference to a control character', '<r>&#0;</r>'],
    ['65 levels deep', '<a>'.repeat(65) + '</a>'.repeat(65)],
  ]
  for (const [what, document] of malformed)
    it(`is refused, and not quoted, where it is ${what}`, async () => {
      await assert.rejects(parseXml(document, PLACE), (error: Error) => {
        assert.equal(error.name, 'FederationError')
        assert.match(error.message, /^fs\.contoso\.com answered with what is no well-formed XML$/)
        assert.equal(error.cause, undefined)
        return true
      })
    })

  it('is read up to 64 levels', async () => {
    assert.equal((await parseXml('<a>'.repeat(64) + '</a>'.repeat(64), PLACE)).name, 'a')
  })

  const huge: readonly [what: string, document: string][] = [
    ['text', `<r>${'x'.repeat(1 << 20)}</r>`],
    ['line breaks', `<r>${'\r'.repeat(1 << 20)}</r>`],
    ['elements', `<r>${'<a/>'.repeat(1 << 18)}</r>`],
    ['attributes', `<r ${Array.from({ length: 1 << 16 }, (_, i) => `a${i.toString()}=""`).join(' ')}/>`],
    ['escapes', `<r>${'&amp;'.repeat(200_000)}</r>`],
    ['start tags', '<a>'.repeat(350_000)],
    [
      'namespaces',
      Array.from({ length: 30_000 }, (_, i) => `<a xmlns:p${i.toString()}="urn:${i.toString()}">`).join(''),
    ],
    ['angle brackets', '<'.repeat(1 << 20)],
    ['a name', `<${'a'.repeat(1 << 20)}/>`],
  ]
  for (const [what, document] of huge)
    it(`is read or refused in seconds where it is 1 MB of ${what}`, async () => {
      await parseXml(document, PLACE).catch((error: Error) => {
        assert.equal(error.name, 'FederationError')
      })
    }).timeout(10_000)

  it('is written with everything escaped that could end a value', () => {
    assert.equal(escapeXml(`<&"'>\r`), '&lt;&amp;&quot;&apos;&gt;&#13;')
  })

  it('is read by a parser that is not loaded before', () => {
    const source = readFileSync(new URL('../../../src/msal/wstrust/xml.ts', import.meta.url), 'utf8')
    assert.doesNotMatch(source, /^import (?!type)[^\n]*'saxes'/m)
    assert.match(source, /await import\('saxes'\)/)
  })
})
