import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { getL10nJson } from '@vscode/l10n-dev'
import ts from 'typescript'

const ROOT = path.resolve(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8')
const readTexts = (name: string) => JSON.parse(read(`media/l10n/${name}`)) as Record<string, string>

const sources = readdirSync(path.join(ROOT, 'src/vscode'), { encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: read(`src/vscode/${name}`) }))

const placeholders = (text: string): readonly string[] => [...new Set(text.match(/\{\d+\}/g))].toSorted()
/** What a translation leaves alone: links, commands, names of settings and code. */
const untouched = (text: string): readonly string[] =>
  (text.match(/\]\([^)]*\)|`[^`]*`|#[\w.]+#|https?:\/\/[^\s)`]+/g) ?? []).toSorted()

describe('the texts', function () {
  // The exporter's parser is compiled first.
  this.timeout(60_000)

  it('of the code are all in the English bundle, and no others (npm run l10n)', async () => {
    const exported = await getL10nJson(sources.map(({ text }) => ({ contents: text, extension: '.ts' })))
    assert.deepEqual(Object.keys(readTexts('bundle.l10n.json')).toSorted(), Object.keys(exported).toSorted())
  })

  it('of the manifest are all in package.nls.json, and no others', () => {
    const used = [...new Set(read('package.json').match(/(?<=")%[\w.]+%(?=")/g))].map((key) => key.slice(1, -1))
    assert.deepEqual(Object.keys(readTexts('package.nls.json')).toSorted(), used.toSorted())
  })

  it('of the manifest that people are shown are translated', () => {
    const shown = textsOfManifest(JSON.parse(read('package.json')))
    assert.ok(shown.length > 50)
    assert.deepEqual(
      shown.filter(
        (text) => !/^%[\w.]+%$/.test(text) && !NAMES.has(text) && !/^[\w.-]+\.(com|us|cn|fr|de|sg)$/.test(text),
      ),
      [],
    )
  })

  for (const bundle of ['bundle.l10n', 'package.nls'])
    it(`are complete in German, with the same placeholders, links and names: ${bundle}`, () => {
      const [english, german] = [readTexts(`${bundle}.json`), readTexts(`${bundle}.de.json`)]
      assert.deepEqual(Object.keys(german).toSorted(), Object.keys(english).toSorted())
      for (const [key, text] of Object.entries(english)) {
        assert.deepEqual(placeholders(german[key] ?? ''), placeholders(text), key)
        assert.deepEqual(untouched(german[key] ?? ''), untouched(text), key)
      }
    })

  it('are found by the scan below where they are not translated', () => {
    const text = `import { l10n } from 'vscode'; const log = { info(t: string) {} }
      log.info('Signed in now'); throw new Error('not for people at all')
      show({ label: 'Sign In', detail: l10n.t('Use it now') }); tell(\`Hello \${name} there\`)`
    assert.deepEqual(untranslated({ name: 'a.ts', text }), [
      'a.ts: not for people at all',
      'a.ts: Sign In',
      'a.ts: Hello {} there',
    ])
  })

  it('that people are shown are translated', () => {
    assert.deepEqual(
      sources.flatMap(untranslated).filter((found) => !NOT_SHOWN.has(found)),
      [],
    )
  })

  it('that are excepted from the scan are still there', () => {
    const found = new Set(sources.flatMap(untranslated))
    assert.deepEqual(
      [...NOT_SHOWN].filter((text) => !found.has(text)),
      [],
    )
  })
})

/** Names that are the same in every language, keys of storage, and what only the log shows. */
const NOT_SHOWN: ReadonlySet<string> = new Set([
  'authority-address.ts: Microsoft Entra',
  'failure.ts: Nobody finished the sign-in within 5 minutes',
  'failure.ts: broker refused: status={} tag={} code={} codes={}',
  'failure.ts: server refused: {}',
  'failure.ts: unknown failure',
  'provider-registration.ts: Entra Auth',
  'provider-registration.ts: Microsoft Entra',
  ...['Microsoft Graph', 'Azure Resource Manager', 'Azure Key Vault', 'Azure Storage', 'Azure SQL', 'Azure DevOps'].map(
    (product) => `resource-name.ts: ${product}`,
  ),
  'session-records.ts: a record that was just written is gone',
  'sign-in-window.ts: The broker did not answer within {} s',
  'simulator-description.ts: the simulator names no "clients.public.clientId"',
  'simulator-description.ts: the simulator names no "http" origin',
  'simulator-description.ts: the simulator names no "users"',
  'tenant-picker.ts: contoso.com',
  'uri-sign-in.ts: No browser could be opened',
])

/** What is called the same in every language. */
const NAMES: ReadonlySet<string> = new Set(['Entra Auth', 'Microsoft Entra'])
const SHOWN_IN_MANIFEST =
  /^(description|markdownDescription|title|shortTitle|category|label|name|contents|contextualTitle|displayName|altText|(pattern)?ErrorMessage|(markdown)?enumDescriptions)$/i

/** The texts of a manifest that VS Code shows, wherever they are in it. */
function textsOfManifest(manifest: Readonly<Record<string, unknown>>): readonly string[] {
  const { description, displayName, contributes, capabilities } = manifest
  const collect = (name: string, value: unknown): readonly string[] => {
    if (typeof value === 'string') return SHOWN_IN_MANIFEST.test(name) ? [value] : []
    if (Array.isArray(value)) return value.flatMap((item: unknown) => collect(name, item))
    if (typeof value !== 'object' || value === null) return []
    return Object.entries(value).flatMap(([member, inner]) => collect(member, inner))
  }
  return Object.entries({ description, displayName, contributes, capabilities }).flatMap(([name, value]) =>
    collect(name, value),
  )
}

const SHOWN_MEMBERS: ReadonlySet<string> = new Set([
  'label',
  'title',
  'detail',
  'description',
  'placeholder',
  'tooltip',
])

/** Literals that look like words for people, outside `l10n.t` and the log. */
function untranslated({ name, text }: { readonly name: string; readonly text: string }): readonly string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return
    if (ts.isCallExpression(node) && isExempt(node.expression.getText())) return
    const words = textOf(node)
    if (words !== undefined && (/\p{L}{2,},? (?:\{\} )?\p{L}{2,}/u.test(words) || isShownMember(node, words)))
      found.push(`${name}: ${words}`)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true))
  return found
}

const isExempt = (callee: string): boolean => /(^|\.)(l10n\.t|(log|logger|channel)\.\w+)$/.test(callee)

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text
  if (!ts.isTemplateExpression(node)) return undefined
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('{}')
}

const isShownMember = (node: ts.Node, words: string): boolean =>
  ts.isPropertyAssignment(node.parent) && SHOWN_MEMBERS.has(node.parent.name.getText()) && /\p{L}{2,}/u.test(words)
