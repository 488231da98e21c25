import { createHash } from 'node:crypto'

/** What a file of a sealed folder holds: a partition of a namespace. */
export interface Place {
  readonly namespace: string
  readonly partition: string
}

/** The extension of sealed files. */
export const SEALED = '.sealed'

/** A place as text, which is sealed together with what is kept there. */
export const printPlace = ({ namespace, partition }: Place): string => JSON.stringify([namespace, partition])

/** Reads what {@link printPlace} printed. */
export function parsePlace(text: string | undefined): Place | undefined {
  const names: unknown = text === undefined ? undefined : JSON.parse(text)
  if (!Array.isArray(names)) return undefined
  const [namespace, partition] = names as unknown[]
  return typeof namespace === 'string' && typeof partition === 'string' ? { namespace, partition } : undefined
}

/** What the names of a place's files begin with; it tells nothing. */
export const hashPlace = (place: Place): string => createHash('sha256').update(printPlace(place)).digest('hex')

/** The name of a place's file. */
export const nameFile = (place: Place): string => hashPlace(place) + SEALED
