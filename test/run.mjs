// `npm test`: installs what is missing, builds, runs every part and closes with the line `N passed, N failed`.
// `npm test -- --system` runs, as the last part, what needs more than npm.
// Builtins only: it starts before anything is installed.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { install, ROOT } from './install.mjs'

/** Parts with `mocha` or `tally` count their tests in the file that TEST_TALLY names; the others are one test each. */
const PARTS = [
  { name: 'build', script: 'build' },
  { name: 'typecheck', script: 'typecheck' },
  { name: 'lint', script: 'lint' },
  { name: 'format', script: 'format:check' },
  { name: 'unit', script: 'test:unit', mocha: true },
  { name: 'architecture', script: 'test:architecture', mocha: true },
  { name: 'vectors', script: 'test:vectors', mocha: true },
  { name: 'simulator', script: 'test:simulator', mocha: true },
  { name: 'peers', script: 'test:peers', mocha: true },
  { name: 'library', script: 'test:library', mocha: true },
  { name: 'package', script: 'test:package', mocha: true },
  { name: 'host', script: 'test:host', tally: true },
  { name: 'e2e', script: 'test:e2e', mocha: true },
  ...(process.argv.includes('--system') ? [{ name: 'system', script: 'test:system', tally: true }] : []),
]
const MINUTES = 15
const GRACE_MS = 5000
const REPORTER = path.join(ROOT, 'test/reporter.cjs')

let running
let isEnding = false
let interrupted = false

const main = async () => {
  install()
  const folder = mkdtempSync(path.join(tmpdir(), 'entra-auth-test-'))
  const sum = { passed: 0, failed: 0 }
  const lines = []
  try {
    for (const part of PARTS) {
      if (interrupted) break
      console.log(`\n── ${part.name} ──`)
      const started = Date.now()
      const { passed, failed } = await runPart(part, path.join(folder, part.name))
      sum.passed += passed
      sum.failed += failed
      const seconds = Math.round((Date.now() - started) / 1000)
      lines.push(`${failed === 0 ? '✔' : '✘'} ${part.name}: ${passed} passed, ${failed} failed (${seconds} s)`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  console.log(`\n${lines.join('\n')}\n${sum.passed} passed, ${sum.failed} failed`)
  process.exitCode = sum.failed === 0 ? 0 : 1
}

/** A part that fails without a failed test, or in which no test ran, is one failure. */
const runPart = async ({ script, mocha, tally }, tallyFile) => {
  const parameters = ['run', '-s', script, ...(mocha ? ['--', '--reporter', REPORTER] : [])]
  const ok = await run('npm', parameters, { ...process.env, TEST_TALLY: tallyFile })
  if (!mocha && !tally) return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 }
  const text = existsSync(tallyFile) ? readFileSync(tallyFile, 'utf8') : ''
  const tallies = text.split('\n').filter(Boolean).map(JSON.parse)
  const passed = tallies.reduce((total, each) => total + each.passed, 0)
  const failed = tallies.reduce((total, each) => total + each.failed, 0)
  if (passed + failed === 0) console.error('No test ran')
  return { passed, failed: failed === 0 && (!ok || passed === 0) ? 1 : failed }
}

/** Runs a program in a process group of its own, so that whatever it started ends with it. */
const run = (program, parameters, env) =>
  new Promise((resolve) => {
    const options = { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'], detached: process.platform !== 'win32' }
    running = spawn(program, parameters, { ...options, shell: process.platform === 'win32' })
    isEnding = false
    const overdue = setTimeout(() => {
      console.error(`Ended after ${MINUTES} minutes`)
      endRunning()
    }, MINUTES * 60_000)
    const settle = async (ok) => {
      clearTimeout(overdue)
      await groupEnded(isEnding ? GRACE_MS : 0)
      signalRunning('SIGKILL')
      running = undefined
      resolve(ok)
    }
    running.once('error', () => settle(false))
    running.once('exit', (code) => settle(code === 0))
  })

/** Asks the part to end; its tests then end their servers. */
const endRunning = () => {
  isEnding = true
  signalRunning('SIGTERM')
}

/** npm may end before what it started. */
const groupEnded = async (milliseconds) => {
  for (const deadline = Date.now() + milliseconds; Date.now() < deadline && signalRunning(0);)
    await new Promise((resolve) => setTimeout(resolve, 100))
}

/** Signals the part's process group; false where it has ended. */
const signalRunning = (signal) => {
  if (running?.pid === undefined) return false
  try {
    return process.platform === 'win32' ? running.kill(signal) : process.kill(-running.pid, signal)
  } catch {
    return false
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => {
    interrupted = true
    endRunning()
  })

main().catch((error) => {
  console.error(error.message)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
})
