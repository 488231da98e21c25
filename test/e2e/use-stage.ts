import { openStage, type Stage, type StageOptions } from './stage.ts'
import { openWebStage, type WebStage } from './web-stage.ts'

/** The first stage on a machine has to install its VS Code. */
const OPEN_MS = 300_000

/**
 * Opens a stage before the tests of the suite that calls this, and closes it after them.
 *
 * @param name - pictures and logs of a test that fails are kept under it and the test's title
 * @param whenOpen - makes it ready for the first test
 */
export const useStage = (name: string, options: StageOptions, whenOpen: Ready<Stage>): void =>
  useOpened(name, () => openStage(options), whenOpen)

/** The same for a window that runs in a browser alone. */
export const useWebStage = (name: string, extra: Parameters<typeof openWebStage>[0], whenOpen: Ready<WebStage>): void =>
  useOpened(name, () => openWebStage(extra), whenOpen)

type Ready<T> = (stage: T) => void | Promise<void>

const useOpened = <T extends Stage | WebStage>(name: string, open: () => Promise<T>, whenOpen: Ready<T>): void => {
  let stage: T | undefined

  before(async function () {
    this.timeout(OPEN_MS)
    stage = await open()
    await whenOpen(stage)
  })

  afterEach(async function () {
    if (this.currentTest?.isFailed() === true) await stage?.keep(`${name} ${this.currentTest.title}`)
    await stage?.closeTabs()
  })

  after(() => stage?.close())
}
