import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { ROOT } from '../host/install.ts'
import type { Page } from '../host/playwright.ts'
import {
  answerDialog,
  answerNotification,
  chooseInAccounts,
  clearNotifications,
  closeMenu,
  dialog,
  notification,
  openAccounts,
  pick,
  quickPickRows,
  readAccounts,
  runCommand,
} from '../host/workbench.ts'
import { person, signInOnPage, waitForSuccess } from './pages.ts'
import { openStage, type Stage } from './stage.ts'
import { openRow, openView, openWalkthrough, treeRow, widenSideBar } from './view.ts'

const FOLDER = path.join(ROOT, 'media/readme')
const SIZE = { viewport: { width: 960, height: 600 }, deviceScaleFactor: 1.5 }
const ENTRY = 'Sign in with Microsoft Entra'

const shoot = async (page: Page, name: string): Promise<void> => {
  // Menus and notifications fade in, and nothing is to look pointed at.
  await page.mouse.move(SIZE.viewport.width / 2, SIZE.viewport.height / 2)
  await page.waitForTimeout(700)
  await page.screenshot({ path: path.join(FOLDER, `${name}.png`) })
  console.log(`media/readme/${name}.png`)
}

/** Signs in by the browser, with a picture of each step. */
const shootBrowser = async (stage: Stage): Promise<void> => {
  const { page } = stage
  await openAccounts(page, ENTRY)
  await shoot(page, 'accounts-menu')
  await closeMenu(page)
  const opened = stage.nextTab()
  await chooseInAccounts(page, ENTRY)
  const tab = await opened
  await tab.setViewportSize(SIZE.viewport)
  await tab.locator('input[name=username]').fill(person(stage, 'ada').username)
  await shoot(tab, 'sign-in-page')
  await signInOnPage(tab, person(stage, 'ada'))
  await waitForSuccess(tab)
  await shoot(tab, 'success-page')
  await tab.close()
  await readAccounts(page, 'ada@')
  const outcome = await stage.consume('Get Session')
  await dialog(page)
  await shoot(page, 'consent')
  await answerDialog(page, 'Allow')
  await pick(page, 'ada@')
  await outcome()
  await shoot(page, 'token')
  await clearNotifications(page)
}

/** What is cached of the account, with one claim shown. */
const shootView = async ({ page }: Stage): Promise<void> => {
  await openView(page)
  await widenSideBar(page, 400)
  await openRow(treeRow(page, /^Access token for Microsoft Graph/))
  await openRow(treeRow(page, 'ID token, who signed in'))
  await openRow(treeRow(page, /^\d+ claims$/).last())
  await treeRow(page, /^preferred_username,/).click()
  await treeRow(page, /^preferred_username:/).waitFor()
  await shoot(page, 'accounts-view')
  await runCommand(page, 'View: Toggle Primary Side Bar Visibility')
}

const shootWalkthrough = async ({ page }: Stage): Promise<void> => {
  // A narrower page leaves its pictures out.
  await page.setViewportSize({ width: 1280, height: 800 })
  await openWalkthrough(page, 'registerApp')
  // The picture is a page of its own, which Playwright takes for hidden.
  await page.waitForTimeout(3000)
  await shoot(page, 'walkthrough')
  await runCommand(page, 'View: Close All Editors')
  await page.setViewportSize(SIZE.viewport)
}

/** Adds a second account, for pictures of the picker and of both in the menu. */
const shootAccounts = async (stage: Stage): Promise<void> => {
  const { page } = stage
  const opened = stage.nextTab()
  const outcome = await stage.consume('Choose Account')
  await answerDialog(page, 'Allow')
  await pick(page, 'Sign in to another account')
  await quickPickRows(page)
  await shoot(page, 'picker')
  await pick(page, 'Another account…')
  const tab = await opened
  await signInOnPage(tab, person(stage, 'grace'))
  await waitForSuccess(tab)
  await tab.close()
  await outcome()
  await clearNotifications(page)
  await openAccounts(page, 'grace@')
  await shoot(page, 'signed-in')
}

const shootDeviceCode = async (stage: Stage): Promise<void> => {
  const { page } = stage
  const outcome = await stage.consume('Get Session')
  await answerDialog(page, 'Allow')
  await notification(page, 'enter the code')
  await shoot(page, 'device-code')
  await answerNotification(page, 'enter the code', 'Cancel')
  await outcome()
}

/** `npm run screenshots`: writes the README's pictures from the real window. */
const main = async (): Promise<void> => {
  await mkdir(FOLDER, { recursive: true })
  const desktop = await openStage({ ...SIZE, desktop: true })
  try {
    await shootBrowser(desktop)
    await shootWalkthrough(desktop)
    await shootView(desktop)
    await shootAccounts(desktop)
  } finally {
    await desktop.close()
  }
  const web = await openStage(SIZE)
  try {
    await shootDeviceCode(web)
  } finally {
    await web.close()
  }
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
