import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { l10n } from 'vscode'
import failedPage from '../../media/sign-in-failed.html'
import signedInPage from '../../media/signed-in.html'
import { createPage } from '../../src/node/redirect-page.ts'
import { createResultPages } from '../../src/vscode/result-pages.ts'

const BUNDLE = path.resolve(import.meta.dirname, '../../media/l10n/bundle.l10n.de.json')
const german = JSON.parse(readFileSync(BUNDLE, 'utf8')) as Readonly<Record<string, string>>

/** The pages while texts are translated like this. */
function createTranslated(language: string, translate: (message: string) => string) {
  const { t } = l10n
  const replace = (message: string, value: string) => translate(message).replace('{0}', value)
  Object.assign(l10n, { t: replace })
  try {
    return createResultPages(language)
  } finally {
    Object.assign(l10n, { t })
  }
}

const squeeze = (html: string): string => html.replace(/>\s+|\s+</g, (gap) => gap.trim()).replace(/\s+/g, ' ')

describe('the pages that the browser shows at the end of a sign-in', () => {
  it("are the library's own where the window is English", () => {
    const { successTemplate, errorTemplate } = createResultPages('en')
    assert.equal(squeeze(successTemplate), squeeze(signedInPage))
    assert.equal(squeeze(errorTemplate), squeeze(failedPage))
  })

  it('speak the language of the window, and name it', () => {
    const pages = createTranslated('de', (message) => german[message] ?? message)
    const { html } = createPage({ code: 'c' }, pages)
    assert.match(html, /^<!doctype html>\n<html lang="de">/)
    assert.match(html, /<title>Anmeldung gelungen<\/title>[^]*<h1>Anmeldung gelungen<\/h1>/)
    assert.doesNotMatch(html, /You|Return/)
    const failed = createPage({ error: 'access_denied', error_description: 'No.' }, pages).html
    assert.match(failed, /<html lang="de">/)
    assert.match(failed, /<p>Der Anmeldedienst antwortete mit dem Fehler <code>access_denied<\/code>\.<\/p>/)
    assert.match(failed, /<blockquote>No\.<\/blockquote>/)
    assert.doesNotMatch(failed, /Sign-in|Return|The /)
  })

  it('take nothing of a translation or of a server for HTML, nor for a place where the server has its say', () => {
    const evil = `<script>1</script> "&' $error \${error_description} $$`
    const shown = '&lt;script&gt;1&lt;/script&gt; &quot;&amp;&#39; &#36;error &#36;{error_description} &#36;&#36;'
    const pages = createTranslated('de"><script>', () => evil)
    for (const answer of [{ code: 'c' }, { error: '<img>', error_description: '<script>2</script>' }]) {
      const { html, contentSecurityPolicy } = createPage(answer, pages)
      assert.ok(html.includes(`<h1>${shown}</h1>`))
      assert.ok(html.includes('<html lang="de&quot;&gt;&lt;script&gt;">'))
      assert.doesNotMatch(html, /<script|<img/)
      assert.match(contentSecurityPolicy, /^default-src 'none'; /)
    }
  })

  it('load nothing', () => {
    for (const html of Object.values(createTranslated('de', (message) => german[message] ?? message)))
      assert.doesNotMatch(html, /<script|\bon\w+=|\b(?:src|href|action)=|url\(|@import|https?:/i)
  })
})
