import assert from 'node:assert/strict'
import path from 'node:path'
import ts from 'typescript'

const PROGRAM = path.join(import.meta.dirname, 'usage.mts')

/** What the compiler says of the program, as a user of the package compiles it. */
function compile(options: ts.CompilerOptions): readonly string[] {
  const program = ts.createProgram([PROGRAM], {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
    ...options,
  })
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
    return `${path.basename(file?.fileName ?? '')}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}

describe('The declarations', function () {
  this.timeout(60_000)

  for (const exactOptionalPropertyTypes of [true, false])
    it(`let every call be made, and no wrong one, with exactOptionalPropertyTypes ${exactOptionalPropertyTypes ? 'on' : 'off'}`, () =>
      assert.deepEqual(compile({ exactOptionalPropertyTypes }), []))

  it('serve bundlers too', () =>
    assert.deepEqual(compile({ module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }), []))
})
