/** Runs with the same name follow one another; a failing one does not stop the next. */
export type Lock = <T>(name: string, run: () => Promise<T>) => Promise<T>

/** Works among the callers in this extension host alone. */
export function createLock(): Lock {
  const tails = new Map<string, Promise<void>>()
  return (name, run) => {
    const turn = (tails.get(name) ?? Promise.resolve()).then(run)
    const clear = () => {
      if (tails.get(name) === tail) tails.delete(name)
    }
    const tail: Promise<void> = turn.then(clear, clear)
    tails.set(name, tail)
    return turn
  }
}
