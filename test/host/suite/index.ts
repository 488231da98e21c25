import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import Mocha from 'mocha'

class Silent extends Mocha.reporters.Base {}

/** Called by VS Code inside the extension host; writes the results where the runner in `run.ts` reads them. */
export const run = async (): Promise<void> => {
  const mocha = new Mocha({ timeout: 20_000, reporter: Silent })
  for (const file of readdirSync(__dirname).filter((name) => name.endsWith('.test.js')))
    mocha.addFile(path.join(__dirname, file))
  const results: { title: string; error?: string }[] = []
  await new Promise((resolve) => {
    mocha
      .run(resolve)
      .on('pass', (test) => results.push({ title: test.fullTitle() }))
      .on('fail', (test, error: Error) =>
        results.push({ title: test.fullTitle(), error: error.stack ?? error.message }),
      )
  })
  writeFileSync(process.env['SUITE_RESULTS'] ?? '', JSON.stringify(results))
}
