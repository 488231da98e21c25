import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'

/** The script of the broker's process, bundled as it is shipped, with a runtime beside it where it looks for one. */
export interface NativeRuntimeFolder {
  readonly script: string
  /** The folder of the runtime's package. */
  readonly runtime: string
  /** Says how the runtime starts from now on. */
  readonly scriptStart: (start: object) => Promise<void>
  readonly remove: () => Promise<void>
}

const ROOT = path.resolve(import.meta.dirname, '../..')

/** What takes the runtime's place: a script, Microsoft's own as npm installed it, or nothing. */
export type RuntimeKind = 'scripted' | 'real' | 'none'

/** Bundles the script into a folder of its own, and puts a runtime beside it. */
export const createRuntimeFolder = async (kind: RuntimeKind = 'scripted'): Promise<NativeRuntimeFolder> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'native-broker-'))
  const runtime = path.join(folder, 'node_modules/@azure/msal-node-runtime')
  const script = path.join(folder, 'broker-child.js')
  await build({
    entryPoints: [path.join(ROOT, 'src/node/native-broker-child.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['@azure/msal-node-runtime'],
    supported: { 'dynamic-import': false },
    logLevel: 'warning',
  })
  if (kind === 'scripted')
    await cp(path.join(ROOT, 'test/support/scripted-runtime.cjs'), path.join(runtime, 'index.js'))
  if (kind === 'real') {
    await mkdir(path.dirname(runtime), { recursive: true })
    await symlink(path.join(ROOT, 'node_modules/@azure/msal-node-runtime'), runtime)
  }
  return {
    script,
    runtime,
    scriptStart: (start) => writeFile(path.join(runtime, 'start.json'), JSON.stringify(start)),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
