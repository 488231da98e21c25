import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../src', import.meta.url))

interface Source {
  /** Path below `src`, with slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

const sources: readonly Source[] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => {
    const text = readFileSync(join(root, path), 'utf8')
    return { path: path.replaceAll('\\', '/'), text, imports: readImports(text) }
  })

function readImports(text: string): readonly string[] {
  const statements = text.matchAll(/(?:^|\n)(?:import|export)\s[^'";]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g)
  return [...statements].map(([, from, dynamic]) => from ?? dynamic ?? '')
}

/** The path below `src` that a relative import means; undefined for a package. */
const resolve = (from: Source, target: string): string | undefined =>
  target.startsWith('.') ? normalize(join(dirname(from.path), target)).replaceAll('\\', '/') : undefined

/** Lower layers first; those of one row don't know each other. */
const LAYERS: readonly (readonly string[])[] = [
  ['core'],
  ['oauth', 'cache', 'http', 'pop'],
  ['authority', 'broker', 'wstrust', 'managed-identity'],
  ['grants'],
  ['flows'],
]

/** Neighbours that one row's folders may still know: the wire's formats rest on the transport. */
const ALLOWED_NEIGHBOURS: ReadonlySet<string> = new Set(['oauth>http'])

function layerOf(path: string): { readonly folder: string; readonly level: number } {
  const [, folder = '', ...rest] = path.split('/')
  if (rest.length === 0) return { folder: '', level: LAYERS.length }
  return { folder, level: LAYERS.findIndex((row) => row.includes(folder)) }
}

/** JOSE, and the one hash that must be had at once. */
const PACKAGES: ReadonlySet<string> = new Set(['jose', '@noble/hashes/sha2.js'])

const WORLDS = /^(msal|node|web|vscode)\//

const inside = (folder: string): readonly Source[] => sources.filter(({ path }) => path.startsWith(`${folder}/`))

/** The code without comments and texts. */
const codeOf = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '').replace(/'(?:[^'\\\n]|\\.)*'/g, "''")

describe('The architecture', () => {
  it('reads the imports that it judges', () => {
    assert.deepEqual(readImports("import { a } from './a.ts'\nexport * from 'b'\nconst c = await import('c')"), [
      './a.ts',
      'b',
      'c',
    ])
  })

  it('knows every folder of the library', () => {
    const strange = inside('msal').filter(({ path }) => layerOf(path).level < 0)
    assert.deepEqual(
      strange.map(({ path }) => path),
      [],
    )
  })

  it('lets a lower layer of the library never import a higher one or its neighbour', () => {
    const wrong: string[] = []
    for (const source of inside('msal'))
      for (const target of source.imports) {
        const path = resolve(source, target)
        if (!path) continue
        const [from, to] = [layerOf(source.path), layerOf(path)]
        const isNeighbour = from.level === to.level && from.folder !== to.folder
        const isAllowed = ALLOWED_NEIGHBOURS.has(`${from.folder}>${to.folder}`)
        if (to.level > from.level || (isNeighbour && !isAllowed)) wrong.push(`${source.path} imports ${path}`)
      }
    assert.deepEqual(wrong, [])
  })

  it('has no import cycles', () => {
    const edges = new Map(
      sources.map((source) => [source.path, source.imports.flatMap((target) => resolve(source, target) ?? [])]),
    )
    const state = new Map<string, 'open' | 'done'>()
    const cycles: string[] = []
    const visit = (path: string, trail: readonly string[]): void => {
      if (state.get(path) === 'open') cycles.push([...trail, path].join(' > '))
      if (state.has(path)) return
      state.set(path, 'open')
      for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
      state.set(path, 'done')
    }
    for (const path of edges.keys()) visit(path, [])
    assert.deepEqual(cycles, [])
  })

  it('keeps the library free of any platform', () => {
    const allowed = (source: Source, target: string) =>
      target.startsWith('.')
        ? (resolve(source, target)?.startsWith('msal/') ?? false)
        : PACKAGES.has(target) || source.path.startsWith('msal/wstrust/')
    const wrong = inside('msal').flatMap((source) =>
      source.imports.filter((target) => !allowed(source, target)).map((target) => `${source.path} imports ${target}`),
    )
    assert.deepEqual(wrong, [])
    const platform =
      /\bprocess\.|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|(?<![.\w])fetch\(|\bconsole\.|\brequire\(/
    assert.deepEqual(
      inside('msal').flatMap(({ path, text }) => (platform.test(codeOf(text)) ? [path] : [])),
      [],
    )
  })

  it('lets node/ and web/ know only the ports and errors of the library, and vscode/ only its public names', () => {
    const wrong: string[] = []
    for (const source of sources)
      for (const target of source.imports) {
        const path = resolve(source, target)
        if (!path || !WORLDS.test(path)) continue
        const world = source.path.split('/')[0]
        // What both have comes from the web's standards, which Node knows.
        if (world === 'node' && !/^(node|web|msal\/(core|cache))\//.test(path))
          wrong.push(`${source.path} imports ${path}`)
        if (world === 'web' && !/^(web|msal\/core)\//.test(path)) wrong.push(`${source.path} imports ${path}`)
        if (world === 'vscode' && !path.startsWith('vscode/') && path !== 'msal/index.ts')
          wrong.push(`${source.path} imports ${path}`)
      }
    assert.deepEqual(wrong, [])
  })

  it("keeps the browser's root free of Node", () => {
    const byPath = new Map(sources.map((source) => [source.path, source]))
    const reached = new Set<string>()
    const visit = (path: string): void => {
      const source = byPath.get(path)
      if (!source || reached.has(path)) return
      reached.add(path)
      for (const target of source.imports) visit(resolve(source, target) ?? target)
    }
    visit('extension-web.ts')
    assert.ok(reached.has('web/web-platform.ts') && reached.has('msal/flows/device-flow.ts'))
    const wrong = [...reached].flatMap((path) => {
      const targets = byPath.get(path)?.imports.filter((target) => target.startsWith('node:')) ?? []
      return path.startsWith('node/') ? [path] : targets.map((target) => `${path} imports ${target}`)
    })
    assert.deepEqual(wrong, [])
  })

  it("imports 'vscode' in vscode/ and the roots alone", () => {
    const wrong = sources.filter(
      ({ path, imports }) => imports.includes('vscode') && path.includes('/') && !path.startsWith('vscode/'),
    )
    assert.deepEqual(
      wrong.map(({ path }) => path),
      [],
    )
  })

  it('has no file of more than 400 lines and no any', () => {
    const long = sources.filter(({ text }) => text.split('\n').length > 401).map(({ path }) => path)
    const untyped = sources.filter(({ text }) => /[:<(,]\s*any\b|\bas any\b/.test(codeOf(text))).map(({ path }) => path)
    assert.deepEqual({ long, untyped }, { long: [], untyped: [] })
  })
})
