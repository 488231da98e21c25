import { appendFileSync, existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { keepArtifacts } from './artifacts.ts'
import { configureWindow, launchBrowser } from './browser.ts'
import { installExtensions, startCodeServer, writeSettings } from './code-server.ts'
import { installHost, ROOT, type HostVersion, type InstalledHost } from './install.ts'
import { bundle, packExtension } from './packages.ts'

type Result = { readonly title: string; readonly error?: string }

const SUITE = path.join(ROOT, '.cache/suite')
const VERSIONS: readonly HostVersion[] = ['newest', 'oldest']
const PATIENCE = 120_000

/** Runs the suite inside the extension hosts of real VS Codes, against the packaged extension. */
const main = async (): Promise<void> => {
  const extension = await packExtension()
  await bundleSuite()
  const results: Result[] = []
  for (const version of VERSIONS) {
    const found = await tryHost(await installHost(version), extension)
    results.push(...found.map((result) => ({ ...result, title: `${version} VS Code: ${result.title}` })))
  }
  report(results)
}

const tryHost = async (host: InstalledHost, extension: string): Promise<readonly Result[]> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'entra-auth-host-'))
  try {
    await installExtensions(host, directory, [extension])
    await writeSettings(directory, { 'entraAuth.clientId': '11111111-1111-4111-8111-111111111111' })
    return await runSuite(host, directory)
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

/** The suite lives in an extension that does nothing, so that VS Code knows whose requests it makes. */
const bundleSuite = async (): Promise<void> => {
  const source = path.join(import.meta.dirname, 'suite')
  await rm(SUITE, { recursive: true, force: true })
  const names = (await readdir(source)).filter((name) => name === 'index.ts' || name.endsWith('.test.ts'))
  await bundle(
    names.map((name) => path.join(source, name)),
    SUITE,
  )
  const manifest = { name: 'suite', publisher: 'entra-auth', version: '0.0.1', engines: { vscode: '^1.100.0' } }
  await writeFile(path.join(SUITE, 'package.json'), JSON.stringify({ ...manifest, displayName: 'Test Suite' }))
}

const runSuite = async (host: InstalledHost, directory: string): Promise<readonly Result[]> => {
  const results = path.join(directory, 'results.json')
  const server = await startCodeServer(host, {
    directory,
    preload: [path.join(import.meta.dirname, 'observe.cjs')],
    environment: { SUITE_RESULTS: results },
  })
  const browser = await launchBrowser(host)
  try {
    const context = await browser.newContext()
    await configureWindow(context, server, { developmentExtension: SUITE, testsPath: path.join(SUITE, 'index.js') })
    const page = await context.newPage()
    const ended = new Promise<boolean>((resolve) => {
      setTimeout(() => resolve(false), PATIENCE).unref()
      void page.exposeFunction('codeAutomationExit', () => resolve(true))
    })
    const printed: string[] = []
    await page.exposeFunction('codeAutomationLog', (_type: string, values: readonly unknown[]) => {
      printed.push(values.join(' '))
    })
    await page.goto(`${server.origin}/?ew=true`)
    if ((await ended) && existsSync(results)) return JSON.parse(await readFile(results, 'utf8')) as readonly Result[]
    const folder = await keepArtifacts(`test-host-${host.version}`, context, directory)
    const error = `the suite did not end within ${PATIENCE / 1000} s; see ${folder}\n${printed.join('\n')}`
    return [{ title: 'the suite runs in the extension host', error }]
  } finally {
    await browser.close()
    await server.stop()
  }
}

const report = (results: readonly Result[]): void => {
  const failed = results.filter((result) => result.error !== undefined)
  for (const result of results) console.log(`  ${result.error === undefined ? '✔' : '✘'} ${result.title}`)
  for (const { title, error } of failed) console.error(`\n${title}\n${error ?? ''}`)
  const tally = { passed: results.length - failed.length, failed: failed.length }
  console.log(`\n  ${tally.passed} passing, ${tally.failed} failing`)
  const file = process.env['TEST_TALLY']
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(tally)}\n`)
  process.exitCode = failed.length === 0 && results.length > 0 ? 0 : 1
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
