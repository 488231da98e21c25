import assert from 'node:assert/strict'
import { explainNumbers, listKnownNumbers } from '../../src/vscode/error-catalogue.ts'

describe('the catalogue of AADSTS numbers', () => {
  const numbers = listKnownNumbers()

  it('explains more than a hundred numbers, each once', () => {
    assert.ok(numbers.length > 100)
    assert.equal(new Set(numbers).size, numbers.length)
  })

  it('says of each, in plain sentences, what happened and what the person can do', () => {
    for (const number of numbers) {
      const { cause = '', step = '' } = explainNumbers([number], 'http://localhost') ?? {}
      for (const text of [cause, step]) {
        assert.match(text, /^[A-Z][^{}]+[.]$/, `${number}`)
        assert.doesNotMatch(text, /AADSTS|OAuth|invalid_grant|undefined/, `${number}`)
      }
      assert.ok(cause.length + step.length < 260, `${number} is explained at length`)
    }
  })

  it('takes the first number that it knows, and none where it knows none', () => {
    assert.equal(explainNumbers([1, 50057], '')?.number, 50057)
    assert.equal(explainNumbers([1], ''), undefined)
    assert.equal(explainNumbers([], ''), undefined)
  })

  it('#2 Sign-in fails for a redirect URI that nobody names: AADSTS50011 tells the exact one to register', () => {
    const { step = '' } = explainNumbers([50011], 'vscode://entra-auth.entra-auth/callback') ?? {}
    assert.match(
      step,
      /Register vscode:\/\/entra-auth\.entra-auth\/callback in the app registration, spelled exactly so/,
    )
  })

  const finals: readonly [number, boolean][] = [
    [53003, true],
    [53000, true],
    [50057, true],
    [50105, true],
    [50020, true],
    [50076, false],
    [700082, false],
    [90033, false],
  ]
  for (const [number, isFinal] of finals)
    it(`${isFinal ? 'holds' : 'does not hold'} ${number} for final`, () =>
      assert.equal(explainNumbers([number], '')?.isFinal, isFinal))
})
