// `npm run package:platforms`: one package for each platform whose broker takes Microsoft's native runtime, with the binaries
// of that platform alone, and the universal one, which `npm run package` made before. Prints what each weighs.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '..')
const RUNTIME = 'node_modules/@azure/msal-node-runtime'
/** Node looks here first for what `dist/broker-child.js` asks for. */
const PLACE = `dist/${RUNTIME}`
const OUT = path.join(ROOT, 'dist/platforms')

/** VS Code's names of platforms, and the runtime's. */
const TARGETS = {
  'win32-x64': 'windows/x64',
  'win32-arm64': 'windows/arm64',
  'darwin-x64': 'macos/x64',
  'darwin-arm64': 'macos/arm64',
}

const { name, version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'))

const main = () => {
  rmSync(OUT, { recursive: true, force: true })
  mkdirSync(OUT, { recursive: true })
  const universal = `${name}-${version}.vsix`
  cpSync(path.join(ROOT, 'dist', universal), path.join(OUT, universal))
  for (const [target, binaries] of Object.entries(TARGETS)) packTarget(target, binaries)
  for (const file of readdirSync(OUT)) console.log(`${file}  ${statSync(path.join(OUT, file)).size}`)
}

/** Packs a copy of what the universal package holds, and the runtime: what lies about in the project gets into none. */
const packTarget = (target, binaries) => {
  mkdirSync(path.join(ROOT, '.cache'), { recursive: true })
  const stage = mkdtempSync(path.join(ROOT, `.cache/${target}-`))
  const copy = (from, to = from) => cpSync(path.join(ROOT, from), path.join(stage, to), { recursive: true })
  try {
    for (const file of allowed()) copy(file)
    for (const file of ['package.json', 'dist/index.cjs', `dist/${binaries}`])
      copy(`${RUNTIME}/${file}`, `${PLACE}/${file}`)
    copy('.ci/msal-node-runtime.LICENSE', `${PLACE}/LICENSE`)
    writeFileSync(path.join(stage, '.vscodeignore'), '**/*.map\n')
    vsce(stage, ['--target', target, '--out', path.join(OUT, `${name}-${target}-${version}.vsix`)])
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

/** The files and folders that `.vscodeignore` lets in. */
const allowed = () =>
  readFileSync(path.join(ROOT, '.vscodeignore'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1).replace(/\/\*\*$/, ''))

const vsce = (cwd, parameters) => {
  const tool = path.join(ROOT, 'node_modules/@vscode/vsce/vsce')
  const flags = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links']
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool, 'package', ...flags, ...parameters], { cwd })
  if (status !== 0) throw new Error(`vsce failed:\n${stdout}${stderr}`)
}

main()
