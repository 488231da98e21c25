import { cp, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { ROOT } from './install.ts'
import type { BrowserContext } from './playwright.ts'

/**
 * Keeps what explains a failure in `.artifacts/<title>/`: a picture of every page, the logs of server and extension host.
 *
 * @returns the folder
 */
export const keepArtifacts = async (title: string, context: BrowserContext, directory?: string): Promise<string> => {
  const folder = path.join(ROOT, '.artifacts', title.replace(/[^\w-]+/g, '-').slice(0, 100))
  await mkdir(folder, { recursive: true })
  for (const [index, page] of context.pages().entries()) {
    const picture = page.screenshot({ path: path.join(folder, `page-${index}.png`) })
    await picture.catch((error: unknown) => console.error('no picture:', error))
  }
  for (const log of directory === undefined ? [] : ['server.log', 'data/logs'])
    await cp(path.join(directory ?? '', log), path.join(folder, log), { recursive: true, force: true }).catch(
      () => undefined,
    )
  return folder
}
