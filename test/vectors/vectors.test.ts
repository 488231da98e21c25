import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { replay, type Vector } from './replay.mjs'

const library = new URL('../../dist/msal.mjs', import.meta.url)
const folder = fileURLToPath(new URL('.', import.meta.url))

describe('The library does on the wire what MSAL Python does', () => {
  before(() => assert.ok(existsSync(library), 'dist/msal.mjs is missing: run npm run build first'))

  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const { vectors } = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as { vectors: readonly Vector[] }
    for (const vector of vectors)
      it(vector.id, async () => {
        assert.deepEqual(await replay(vector, library.href), [])
      })
  }
})
