import type { Locator, Page } from '../host/playwright.ts'
import { eventually, pick, runCommand } from '../host/workbench.ts'

const ROW = '.part.sidebar .customview-tree .monaco-list-row'

/** Opens the view "Entra Accounts" by its icon in the activity bar, unless the window has opened it again by itself. */
export const openView = (page: Page): Promise<void> =>
  eventually(async () => {
    const title = page.locator('.part.sidebar .title-label').filter({ hasText: /entra accounts/i })
    if (await title.isVisible()) return
    await page.locator('.activitybar .action-item:has(a[aria-label^="Entra Accounts"])').click()
    await title.waitFor({ timeout: 2000 })
  })

/** A row of the view by what a screen reader says. */
export const treeRow = (page: Page, spoken: string | RegExp): Locator =>
  page.locator('.part.sidebar').getByRole('treeitem', { name: spoken, exact: typeof spoken === 'string' })

/** The rows of the view as a screen reader says them. */
export const treeRows = async (page: Page): Promise<readonly string[]> => {
  const rows = page.locator(ROW)
  const labels = Array.from({ length: await rows.count() }, (_, index) => rows.nth(index).getAttribute('aria-label'))
  return (await Promise.all(labels)).map((label) => label ?? '')
}

/** Shows what is below a row. */
export const openRow = (row: Locator): Promise<void> =>
  eventually(async () => {
    if ((await row.getAttribute('aria-expanded')) === 'true') return
    await row.click()
    throw new Error('the row is closed')
  })

/** Moves down from the focused row to the one that a screen reader begins to say like this. */
export const focusRow = async (page: Page, spoken: string): Promise<void> => {
  const focused = page.locator(`${ROW}.focused[aria-label^="${spoken}"]`)
  for (let steps = 0; steps < 40 && !(await focused.isVisible()); steps++) {
    await page.keyboard.press('ArrowDown')
    await page.waitForTimeout(50)
  }
  await focused.waitFor({ timeout: 1000 })
}

/** Makes the side bar this wide, in pixels. */
export const widenSideBar = async (page: Page, width: number): Promise<void> => {
  const box = await page.locator('.part.sidebar').boundingBox()
  if (!box) throw new Error('the side bar is closed')
  const [edge, middle] = [box.x + box.width + 1, box.y + box.height / 2]
  await page.mouse.move(edge, middle)
  await page.mouse.down()
  await page.mouse.move(box.x + width, middle)
  await page.mouse.up()
}

/** Opens the walkthrough at one of its steps, by the step's id. */
export const openWalkthrough = async (page: Page, step: string): Promise<Locator> => {
  await runCommand(page, 'Welcome: Open Walkthrough...')
  await pick(page, 'Get Started with Entra Auth')
  const found = page.locator(`.getting-started-step[data-step-id$="#${step}"]`)
  if ((await found.getAttribute('aria-expanded')) !== 'true') await found.click()
  return found
}
