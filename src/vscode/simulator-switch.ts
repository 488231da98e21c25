import { l10n } from 'vscode'
import { describeForLog } from './failure.ts'
import type { Log } from './log-channel.ts'
import type { NotificationButton } from './notifications.ts'
import type { SettingOverrides } from './settings.ts'
import { parseSimulatorDescription, type SimulatorDescription } from './simulator-description.ts'

/** A simulator's process. */
export interface RunningSimulator {
  /** The line of JSON by which it describes itself. */
  readonly description: string
  readonly ended: Promise<void>
  stop(): void
}

/** What the switch works with. */
export interface SimulatorParts {
  start(this: void): Promise<RunningSimulator>
  /** Puts values in the place of settings, or takes them away; nothing of it is written. */
  override(this: void, values: SettingOverrides | undefined): void
  /** Signs everybody out at a host. */
  signOut(this: void, host: string): Promise<void>
  /** The host of the simulator that ran last, also in an earlier window. */
  readonly lastHost: { get(): string | undefined; set(host: string | undefined): void }
  /** Marks the window, for as long as a simulator runs. */
  mark(this: void, running: SimulatorDescription | undefined): void
  /** Tells the person something; without a button VS Code would cut it off after one line. */
  tell(this: void, text: string, buttons: readonly NotificationButton[]): void
  copyText(this: void, text: string): void
  signIn(this: void): void
  showLog(this: void): void
  readonly log: Log
}

/** Starts and stops a simulator, which takes Entra's place in this window meanwhile. */
export interface SimulatorSwitch {
  toggle(): Promise<void>
  stop(): void
}

/** Its tokens are worth nothing once it has ended, so its people are signed out then, or when the next one starts. */
export function createSimulatorSwitch(parts: SimulatorParts): SimulatorSwitch {
  let running: RunningSimulator | undefined
  let starting: Promise<void> | undefined

  const forgetLast = async () => {
    const host = parts.lastHost.get()
    if (host !== undefined) await parts.signOut(host)
    parts.lastHost.set(undefined)
  }

  const start = async () => {
    try {
      await forgetLast()
      const simulator = await parts.start()
      running = simulator
      void simulator.ended.then(end).catch((error: unknown) => {
        parts.log.error(`The people of the simulator were not signed out: ${describeForLog(error)}`)
      })
      const description = parseSimulatorDescription(simulator.description)
      const { origin, clientId, first } = description
      parts.lastHost.set(new URL(origin).host)
      parts.override({ clientId, authority: `${origin}/organizations`, tenant: '' })
      parts.mark(description)
      parts.tell(
        l10n.t(
          'The Entra simulator runs. It is not real: sign in as {0} with the password {1}, or as somebody else whom the status bar names.',
          first.username,
          first.password,
        ),
        [
          { label: l10n.t('Copy Password'), run: () => parts.copyText(first.password) },
          { label: l10n.t('Sign In'), run: () => parts.signIn() },
        ],
      )
    } catch (error) {
      running?.stop()
      parts.log.error(`The simulator did not start: ${describeForLog(error)}`)
      parts.tell(
        l10n.t('The Entra simulator did not start. It needs npm and a checkout of this project after "npm install".'),
        [{ label: l10n.t('Show Log'), run: () => parts.showLog() }],
      )
    }
  }

  const end = async () => {
    running = undefined
    parts.override(undefined)
    parts.mark(undefined)
    await forgetLast()
  }

  return {
    async toggle() {
      if (running) running.stop()
      else await (starting ??= start().finally(() => (starting = undefined)))
    },
    stop: () => running?.stop(),
  }
}
