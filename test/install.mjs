// Installs the project's own dependencies when they are missing or out of date. Builtins only: it runs before them.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** The repository's root. */
export const ROOT = path.resolve(import.meta.dirname, '..')

/** Runs `npm ci` unless node_modules is what package-lock.json says; throws when npm fails. */
export const install = () => {
  if (isInstalled()) return
  console.log('Installing the dependencies …')
  const flags = ['--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync('npm', ['ci', ...flags], {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0)
    throw new Error("npm ci failed, as said above; it needs npm's registry, or a mirror in npm's configuration")
}

const isInstalled = () => {
  const wanted = readPackages('package-lock.json')
  const present = readPackages('node_modules/.package-lock.json')
  return Object.entries(wanted).every(([folder, { version, optional }]) => {
    if (folder === '') return true
    return present[folder] === undefined ? optional === true : present[folder].version === version
  })
}

/** npm writes the second of these files when it has finished. */
const readPackages = (name) => {
  const file = path.join(ROOT, name)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {}
}
