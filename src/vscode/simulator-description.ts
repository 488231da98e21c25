import { isObject, parseJson } from './encoding.ts'

/** Where a simulator is, and who may sign in there. */
export interface SimulatorDescription {
  /** `http://127.0.0.1:{port}` */
  readonly origin: string
  readonly clientId: string
  readonly users: readonly SimulatorUser[]
  /** Somebody who needs nothing but the password. */
  readonly first: SimulatorUser
}

/** A made-up person. */
export interface SimulatorUser {
  readonly username: string
  readonly password: string
  readonly note: string
}

/**
 * Reads the line by which a simulator describes itself.
 *
 * @throws {Error} naming what is missing
 */
export function parseSimulatorDescription(line: string): SimulatorDescription {
  const value = parseJson(line)
  const { http, clients, users } = isObject(value) ? value : {}
  const client = isObject(clients) && isObject(clients['public']) ? clients['public']['clientId'] : undefined
  if (typeof http !== 'string' || !URL.canParse(http)) throw new Error('the simulator names no "http" origin')
  if (typeof client !== 'string') throw new Error('the simulator names no "clients.public.clientId"')
  const people = Array.isArray(users) ? users.flatMap(parseUser) : []
  const [first] = people
  if (!first) throw new Error('the simulator names no "users"')
  return { origin: new URL(http).origin, clientId: client, users: people, first }
}

function parseUser(value: unknown): readonly SimulatorUser[] {
  if (!isObject(value)) return []
  const { username, password, note } = value
  if (typeof username !== 'string' || typeof password !== 'string') return []
  return [{ username, password, note: typeof note === 'string' ? note : '' }]
}
