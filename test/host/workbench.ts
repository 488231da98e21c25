import type { Locator, Page } from './playwright.ts'

/* Selectors of code-server 4.139.1 (VS Code 1.139.1). The accounts icon's list item is clicked: a badge covers its link. */
const ACCOUNTS = '.activitybar .action-item:has(> a.codicon-accounts-view-bar-icon)'
const MENU_ITEM = '.monaco-menu .action-item .action-menu-item'
const QUICK_INPUT = '.quick-input-widget:not([style*="display: none"])'
const QUICK_INPUT_BOX = '.quick-input-widget .quick-input-box input'
const QUICK_ROW = '.quick-input-widget .quick-input-list .monaco-list-row:visible'
const DIALOG = '.monaco-dialog-box'
/** A menu that has only just opened swallows clicks. */
const MENU_DELAY = 300
const NOTIFICATION = '.notifications-toasts .notification-list-item'

/** Waits until the window is there and knows the extensions of its host (their commands, their providers). */
export const waitForWorkbench = async (page: Page): Promise<void> => {
  await page.locator('.monaco-workbench .part.activitybar').waitFor({ timeout: 60_000 })
  await page.locator('.part.statusbar').waitFor({ timeout: 30_000 })
  await page.waitForFunction(() => performance.getEntriesByName('code/didLoadExtensions').length > 0)
}

/**
 * Opens the Accounts menu.
 *
 * @param entry - reopens it until an entry holds this text
 * @returns the entries' labels
 * @throws {Error} with the labels last seen, after 15 s
 */
export const openAccounts = async (page: Page, entry = ''): Promise<readonly string[]> => {
  let labels: readonly string[] = []
  await eventually(async () => {
    await closeMenu(page)
    await page.locator(ACCOUNTS).click()
    await page.locator(MENU_ITEM).first().waitFor({ timeout: 3000 })
    labels = (await page.locator(MENU_ITEM).allInnerTexts()).map((label) => label.trim())
    if (labels.some((label) => label.startsWith('Loading'))) throw new Error('the Accounts menu is still loading')
    if (!labels.some((label) => label.includes(entry)))
      throw new Error(`no '${entry}' in the Accounts menu: ${labels.join(' | ')}`)
  })
  return labels
}

/** The Accounts menu's labels; the menu is closed again. */
export const readAccounts = async (page: Page, entry = ''): Promise<readonly string[]> => {
  const labels = await openAccounts(page, entry)
  await closeMenu(page)
  return labels
}

/** Opens the Accounts menu and clicks the entry that holds `text`. */
export const chooseInAccounts = async (page: Page, text: string): Promise<void> => {
  await openAccounts(page, text)
  await page.waitForTimeout(MENU_DELAY)
  await menuItem(page, text).click()
}

/** Opens the submenu of an account, for a picture or a choice. */
export const openAccount = async (page: Page, account: string): Promise<void> => {
  await openAccounts(page, account)
  await menuItem(page, account).hover()
  await menuItem(page, 'Sign Out').waitFor()
  await page.waitForTimeout(MENU_DELAY)
}

/** Signs an account out by the Accounts menu and its dialog, and waits until the menu has dropped it. */
export const signOut = async (page: Page, account: string): Promise<void> => {
  await openAccount(page, account)
  await menuItem(page, 'Sign Out').click()
  await answerDialog(page, 'Sign Out')
  await eventually(async () => {
    const labels = await readAccounts(page)
    if (labels.some((label) => label.startsWith(account))) throw new Error(`${account} is still in the Accounts menu`)
  })
}

/** Closes whatever menu is open. */
export const closeMenu = async (page: Page): Promise<void> => {
  while (await page.locator(MENU_ITEM).first().isVisible()) {
    await page.keyboard.press('Escape')
    await page.waitForTimeout(200)
  }
}

const menuItem = (page: Page, text: string): Locator => page.locator(MENU_ITEM).filter({ hasText: text }).first()

/** Runs a command by its title in the command palette, which is reopened until it knows the command. */
export const runCommand = async (page: Page, title: string): Promise<void> => {
  const row = page.locator(`${QUICK_ROW}:is([aria-label="${title}"], [aria-label^="${title},"])`).first()
  await eventually(async () => {
    await page.keyboard.press('Escape')
    await page.keyboard.press('F1')
    await page.locator(QUICK_INPUT).waitFor({ timeout: 3000 })
    await page.locator(QUICK_INPUT_BOX).fill(`>${title}`)
    await row.click({ timeout: 3000 })
  }, 30_000)
}

/** Waits for a modal dialog. */
export const dialog = async (page: Page): Promise<Locator> => {
  const box = page.locator(DIALOG)
  await box.waitFor()
  return box
}

/**
 * Answers a modal dialog by the exact label of a button.
 *
 * @returns the dialog's text
 */
export const answerDialog = async (page: Page, button: string): Promise<string> => {
  const box = await dialog(page)
  const text = await box.innerText()
  await box
    .locator('.monaco-button')
    .filter({ hasText: new RegExp(`^\\s*${escapeRegExp(button)}\\s*$`) })
    .click()
  await box.waitFor({ state: 'hidden' })
  return text
}

/** The rows of the open quick pick, as a screen reader says them. */
export const quickPickRows = async (page: Page): Promise<readonly string[]> => {
  const rows = page.locator(QUICK_ROW)
  await rows.first().waitFor()
  const count = await rows.count()
  const labels = Array.from({ length: count }, (_, index) => rows.nth(index).getAttribute('aria-label'))
  return (await Promise.all(labels)).map((label) => label ?? '')
}

/** Picks the row of the open quick pick that holds `text`. */
export const pick = async (page: Page, text: string | RegExp): Promise<void> => {
  await page.locator(QUICK_ROW).filter({ hasText: text }).first().click()
}

/** Fills the open input box and accepts it. */
export const answerInput = async (page: Page, text: string): Promise<void> => {
  const input = page.locator(`${QUICK_INPUT} input`)
  await input.fill(text)
  await input.press('Enter')
}

/** Waits for a notification that holds `text`. */
export const notification = async (page: Page, text: string | RegExp): Promise<Locator> => {
  const found = page.locator(NOTIFICATION).filter({ hasText: text }).last()
  await found.waitFor()
  return found
}

/** Clicks a button of the notification that holds `text`. */
export const answerNotification = async (page: Page, text: string | RegExp, button: string): Promise<void> => {
  const found = await notification(page, text)
  await found.hover()
  await found.locator('.monaco-button').filter({ hasText: button }).first().click()
}

/** Clicks a link in the notification that holds `text`. */
export const clickInNotification = async (page: Page, text: string | RegExp, link: string): Promise<void> => {
  const found = await notification(page, text)
  await found.locator('a').filter({ hasText: link }).click()
}

/** Puts all notifications away. */
export const clearNotifications = async (page: Page): Promise<void> => {
  await runCommand(page, 'Notifications: Clear All Notifications')
  await page.locator(NOTIFICATION).first().waitFor({ state: 'hidden' })
}

/**
 * Repeats `attempt` until it does not throw.
 *
 * @param milliseconds - after which its last error is thrown
 */
export const eventually = async <T>(attempt: () => T | Promise<T>, milliseconds = 15_000): Promise<T> => {
  const deadline = Date.now() + milliseconds
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
