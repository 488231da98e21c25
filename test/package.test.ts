import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { readZip } from './support/zip.ts'

type Target = string | { readonly types: string; readonly default: string }
type Manifest = {
  readonly version: string
  readonly browser: string
  readonly exports: Readonly<Record<string, Target>>
}

const ROOT = path.resolve(import.meta.dirname, '..')
const run = promisify(execFile)
const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as Manifest
const filesOf = (target: Target): readonly string[] => (typeof target === 'string' ? [target] : Object.values(target))

/** Started as a process, not imported. */
const BROKER = 'dist/broker-child.js'

/** How the exports are imported; the extension itself is none, for only VS Code can load it. */
const modules = Object.keys(manifest.exports)
  .filter((name) => !name.endsWith('.json'))
  .map((name) => path.posix.join('entra-auth', name))

const PROGRAM = `
import { createFetch, type ExtensionApi } from 'entra-auth/consumer'
import { OAuthError, PublicClientApplication, type Account, type TokenResult } from 'entra-auth/msal'

const app = new PublicClientApplication({ clientId: 'a', authority: 'https://login.microsoftonline.com/organizations' })

export const token = async (account: Account): Promise<string> => {
  try {
    const silent: TokenResult | null = await app.acquireTokenSilent({ scopes: ['User.Read'], account })
    return (silent ?? (await app.acquireTokenInteractive({ scopes: ['User.Read'] }))).accessToken
  } catch (error) {
    return error instanceof OAuthError ? (error.errorDescription ?? error.error) : 'other'
  }
}

export const { msal } = {} as ExtensionApi<typeof import('entra-auth/msal')>

export const answer: Promise<Response> = createFetch({
  getSession: async () => ({ accessToken: 't', account: { id: 'a', label: 'ada' } }),
  scopes: ['User.Read'],
  origins: ['https://graph.microsoft.com'],
  sessionOptions: { createIfNone: { detail: 'to show your calendar' } },
})('https://graph.microsoft.com/v1.0/me')
`
const STRICT = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023', 'dom', 'dom.iterable'],
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    types: [],
  },
  files: ['program.ts'],
}

/** How authors of extensions compile; the deprecated way is what older templates set. */
const AUTHORS = {
  'CommonJS as Node resolves it': { module: 'node16' },
  'CommonJS as TypeScript resolved it before': {
    module: 'commonjs',
    moduleResolution: 'node10',
    ignoreDeprecations: '6.0',
  },
  'modules for a bundler': { module: 'esnext', moduleResolution: 'bundler' },
}

/** README's samples for authors of extensions, each as a module of such an extension. */
function readAuthorSamples(): readonly string[] {
  const [, section = ''] =
    /^## For extension authors$([^]*?)^## /m.exec(readFileSync(path.join(ROOT, 'README.md'), 'utf8')) ?? []
  return [...section.matchAll(/```ts\n([^]*?)```/g)].map(([, code = '']) => {
    const lines = code.split('\n')
    const imports = lines.filter((line) => line.startsWith('import '))
    const rest = lines.filter((line) => !line.startsWith('import '))
    const vscode = "import * as vscode from 'vscode'"
    return [...new Set([vscode, ...imports]), 'export const run = async () => {', ...rest, '}'].join('\n')
  })
}

