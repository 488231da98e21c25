// `npm start`: installs what is missing, then opens a VS Code with the extension. Builtins only.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { install, ROOT } from './install.mjs'

install()
const script = path.join(ROOT, 'test/host/start.ts')
const child = spawn(process.execPath, ['--import', 'tsx', script, ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
})
// The terminal sends Ctrl+C to both; this one waits for the other to end everything.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.once('exit', (code) => {
  process.exitCode = code ?? 1
})
