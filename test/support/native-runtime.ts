import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
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

/** Bundles the script into a folder of its own, with the scripted runtime unless there is to be none. */
export const createRuntimeFolder = async ({ hasRuntime = true } = {}): Promise<NativeRuntimeFolder> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'native-broker-'))
  const runtime = path.join(folder, 'node_modules/@azure/msal-node-runtime')
  const script = path.join(folder, 'broker-child.js')
  await build({
    entryPoints: [path.resolve(import.meta.dirname, '../../src/node/native-broker-child.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['@azure/msal-node-runtime'],
    supported: { 'dynamic-import': false },
    logLevel: 'warning',
  })
  if (hasRuntime) {
    await mkdir(runtime, { recursive: true })
    await cp(path.join(import.meta.dirname, 'scripted-runtime.cjs'), path.join(runtime, 'index.js'))
  }
  return {
    script,
    runtime,
    scriptStart: (start) => writeFile(path.join(runtime, 'start.json'), JSON.stringify(start)),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
