import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { readZip } from '../support/zip.ts'
import { ROOT } from './install.ts'
import type { ExtensionFiles } from './web-server.ts'

const SOURCES = ['src', 'media', 'package.json', 'README.md', 'CHANGELOG.md', '.vscodeignore']
const run = promisify(execFile)

/**
 * Packages the extension unless the package is newer than everything in it.
 *
 * @returns the `.vsix` file
 * @throws {Error} with the output of `npm run package`
 */
export const packExtension = async (): Promise<string> => {
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string }
  const file = path.join(ROOT, `dist/entra-auth-${version}.vsix`)
  if (!existsSync(file) || (await newestChange()) > (await stat(file)).mtimeMs)
    await run('npm', ['run', '-s', 'package'], { cwd: ROOT })
  return file
}

const newestChange = async (): Promise<number> => {
  const times = SOURCES.map(async (name) => {
    const source = path.join(ROOT, name)
    if (!existsSync(source)) return 0
    const inside = (await stat(source)).isDirectory() ? await readdir(source, { recursive: true }) : []
    const files = [source, ...inside.map((file) => path.join(source, file))]
    return Math.max(...(await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs))))
  })
  return Math.max(...(await Promise.all(times)))
}

/** Bundles and packages the sample consumer extension; returns the `.vsix` file. */
export const packConsumer = async (): Promise<string> => {
  const source = path.join(ROOT, 'test/consumer')
  const folder = path.join(ROOT, '.cache/consumer')
  await rm(folder, { recursive: true, force: true })
  await bundle([path.join(source, 'extension.ts')], folder)
  for (const file of ['package.json', 'README.md']) await cp(path.join(source, file), path.join(folder, file))
  const lenient = ['--allow-missing-repository', '--no-rewrite-relative-links', '--skip-license']
  const flags = ['--no-dependencies', ...lenient, '--out', 'consumer-sample.vsix']
  await run(process.execPath, [path.join(ROOT, 'node_modules/@vscode/vsce/vsce'), 'package', ...flags], { cwd: folder })
  return path.join(folder, 'consumer-sample.vsix')
}

/** The files that the packaged extension consists of. */
export const readExtension = async (): Promise<ExtensionFiles> => {
  const inside = [...readZip(await readFile(await packExtension()))].filter(([name]) => name.startsWith('extension/'))
  return new Map(inside.map(([name, content]) => [name.slice('extension/'.length), content]))
}

/** The sample consumer extension, bundled for a browser; what it records goes to `{origin}/outcomes`. */
export const readWebConsumer = async (): Promise<ExtensionFiles> => {
  const source = path.join(ROOT, 'test/consumer')
  const { outputFiles } = await build({
    entryPoints: [path.join(source, 'extension.ts')],
    bundle: true,
    write: false,
    format: 'cjs',
    target: 'es2022',
    external: ['vscode'],
    alias: { 'node:fs': path.join(ROOT, 'test/host/web/outcomes.ts') },
    define: { 'process.env': JSON.stringify({ CONSUMER_SAMPLE_RESULTS: 'outcomes' }) },
    logLevel: 'warning',
  })
  const manifest = JSON.parse(await readFile(path.join(source, 'package.json'), 'utf8')) as object
  return new Map([
    ['package.json', JSON.stringify({ ...manifest, main: undefined, browser: './extension.js' })],
    ['extension.js', outputFiles[0]?.text ?? ''],
  ])
}

/** Bundles scripts for the extension host, one CommonJS file each. */
export const bundle = async (entryPoints: readonly string[], outdir: string): Promise<void> => {
  await mkdir(outdir, { recursive: true })
  await build({
    entryPoints: [...entryPoints],
    outdir,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  })
}
