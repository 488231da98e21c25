import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import failedPage from '../../media/sign-in-failed.html'
import signedInPage from '../../media/signed-in.html'
import { createPage, fillTemplate } from '../../src/node/redirect-page.ts'

describe('templates', () => {
  const answer = { error: 'a<b', error_description: `"quoted" & 'single' $error \${error} $$`, code: 'c0de' }
  const description = '&quot;quoted&quot; &amp; &#39;single&#39; $error ${error} $$'
  const cases: readonly [string, string, string][] = [
    ['$error', 'a&lt;b', 'escape what they show'],
    ['${error}', 'a&lt;b', 'know braces'],
    ['$error_description', description, 'do not search what was put in'],
    ['<a title="${error_description}">', `<a title="${description}">`, 'can not be left through an attribute'],
    ['$code $state ${code}', '$code $state ${code}', 'show nothing else of an answer'],
    ['$errors $error_', '$errors $error_', 'take whole names only'],
    ['$$error $$5', '$error $5', 'have $$ for $'],
    ['5 $ {error} ${error', '5 $ {error} ${error', 'leave other dollars alone'],
  ]
  for (const [template, expected, rule] of cases) {
    it(rule, () => assert.equal(fillTemplate(template, answer), expected))
  }

  it('show nothing where the answer lacks a description', () => {
    assert.equal(fillTemplate('[$error_description]', { error: 'x' }), '[]')
  })
})

describe('policy of a page', () => {
  it('allows the built-in style by its hash, and no other', () => {
    for (const answer of [{ code: 'c' }, { error: 'e' }]) {
      const { html, contentSecurityPolicy } = createPage(answer, {})
      const style = /<style>([^]*)<\/style>/.exec(html)?.[1] ?? ''
      const hash = createHash('sha256').update(style).digest('base64')
      assert.ok(style.length > 100)
      assert.match(contentSecurityPolicy, /^default-src 'none'; /)
      assert.ok(contentSecurityPolicy.includes(`style-src 'sha256-${hash}';`))
      assert.ok(!contentSecurityPolicy.includes('unsafe'))
    }
  })

  it('allows the styles of a template, and no script', () => {
    const { contentSecurityPolicy } = createPage({ code: 'c' }, { successTemplate: '<script>1</script>' })
    assert.match(contentSecurityPolicy, /^default-src 'none'; style-src 'unsafe-inline';/)
    assert.doesNotMatch(contentSecurityPolicy, /script-src/)
  })

  it('gives a success template no part in a refusal', () => {
    assert.match(createPage({ error: 'e' }, { successTemplate: 'Fine' }).html, /Sign-in failed/)
    assert.match(createPage({ code: 'c' }, { errorTemplate: 'Bad' }).html, /You are signed in/)
  })
})

for (const [name, html] of [
  ['signed-in', signedInPage],
  ['sign-in-failed', failedPage],
] as const) {
  describe(`page ${name}`, () => {
    it('has a language, a title and one heading', () => {
      assert.match(html, /<html lang="en">/)
      assert.match(html, /<title>[^<]+<\/title>/)
      assert.equal(html.match(/<h1>/g)?.length, 1)
    })

    it('has no script and loads nothing', () => {
      assert.doesNotMatch(html, /<script|\bon\w+=|\b(?:src|href|action)=|url\(|@import|https?:/i)
    })

    it('is readable in light and dark', () => {
      const schemes = html.split('prefers-color-scheme: dark')
      assert.equal(schemes.length, 2)
      for (const scheme of schemes) {
        const color = (variable: string) => new RegExp(`--${variable}: (#\\w{6})`).exec(scheme)?.[1] ?? ''
        assert.ok(contrast(color('text'), color('card')) >= 7)
        assert.ok(contrast(color('accent'), color('card')) >= 3)
      }
    })
  })
}

/** @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((start) => parseInt(color.slice(start, start + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
