/** The simulator's clock: real time plus whatever tests have added to it. */
export type Clock = {
  /** Whole seconds since the epoch, as tokens carry them. */
  readonly now: () => number
  /** Moves the clock forward (or back) by so many seconds. */
  readonly advance: (seconds: number) => void
  /** Goes back to real time. */
  readonly reset: () => void
}

/** Makes a clock that runs with the machine's own until it is advanced. */
export const createClock = (): Clock => {
  let ahead = 0
  return {
    now: () => Math.floor(Date.now() / 1000) + ahead,
    advance: (seconds) => {
      ahead += seconds
    },
    reset: () => {
      ahead = 0
    },
  }
}
