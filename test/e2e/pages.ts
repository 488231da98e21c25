import type { Page } from '../host/playwright.ts'
import type { Stage } from './stage.ts'

/** Somebody whom the simulator knows. */
export type Person = { readonly username: string; readonly password: string }

/** A user of the simulator by first name: `ada`, `grace`, `cora` (must consent), `bob` (is blocked). */
export const person = (stage: Pick<Stage, 'simulator'>, name: string): Person => {
  const found = stage.simulator.users.find(({ username }) => username.startsWith(`${name}@`))
  if (found === undefined) throw new Error(`the simulator knows no ${name}`)
  return found
}

/** Fills the sign-in page and sends it. */
export const signInOnPage = async (tab: Page, { username, password }: Person): Promise<void> => {
  const another = tab.getByRole('button', { name: 'Use another account' })
  const field = tab.locator('input[name=username]')
  if (!(await field.isVisible()) && (await another.isVisible())) await another.click()
  await field.fill(username)
  await tab.locator('input[name=password]').fill(password)
  await press(tab, 'Sign in')
}

/** Presses a button of the simulator's page. */
export const press = (tab: Page, button: string): Promise<void> =>
  tab.getByRole('button', { name: button, exact: true }).click()

/** Opens the page for device codes and enters one. */
export const enterDeviceCode = async (tab: Page, origin: string, code: string): Promise<void> => {
  await tab.goto(`${origin}/devicelogin`)
  await tab.locator('input[name=user_code]').fill(code)
  await press(tab, 'Next')
}

/** Waits for the page that the loopback shows when all went well. */
export const waitForSuccess = (tab: Page): Promise<void> => tab.getByText('You are signed in').waitFor()

/** The text of a page's error. */
export const errorOnPage = async (tab: Page): Promise<string> => {
  const alert = tab.locator('[role=alert]')
  await alert.waitFor()
  return alert.innerText()
}
