import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const FOLDER = path.resolve(import.meta.dirname, '../../media/walkthrough')
const pictures = readdirSync(FOLDER).map((name) => ({ name, text: readFileSync(path.join(FOLDER, name), 'utf8') }))

/** Shapes that text or a sign stands on, in the colour of a button; a bar of 3 pixels carries none. */
const buttonsOf = (text: string): readonly string[] =>
  (text.match(/<(?:rect|circle)[^>]*fill="var\(--vscode-button-background[^>]*>/g) ?? []).filter(
    (shape) => !shape.includes('width="3"'),
  )

describe('the pictures of the walkthrough', () => {
  it('give buttons the border by which high contrast themes show them, for their fill is the page there', () => {
    const buttons = pictures.flatMap(({ text }) => buttonsOf(text))
    assert.ok(buttons.length >= 3)
    for (const button of buttons)
      assert.match(button, /stroke="var\(--vscode-button-border, var\(--vscode-contrastBorder, none\)\)"/)
  })
})
