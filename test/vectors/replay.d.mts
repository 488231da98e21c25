export interface Vector {
  readonly id: string
}
/** Replays one vector against the module at `libraryUrl`; resolves to the differences. */
export function replay(vector: Vector, libraryUrl: string): Promise<readonly string[]>
