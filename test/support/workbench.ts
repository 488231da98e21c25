import type { Secrets } from '../../src/vscode/secret-storage-persistence.ts'

/** Secret storage as web workbenches have it. */
export interface Workbench {
  /** A window's secrets: a copy of all that is stored now; each write stores the whole copy. */
  openWindow(): Secrets
  /** What a window that opens now would see. */
  readonly stored: () => ReadonlyMap<string, string>
}

/** Windows whose copies of the secrets grow old, as in a browser. */
export function createWorkbench(): Workbench {
  let stored: ReadonlyMap<string, string> = new Map()
  return {
    stored: () => stored,
    openWindow() {
      const copy = new Map(stored)
      const writeBack = () => void (stored = new Map(copy))
      return {
        get: async (key) => copy.get(key),
        keys: async () => [...copy.keys()],
        store: async (key, value) => {
          copy.set(key, value)
          writeBack()
        },
        delete: async (key) => {
          copy.delete(key)
          writeBack()
        },
      }
    },
  }
}
