import { watch, type FSWatcher } from 'node:fs'
import { stat } from 'node:fs/promises'

/** Milliseconds between looks at a folder; network and container file systems may tell nothing by themselves. */
const LOOK_MS = 30_000

/**
 * Tells when entries of a folder came, went or were replaced: at once where the system says so, else within 30 seconds.
 * It keeps no process alive.
 *
 * @param changed - called with the entry's name; with none where any may have changed
 * @returns ends it
 */
export async function watchFolder(
  path: string,
  changed: (name?: string) => void,
  { lookMs = LOOK_MS }: { readonly lookMs?: number } = {},
): Promise<() => void> {
  const watcher = tryToWatch(path, changed)
  let last = await readTime(path)
  const look = async (): Promise<void> => {
    const time = await readTime(path)
    if (time === last) return
    last = time
    changed()
  }
  const timer = setInterval(() => void look(), lookMs).unref()
  return () => {
    clearInterval(timer)
    watcher?.close()
  }
}

/** The system may have no watcher left to give. */
function tryToWatch(path: string, changed: (name?: string) => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, (_event, name) => changed(name ?? undefined))
    return watcher.on('error', () => watcher.close())
  } catch {
    return undefined
  }
}

/** When an entry of the folder was made, removed or renamed last. */
const readTime = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  )
