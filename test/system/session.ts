import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { connectToSessionBus } from '../../src/node/session-bus.ts'

/** A person's session: a real `dbus-daemon` (Debian: dbus), and what else they are to have. */
export interface Session {
  /** For programs that are to run in it. */
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** What a session has besides a bus. */
export interface SessionOptions {
  /** Names that the bus starts programs for, with their command lines. */
  readonly services?: Readonly<Record<string, string>>
  /** A key ring (Debian: gnome-keyring) that is open. */
  readonly hasKeyring?: boolean
}

/** Opens a session in a folder of its own; nothing of the machine's is in it. */
export async function openSession({ services = {}, hasKeyring = false }: SessionOptions = {}): Promise<Session> {
  const folder = mkdtempSync(path.join(tmpdir(), 'session-'))
  const started: ChildProcess[] = []
  const close = async () => {
    for (const child of started.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const ended = once(child, 'exit')
      child.kill()
      await ended
    }
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    mkdirSync(path.join(folder, 'services'))
    for (const [name, command] of Object.entries(services))
      writeFileSync(path.join(folder, `services/${name}.service`), `[D-BUS Service]\nName=${name}\nExec=${command}\n`)
    const configuration = path.join(folder, 'bus.conf')
    writeFileSync(configuration, configurationOf(folder))
    const bus = spawn('dbus-daemon', [`--config-file=${configuration}`, '--nofork', '--print-address=1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    started.push(bus)
    const address = await Promise.race([
      firstLine(bus),
      missing(bus, 'dbus-daemon is missing: install it (Debian: dbus)'),
    ])
    const environment = {
      DBUS_SESSION_BUS_ADDRESS: address,
      XDG_RUNTIME_DIR: folder,
      XDG_DATA_HOME: folder,
      HOME: folder,
    }
    if (hasKeyring) started.push(await openKeyring(environment))
    return { environment, close }
  } catch (error) {
    await close()
    throw error
  }
}

const configurationOf = (folder: string): string => `<busconfig>
  <type>session</type>
  <listen>unix:path=${folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <servicedir>${folder}/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

async function openKeyring(environment: Session['environment']): Promise<ChildProcess> {
  const program = 'gnome-keyring-daemon'
  const keyring = spawn(program, ['--foreground', '--components=secrets', '--unlock'], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const isMissing = missing(keyring, `${program} is missing: install it (Debian: gnome-keyring)`)
  keyring.stdin.end('a password\n')
  await Promise.race([nameTaken(environment, 'org.freedesktop.secrets'), isMissing])
  return keyring
}

/** Resolves when somebody has the name on the bus. */
async function nameTaken(environment: Session['environment'], name: string): Promise<void> {
  const bus = await connectToSessionBus(environment)
  const place = {
    destination: 'org.freedesktop.DBus',
    path: '/org/freedesktop/DBus',
    interface: 'org.freedesktop.DBus',
  }
  try {
    while ((await bus.call({ ...place, member: 'NameHasOwner' }, [name])) !== true) await delay(20)
  } finally {
    bus.close()
  }
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout) for await (const line of createInterface({ input: stdout })) return line
  throw new Error('the program ended')
}

const missing = async (child: ChildProcess, hint: string): Promise<never> => {
  const [cause] = (await once(child, 'error')) as [Error]
  throw new Error(hint, { cause })
}
