import { createConnection, type Socket } from 'node:net'
import type { MessageBus } from 'dbus-native'
import { untilAborted } from '../msal/core/abort.ts'

/** A method of an object on the bus; all its arguments are texts. */
export interface BusMethod {
  readonly destination: string
  readonly path: string
  readonly interface: string
  readonly member: string
}

/** A connection to the session bus (D-Bus) of the person whose process this is. */
export interface SessionBus {
  /**
   * Calls a method and resolves to what it returned.
   *
   * @throws {BusError} where an error was returned, or the connection is lost
   * @throws the signal's reason when it is aborted
   */
  call(method: BusMethod, texts: readonly string[], signal?: AbortSignal): Promise<unknown>
  /** Safe to call twice. */
  close(): void
}

/** The bus can't be reached, or it returned an error. */
export class BusError extends Error {
  override name = 'BusError'
  /** As `org.freedesktop.DBus.Error.ServiceUnknown`; absent where the bus itself can't be reached. */
  declare readonly dbusName?: string

  constructor(
    message: string,
    { dbusName, cause }: { readonly dbusName?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause })
    if (dbusName !== undefined) this.dbusName = dbusName
  }
}

/** The environment variables that lead to the bus. */
export type BusEnvironment = Readonly<Record<string, string | undefined>>

const LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024

/** Loaded by the first connection; few machines have a broker on their bus. */
const loadLibrary = () => import('dbus-native')

/**
 * Connects to the session bus.
 *
 * @throws {BusError} where there is none, or it does not let us in
 * @throws the signal's reason when it is aborted
 * @see https://dbus.freedesktop.org/doc/dbus-specification.html
 */
export async function connectToSessionBus(environment: BusEnvironment, signal?: AbortSignal): Promise<SessionBus> {
  const { createClient } = await loadLibrary()
  const socket = await connectToFirst(parseAddresses(environment), signal)
  // A socket of our own: the library would also run programs that an address names.
  const bus = createClient({
    stream: socket,
    direct: true,
    authMethods: ['EXTERNAL'],
    maxMessageSize: LARGEST_MESSAGE_BYTES,
  })
  // Whatever it is, nothing more can come of the connection; its calls fail as it closes.
  bus.connection.on('error', () => socket.destroy())
  const close = () => void socket.destroy()
  try {
    await untilAborted(callBus(bus, { member: 'Hello', path: '/org/freedesktop/DBus', ...BUS }, []), signal)
  } catch (error) {
    close()
    throw error
  }
  return { call: (method, texts, stop) => untilAborted(callBus(bus, method, texts), stop), close }
}

const BUS = { destination: 'org.freedesktop.DBus', interface: 'org.freedesktop.DBus' } as const

async function callBus(bus: MessageBus, method: BusMethod, texts: readonly string[]): Promise<unknown> {
  const body = texts.length > 0 ? { signature: 's'.repeat(texts.length), body: [...texts] } : {}
  try {
    return await bus.invoke<unknown>({ ...method, ...body })
  } catch (error) {
    const dbusName = error instanceof Error && 'dbusName' in error ? String(error.dbusName) : undefined
    // What it says may name people.
    throw new BusError(`${method.member} failed: ${dbusName ?? 'the connection to the session bus was lost'}`, {
      dbusName,
    })
  }
}

/** Where the bus listens: paths of sockets, abstract ones with a NUL in front. */
export function parseAddresses({
  DBUS_SESSION_BUS_ADDRESS: told,
  XDG_RUNTIME_DIR: runtime,
}: BusEnvironment): readonly string[] {
  const addresses = (told || (runtime ? `unix:path=${runtime}/bus` : '')).split(';')
  return addresses.flatMap((address) => {
    const [, list] = /^unix:(.*)$/.exec(address) ?? []
    const values = new Map((list ?? '').split(',').map((pair) => pair.split('=', 2) as [string, string | undefined]))
    const [file, name] = [values.get('path'), values.get('abstract')].map((value) => value && unescape(value))
    return file ? [file] : name ? [`\0${name}`] : []
  })
}

/** Any byte may be written as `%` and two hexadecimal digits. */
const unescape = (value: string): string =>
  Buffer.from(
    value.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16))),
    'latin1',
  ).toString()

async function connectToFirst(addresses: readonly string[], signal: AbortSignal | undefined): Promise<Socket> {
  let cause: unknown
  for (const address of addresses)
    try {
      return await connect(address, signal)
    } catch (error) {
      signal?.throwIfAborted()
      cause = error
    }
  throw new BusError(addresses.length > 0 ? 'The session bus does not answer' : 'There is no session bus', { cause })
}

function connect(address: string, signal: AbortSignal | undefined): Promise<Socket> {
  const socket = createConnection(address)
  const connected = new Promise<Socket>((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
  return untilAborted(connected, signal).catch((error: unknown) => {
    socket.destroy()
    throw error
  })
}
