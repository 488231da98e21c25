/** A line of the diagnosis. */
export type Fact = readonly [name: string, value: string]

/** A part of the diagnosis. */
export interface Section {
  readonly title: string
  readonly facts: readonly Fact[]
}
