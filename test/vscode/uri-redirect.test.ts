import assert from 'node:assert/strict'
import { createUriRedirect } from '../../src/vscode/uri-redirect.ts'
import { settle } from './fakes.ts'

const NEVER = new AbortController().signal
const callback = (query: string, path = '/callback') => ({ path, query })

describe("answers that come by VS Code's own address", () => {
  it('reach the sign-in whose state they carry, however many wait', async () => {
    const redirect = createUriRedirect()
    const [one, two] = [redirect.receive('one', NEVER), redirect.receive('two', NEVER)]
    await settle()
    await redirect.handle(callback('code=2&state=two'))
    await redirect.handle(callback('code=1&state=one'))
    assert.deepEqual(await Promise.all([one, two]), [
      { code: '1', state: 'one' },
      { code: '2', state: 'two' },
    ])
  })

  for (const [name, stray] of [
    ['another state', callback('code=evil&state=other')],
    ['no state', callback('code=evil')],
    ['no query', callback('')],
    ['the beginning of the state', callback('code=evil&state=mi')],
    ['the state at another path', callback('code=evil&state=mine', '/elsewhere')],
  ] as const)
    it(`do not end the wait where they carry ${name}`, async () => {
      const redirect = createUriRedirect()
      const answer = redirect.receive('mine', NEVER)
      await settle()
      await redirect.handle(stray)
      await redirect.handle(callback('code=good&state=mine'))
      assert.equal((await answer)['code'], 'good')
    })

  it('are taken once', async () => {
    const redirect = createUriRedirect()
    const answer = redirect.receive('mine', NEVER)
    await settle()
    await redirect.handle(callback('code=first&state=mine'))
    await redirect.handle(callback('code=second&state=mine'))
    assert.equal((await answer)['code'], 'first')
    const later = redirect.receive('other', NEVER)
    await settle()
    await redirect.handle(callback('code=third&state=mine'))
    assert.equal(await Promise.race([later, settle()]), undefined)
  })

  it('come too late once the sign-in was given up', async () => {
    const redirect = createUriRedirect()
    const cancelled = new AbortController()
    const answer = redirect.receive('mine', cancelled.signal)
    answer.catch(() => undefined)
    await settle()
    cancelled.abort(new Error('given up'))
    await redirect.handle(callback('code=late&state=mine'))
    await assert.rejects(answer, /given up/)
  })

  it('keep a plus sign in a code, and read one as a space in a description', async () => {
    const redirect = createUriRedirect()
    const answer = redirect.receive('s', NEVER)
    await settle()
    await redirect.handle(callback('error=access_denied&error_description=not+allowed&code=a+b=&state=s'))
    assert.deepEqual(await answer, {
      error: 'access_denied',
      error_description: 'not allowed',
      code: 'a+b=',
      state: 's',
    })
  })
})
