import path from 'node:path'
import ts from 'typescript'

const FILE = path.resolve(import.meta.dirname, '../../dist/msal.d.mts')

/** What the published declarations say. */
export interface Declarations {
  /** Every exported name, types too. */
  readonly exports: ReadonlySet<string>
  /** The names that a method (`constructor` for `new`, empty for a function) takes: its parameters', and the last one's members. */
  parametersOf(name: string, method: string): ReadonlySet<string>
  /** The properties of an exported type, inherited ones too. */
  propertiesOf(name: string): ReadonlySet<string>
}

/** Reads the declarations that the package is published with. */
export function readDeclarations(): Declarations {
  const program = ts.createProgram([FILE], {
    strict: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: [],
  })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(FILE)
  const module = source && checker.getSymbolAtLocation(source)
  if (!source || !module) throw new Error(`${FILE} is missing: run npm run build`)
  const symbols = new Map(checker.getExportsOfModule(module).map((symbol) => [symbol.name, resolve(symbol)]))

  function resolve(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  }
  const symbolOf = (name: string): ts.Symbol => {
    const symbol = symbols.get(name)
    if (!symbol) throw new Error(`${name} is not exported`)
    return symbol
  }
  const namesOf = (type: ts.Type): readonly string[] =>
    type.isUnion()
      ? type.types.flatMap(namesOf)
      : type.flags & ts.TypeFlags.Object
        ? checker.getPropertiesOfType(type).map((property) => property.name)
        : []
  const instanceOf = (name: string) => checker.getDeclaredTypeOfSymbol(symbolOf(name))
  const valueOf = (name: string) => checker.getTypeOfSymbolAtLocation(symbolOf(name), source)

  const signatureOf = (name: string, method: string): ts.Signature => {
    const member = method === 'constructor' || method === '' ? undefined : instanceOf(name).getProperty(method)
    const signatures =
      method === 'constructor'
        ? valueOf(name).getConstructSignatures()
        : (member ? checker.getTypeOfSymbolAtLocation(member, source) : valueOf(name)).getCallSignatures()
    const [signature, ...others] = signatures
    if (!signature || others.length > 0) throw new Error(`${name}.${method} is no plain method`)
    return signature
  }

  return {
    exports: new Set(symbols.keys()),
    propertiesOf: (name) =>
      new Set(namesOf(symbolOf(name).flags & ts.SymbolFlags.Type ? instanceOf(name) : valueOf(name))),
    parametersOf: (name, method) => {
      const { parameters } = signatureOf(name, method)
      const last = parameters.at(-1)
      const members = last ? namesOf(checker.getTypeOfSymbolAtLocation(last, source)) : []
      return new Set([...parameters.map((parameter) => parameter.name), ...members])
    },
  }
}
