/** The part of `navigator.locks` that is used. */
export interface Locks {
  request<T>(name: string, run: () => Promise<T>): Promise<T>
}

/**
 * Runs alone among all windows of this browser that run the extension at this origin; a window that closes gives its
 * locks up. Undefined where the browser has none, as on a page without https.
 */
export const createLock = (
  locks: Locks | undefined,
): (<T>(name: string, run: () => Promise<T>) => Promise<T>) | undefined =>
  locks && ((name, run) => locks.request(name, run))