describe('the package', function () {
  this.timeout(180_000)

  let folder: string
  let packaging: string

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'entra-auth-package-'))
    const { stdout, stderr } = await run('npm', ['run', '-s', 'package:platforms'], { cwd: ROOT })
    packaging = stdout + stderr
  })

  after(() => rm(folder, { recursive: true, force: true }))

  describe('for VS Code', () => {
    it('is one file, made without a warning', () => {
      assert.deepEqual(
        readdirSync(path.join(ROOT, 'dist')).filter((name) => name.endsWith('.vsix')),
        [`entra-auth-${manifest.version}.vsix`],
      )
      assert.doesNotMatch(packaging, /warn/i)
    })

    const universal = (): readonly string[] => {
      const media = readdirSync(path.join(ROOT, 'media'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)))
      const papers = [
        'package.json',
        'package.nls.json',
        'package.nls.de.json',
        'readme.md',
        'changelog.md',
        'LICENSE.txt',
      ]
      const bundles = ['extension', 'extension-web', 'undici', 'forge', 'dbus', 'broker-child'].map(
        (name) => `dist/${name}.js`,
      )
      const inside = [...papers, ...bundles, ...media].map((file) => `extension/${file.replaceAll(path.sep, '/')}`)
      return ['[Content_Types].xml', 'extension.vsixmanifest', ...inside]
    }
    const readPackage = (file: string) => readZip(readFileSync(path.join(ROOT, 'dist', file)))

    it('holds the bundles, the pictures and the papers, and nothing else', () => {
      const files = readPackage(`entra-auth-${manifest.version}.vsix`)
      assert.deepEqual([...files.keys()].toSorted(), universal().toSorted())
    })

    it('names a bundle for browsers, which needs nothing but vscode', () => {
      assert.equal(manifest.browser, './dist/extension-web.js')
      const code = readFileSync(path.join(ROOT, manifest.browser), 'utf8')
      assert.deepEqual([...new Set(listRequired(code))], ['vscode'])
      // Whatever is required by a name that is made at run time would be missed.
      assert.doesNotMatch(code, /\brequire\((?!"vscode"\))|\bimport\(|\bprocess\.|\bBuffer\b/)
    })

    it('is found to need Node where it does', () => {
      const code = readFileSync(path.join(ROOT, 'dist/extension.js'), 'utf8')
      assert.ok(listRequired(code).includes('node:http'))
    })

    describe('of one platform', () => {
      const LIBRARIES = {
        'win32-x64': 'windows/x64/msalruntime.dll',
        'win32-arm64': 'windows/arm64/msalruntime_arm64.dll',
        'darwin-x64': 'macos/x64/libmsalruntime_x64.dylib',
        'darwin-arm64': 'macos/arm64/libmsalruntime_arm64.dylib',
      } as const
      const PLACE = 'extension/dist/node_modules/@azure/msal-node-runtime'
      const nameOf = (target: string) => `platforms/entra-auth-${target}-${manifest.version}.vsix`

      it('is made for each whose broker takes native code, beside the universal package without any', () => {
        const packages = [...Object.keys(LIBRARIES).map(nameOf), `platforms/entra-auth-${manifest.version}.vsix`]
        const made = readdirSync(path.join(ROOT, 'dist/platforms')).map((file) => `platforms/${file}`)
        assert.deepEqual(made.toSorted(), packages.toSorted())
        const files = readPackage(`platforms/entra-auth-${manifest.version}.vsix`)
        assert.deepEqual([...files.keys()].toSorted(), universal().toSorted())
      })

      for (const [target, library] of Object.entries(LIBRARIES))
        it(`holds the native runtime of that platform alone, and its licence: ${target}`, () => {
          const files = readPackage(nameOf(target))
          const folder = path.posix.dirname(library)
          const runtime = ['package.json', 'LICENSE', 'dist/index.cjs', `dist/${folder}/msal-node-runtime.node`]
          const expected = [...runtime, `dist/${library}`].map((file) => `${PLACE}/${file}`)
          assert.deepEqual([...files.keys()].toSorted(), [...universal(), ...expected].toSorted())
          assert.match(files.get('extension.vsixmanifest')!.toString(), new RegExp(`TargetPlatform="${target}"`))
          assert.match(
            files.get(`${PLACE}/LICENSE`)!.toString(),
            /Copyright \(c\) Microsoft Corporation[^]*MIT License/,
          )
        })

      it('is found by the process that loads it', async () => {
        const files = readPackage(nameOf('win32-x64'))
        for (const [name, content] of files) {
          if (!name.startsWith('extension/dist/')) continue
          await mkdir(path.join(folder, path.dirname(name)), { recursive: true })
          await writeFile(path.join(folder, name), content)
        }
        const start = `const child = require('child_process').fork('extension/dist/broker-child.js')
          child.once('message', ({ start, reason }) => { console.log(start, reason); child.kill() })`
        const { stdout } = await run(process.execPath, ['--input-type=commonjs', '-e', start], { cwd: folder })
        // Its binaries are another system's, which the runtime tells after it was found.
        if (process.platform !== 'win32') assert.match(stdout, /^unavailable Binaries could not be loaded/)
      })
    })
  })

  describe('for npm', () => {
    let packed: readonly string[]

    before(async () => {
      const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT })
      const [archive] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }]
      packed = archive.files.map((file) => file.path)
      await writeFile(path.join(folder, 'package.json'), '{"name":"empty","private":true}')
      const file = path.join(folder, archive.filename)
      await run('npm', ['install', '--ignore-scripts', '--no-audit', '--prefer-offline', file], { cwd: folder })
    })

    it('holds what `exports` names, and the script of the process that a broker runs in', () => {
      const always = ['package.json', 'README.md', 'LICENSE']
      const named = Object.values(manifest.exports).flatMap(filesOf)
      const expected = new Set([...always, ...named, BROKER].map((file) => path.posix.normalize(file)))
      assert.deepEqual(packed.toSorted(), [...expected].toSorted())
    })

    for (const name of modules)
      it(`can be imported as ${name} in an empty folder`, async () => {
        const script = `import * as all from '${name}'; console.log(Object.keys(all).length)`
        const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder })
        assert.ok(Number(stdout) > 0)
      })

    it('can be required and imported as entra-auth/consumer, one file that needs no other', async () => {
      const scripts = {
        commonjs: "console.log(typeof require('entra-auth/consumer').createFetch)",
        module: "import { createFetch } from 'entra-auth/consumer'; console.log(typeof createFetch)",
      }
      for (const [type, script] of Object.entries(scripts)) {
        const { stdout } = await run(process.execPath, [`--input-type=${type}`, '-e', script], { cwd: folder })
        assert.equal(stdout.trim(), 'function')
      }
      const code = readFileSync(path.join(folder, 'node_modules/entra-auth/dist/consumer.js'), 'utf8')
      assert.doesNotMatch(code, /\brequire\(|^import\s|\bimport\(/m)
    })

    it('finds the process of the native broker, and asks for its runtime where that is not installed', async () => {
      const script = `Object.defineProperty(process, 'platform', { value: 'win32' })
        const { PublicClientApplication } = await import('entra-auth/msal')
        const app = new PublicClientApplication({ clientId: 'a', enableBrokerOnWindows: true })
        console.log(await app.isPopSupported().catch((error) => error.message))`
      const ask = async () =>
        (await run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder })).stdout
      assert.equal(await ask(), 'enableBrokerOnWindows: install the package @azure/msal-node-runtime\n')
      const runtime = path.join(folder, 'node_modules/@azure/msal-node-runtime/index.js')
      await cp(path.join(ROOT, 'test/support/scripted-runtime.cjs'), runtime)
      assert.equal(await ask(), 'true\n')
    })

    it('has types that a strict program compiles against, without any other types', async () => {
      await writeFile(path.join(folder, 'program.ts'), PROGRAM)
      assert.equal(await compile(STRICT), '')
    })

    for (const [what, options] of Object.entries(AUTHORS))
      it(`compiles README's samples for authors of extensions: ${what}`, async () => {
        const samples = readAuthorSamples()
        assert.ok(samples.some((sample) => sample.includes('ExtensionApi')))
        assert.ok(samples.some((sample) => sample.includes('createFetch')))
        const files = samples.map((_, index) => `sample-${index}.ts`)
        for (const [index, sample] of samples.entries()) await writeFile(path.join(folder, files[index]!), sample)
        const types = { types: ['vscode'], typeRoots: [path.join(ROOT, 'node_modules/@types')] }
        assert.equal(await compile({ compilerOptions: { ...STRICT.compilerOptions, ...types, ...options }, files }), '')
      })

    /** What the compiler complains about. */
    async function compile(configuration: object): Promise<string> {
      await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(configuration))
      const compiler = path.join(ROOT, 'node_modules/typescript/bin/tsc')
      const { stdout } = await run(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], {
        cwd: folder,
      }).catch((error: unknown) => error as { stdout: string })
      return stdout
    }
  })
})

describe('the lock files', () => {
  for (const file of [
    'package-lock.json',
    'test/host/package-lock.json',
    'test/host/oldest/package-lock.json',
    'test/host/web/package-lock.json',
  ])
    it(`name no registry: ${file}`, () => {
      assert.doesNotMatch(readFileSync(path.join(ROOT, file), 'utf8'), /"resolved"/)
    })
})

/** The modules that a CommonJS bundle requires. */
const listRequired = (code: string): readonly string[] =>
  [...code.matchAll(/\brequire\(["']([^"']+)["']\)/g)].map(([, name = '']) => name)
