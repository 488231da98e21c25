/**
 * Makes equal calls in flight one: while a run for `key` is under way, further callers share it.
 *
 * @returns a function that runs `run` unless one for the same key is under way
 */
export function createSingleFlight(): <T>(key: string, run: () => Promise<T>) => Promise<T> {
  const flights = new Map<string, Promise<unknown>>()
  return <T>(key: string, run: () => Promise<T>) => {
    const running = flights.get(key)
    if (running) return running as Promise<T>
    const flight = run().finally(() => flights.delete(key))
    flights.set(key, flight)
    return flight
  }
}
