import assert from 'node:assert/strict'
import fc from 'fast-check'
import { findJsonFault, type JsonFault } from '../../src/vscode/json-fault.ts'

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('what keeps text from being JSON', () => {
  const faults: readonly [string, string, JsonFault][] = [
    ['nothing in it', '', { kind: 'empty' }],
    ['nothing but space', ' \r\n\t', { kind: 'empty' }],
    ['a comma at the end of a list', '{\n  "a": [\n    1,\n\n  ]\n}', { kind: 'lastComma', line: 3 }],
    ['a comma at the end of an object', '{\r\n  "a": 1,\r\n}', { kind: 'lastComma', line: 2 }],
    ['a comment to the end of a line', '{\n  // ours\n  "a": 1\n}', { kind: 'comment', line: 2 }],
    ['a comment behind a value', '{\n  "a": 1 /* ours */\n}', { kind: 'comment', line: 2 }],
    ['a comment as in a script', '# ours\n{}', { kind: 'comment', line: 1 }],
    ['an end that lacks', '{\n  "a": [1\n', { kind: 'cutOff', line: 3 }],
    ['a comma that lacks', '{\n  "a": 1\n  "b": 2\n}', { kind: 'unexpected', line: 3, found: '"b":' }],
    ['a value that lacks', '{"a":}', { kind: 'unexpected', line: 1, found: '}' }],
    ['other quotes', "{'a': 1}", { kind: 'unexpected', line: 1, found: "'a':" }],
    ['a quote that lacks', '{\n"a: 1\n}', { kind: 'unexpected', line: 2, found: '"a:' }],
    ['a second value', '{}\n{}', { kind: 'unexpected', line: 2, found: '{}' }],
    ['a bracket of the other kind', '[1}', { kind: 'unexpected', line: 1, found: '}' }],
    ['a word of another language', '{"a": None}', { kind: 'unexpected', line: 1, found: 'None}' }],
  ]
  for (const [what, text, fault] of faults)
    it(`is ${what}`, () => {
      assert.deepEqual(findJsonFault(text), fault)
      assert.equal(isJson(text), false)
    })

  it('is found exactly where there is something', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '-1.5e3',
      '01',
      'true',
      'nul',
      ' ',
      '\n',
      '//',
    )
    const pieces = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''))
    const text = fc.oneof(
      pieces,
      fc.json(),
      fc.string({ unit: 'binary' }).map((value) => `"${value}"`),
    )
    fc.assert(
      fc.property(text, (one) => assert.equal(findJsonFault(one) === undefined, isJson(one))),
      {
        numRuns: 5000,
      },
    )
  })
})
