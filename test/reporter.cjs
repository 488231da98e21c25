// Mocha's own `dot` output, and besides it the counts, appended to the file that TEST_TALLY names.
'use strict'
const { appendFileSync } = require('node:fs')
const { reporters } = require('mocha')

module.exports = class extends reporters.Dot {
  constructor(runner, options) {
    super(runner, options)
    let passed = 0
    let failed = 0
    let skipped = 0
    runner.on('pass', () => passed++)
    runner.on('fail', () => failed++)
    // A test that does not run is no passed one.
    runner.on('pending', () => skipped++)
    runner.once('end', () => {
      const file = process.env.TEST_TALLY
      if (file !== undefined) appendFileSync(file, `${JSON.stringify({ passed, failed: failed + skipped })}\n`)
    })
  }
}
