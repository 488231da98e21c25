import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'

const ROOT = path.resolve(import.meta.dirname, '../..')
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noUnusedLocals: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: ['node'],
  skipLibCheck: true,
}

/** A program of README's section "The library alone". */
export interface Sample {
  readonly title: string
  readonly code: string
}

/** The section's programs, each under its heading. */
export function readSamples(): readonly Sample[] {
  const text = readFileSync(path.join(ROOT, 'README.md'), 'utf8')
  const section = /<!-- library -->([\s\S]*?)<!-- \/library -->/.exec(text)?.[1] ?? ''
  return section.split(/^### /m).flatMap((part) => {
    const [title = ''] = part.split('\n', 1)
    return [...part.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => ({ title, code }))
  })
}

/** The compiler's complaints about programs, as users of the package compile them; they must lie inside the package. */
export function compileSamples(samples: readonly Sample[]): readonly string[] {
  const folder = path.join(ROOT, '.artifacts/samples/compiled')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const files = samples.map(({ code }, index) => {
    const file = path.join(folder, `sample-${index}.mts`)
    writeFileSync(file, code)
    return file
  })
  return ts.getPreEmitDiagnostics(ts.createProgram(files, OPTIONS)).map(({ file, messageText }) => {
    const index = files.indexOf(path.normalize(file?.fileName ?? ''))
    return `${samples[index]?.title ?? file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}

/** Where and with what a sample runs. */
export interface Surroundings {
  /** What stands in its text for the reader's own values. */
  readonly values: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
  /** Files beside it, by name: where they are copied from. */
  readonly files: Readonly<Record<string, string>>
}

/** A sample that runs. */
export interface RunningSample {
  /** Everything it wrote so far. */
  output(): string
  /** Resolves as soon as the output matches; fails where the program ends before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>
  /** Resolves to the output when the program has ended by itself, without an error. */
  finished(): Promise<string>
  stop(): Promise<void>
}

/** Makes an empty folder for a sample; inside the package, so that its name leads to what was built. */
export function prepareFolder(name: string): string {
  const folder = path.join(ROOT, '.artifacts/samples', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Starts a sample with its reader's values filled in; it must name each of them. */
export function startSample({ title, code }: Sample, folder: string, surroundings: Surroundings): RunningSample {
  const { values, environment, files } = surroundings
  let text = code
  for (const [placeholder, value] of Object.entries(values)) {
    if (!text.includes(placeholder)) throw new Error(`"${title}" does not say ${placeholder}`)
    text = text.replaceAll(placeholder, value)
  }
  for (const [name, from] of Object.entries(files)) copyFileSync(from, path.join(folder, name))
  const { outputText } = ts.transpileModule(text, { compilerOptions: OPTIONS, fileName: 'sample.mts' })
  writeFileSync(path.join(folder, 'sample.mjs'), outputText)
  const { PATH, SystemRoot } = process.env
  const child = spawn(process.execPath, ['sample.mjs'], {
    cwd: folder,
    env: { PATH, SystemRoot, HOME: folder, USERPROFILE: folder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return watch(title, child)
}

function watch(title: string, child: ChildProcess): RunningSample {
  let output = ''
  const note = (chunk: Buffer) => (output += chunk.toString())
  child.stdout?.on('data', note)
  child.stderr?.on('data', note)
  const ended = once(child, 'close')
  return {
    output: () => output,
    waitFor: async (pattern) => {
      for (;;) {
        const match = pattern.exec(output)
        if (match) return match
        if (child.exitCode !== null) throw new Error(`"${title}" ended without ${pattern.source}:\n${output}`)
        await Promise.race([ended, once(child.stdout!, 'data'), once(child.stderr!, 'data')])
      }
    },
    finished: async () => {
      await ended
      if (child.exitCode !== 0) throw new Error(`"${title}" failed:\n${output}`)
      return output
    },
    stop: async () => {
      child.kill()
      await ended
    },
  }
}
