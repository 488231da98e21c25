// `npm run test:system`: what needs more than npm. Installs MSAL Python into an ignored folder, names what is missing,
// and fails where anything is. Builtins only: it starts before anything is installed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { install, ROOT } from '../install.mjs'

const MSAL_PYTHON = '1.34.0'
const isWindows = process.platform === 'win32'
const VENV = path.join(ROOT, '.cache/system/venv')
const PYTHON = path.join(VENV, ...(isWindows ? ['Scripts', 'python.exe'] : ['bin', 'python']))

const main = () => {
  install()
  const missing = [...installMsalPython(), ...findRedis(), ...findBroker()]
  if (missing.length > 0) throw new Error(`Missing:\n${missing.map((each) => `- ${each}`).join('\n')}`)
  const folder = mkdtempSync(path.join(tmpdir(), 'entra-auth-system-'))
  const tally = process.env.TEST_TALLY ?? path.join(folder, 'tally')
  try {
    const { status } = runTests({ ...process.env, TEST_TALLY: tally })
    const counts = existsSync(tally) ? readFileSync(tally, 'utf8').split('\n').filter(Boolean).map(JSON.parse) : []
    report(counts.at(-1) ?? { passed: 0, failed: 1 }, status === 0)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const runTests = (env) => {
  const mocha = path.join(ROOT, 'node_modules/mocha/bin/mocha.js')
  const parameters = [mocha, 'test/system/**/*.test.ts', '--reporter', path.join(ROOT, 'test/reporter.cjs')]
  return spawnSync(process.execPath, parameters, { cwd: ROOT, env, stdio: 'inherit' })
}

const report = ({ passed, failed }, ok) => {
  const failures = failed === 0 && (!ok || passed === 0) ? 1 : failed
  console.log(`${passed} passed, ${failures} failed`)
  process.exitCode = failures === 0 ? 0 : 1
}

/** @returns what is missing */
const installMsalPython = () => {
  if (versionOfMsal() === MSAL_PYTHON) return []
  const python = ['python3', 'python'].find((name) => succeeds(name, ['--version']))
  if (python === undefined) return ['python3 (Debian: python3)']
  rmSync(VENV, { recursive: true, force: true })
  if (!succeeds(python, ['-m', 'venv', VENV])) return ["Python's venv module (Debian: python3-venv)"]
  console.log(`Installing MSAL Python ${MSAL_PYTHON} …`)
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `msal==${MSAL_PYTHON}`]
  spawnSync(PYTHON, pip, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (versionOfMsal() === MSAL_PYTHON) return []
  return [`msal ${MSAL_PYTHON} of the Python package index, or a mirror of it in pip's configuration`]
}

const versionOfMsal = () =>
  existsSync(PYTHON)
    ? spawnSync(PYTHON, ['-c', 'import msal; print(msal.__version__)'], { encoding: 'utf8' }).stdout?.trim()
    : undefined

const findRedis = () => (succeeds('redis-server', ['--version']) ? [] : ['redis-server (Debian: redis-server)'])

/** What the broker of Linux is tried with: a real session bus, a key ring and Microsoft's own runtime. */
const findBroker = () => [
  ...(succeeds('dbus-daemon', ['--version']) ? [] : ['dbus-daemon (Debian: dbus)']),
  ...(succeeds('gnome-keyring-daemon', ['--version']) ? [] : ['gnome-keyring-daemon (Debian: gnome-keyring)']),
  ...(loadsRuntime() ? [] : ["the libraries of Microsoft's broker runtime (Debian: libwebkit2gtk-4.1-0)"]),
]

/** It tells that it could not be loaded by an error of its own, whose tag is 0. */
const loadsRuntime = () => {
  const script = `const { msalNodeRuntime } = require('@azure/msal-node-runtime')
    process.exitCode = msalNodeRuntime.StartupError?.errorTag === 0 ? 1 : 0`
  const env = { ...process.env, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' }
  return spawnSync(process.execPath, ['-e', script], { cwd: ROOT, env, stdio: 'ignore' }).status === 0
}

const succeeds = (program, parameters) => spawnSync(program, parameters, { stdio: 'ignore' }).status === 0

try {
  main()
} catch (error) {
  console.error(error.message)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
}
