import assert from 'node:assert/strict'
import { nodePlatform } from '../../src/node/node-platform.ts'
import { authorityOptions } from '../../src/vscode/authority-address.ts'
import { createAuthenticationProvider } from '../../src/vscode/authentication-provider.ts'
import { createClientRegistry } from '../../src/vscode/client-registry.ts'
import { createFailureMemory } from '../../src/vscode/failure-memory.ts'
import { combinePolicy } from '../../src/vscode/policy.ts'
import { MenuAwareClient } from '../../src/vscode/public-client.ts'
import { createSecretStoragePersistence, type ListedPersistence } from '../../src/vscode/secret-storage-persistence.ts'
import type { SessionChanges } from '../../src/vscode/session-changes.ts'
import { createSessionRecords } from '../../src/vscode/session-records.ts'
import type { SignInMethod } from '../../src/vscode/sign-in-methods.ts'
import { createBrowser, type Person } from '../simulator/robot.ts'
import { createHost, createSecrets, createWindow, settingsOf } from '../vscode/fakes.ts'

/** The person's browser. */
export type Open = (url: string, host: ReturnType<typeof createHost>) => Promise<void>

/** What a window has of its own; all of it is made anew unless given. */
export interface WindowOptions {
  readonly methods?: readonly SignInMethod[]
  readonly persistence?: (...namespace: readonly string[]) => ListedPersistence
  /** Milliseconds by which its clock is ahead. */
  readonly ahead?: () => number
  readonly fetch?: typeof globalThis.fetch
}

/** The provider `entra` of one window, with the library as the extension has it. */
export function createProvider(settings: object, open: Open, options: WindowOptions = {}) {
  const { methods = ['browser'], ahead = () => 0, fetch: send = fetch } = options
  const clock = { ...nodePlatform.clock, now: () => nodePlatform.clock.now() + ahead() }
  const persistence = options.persistence ?? createSecretStoragePersistence(createSecrets(), () => undefined)
  const httpCache = new Map<string, string>()
  const hosts: string[] = []
  const events: SessionChanges[] = []
  const clients = createClientRegistry(
    ({ clientId, authority }) =>
      new MenuAwareClient(
        {
          clientId,
          ...authorityOptions(authority),
          cachePersistence: persistence('tokens', clientId),
          httpCache,
          fetch: (input, init) => {
            hosts.push(new URL(input instanceof Request ? input.url : input).host)
            return send(input, init)
          },
        },
        { ...nodePlatform, clock },
      ),
    { hearsOfChanges: options.persistence !== undefined },
  )
  const host = createHost(
    {
      ...createWindow(),
      openExternal: async (url) => {
        void open(url, host)
        return true
      },
    },
    clock,
  )
  const silence = () => undefined
  const provider = createAuthenticationProvider({
    readSettings: () => settingsOf(settings),
    readPolicy: async () => combinePolicy({ kind: 'absent' }, settingsOf(settings)),
    clients,
    records: createSessionRecords(persistence('sessions'), (error) => assert.ifError(error)),
    host,
    listMethods: async () => methods,
    isAtHand: () => false,
    notifications: { signInFailed: silence, settingProblem: silence, policyProblem: silence, secretProblem: silence },
    failures: createFailureMemory(clock),
    log: { trace: silence, debug: silence, info: silence, warn: silence, error: silence },
    fire: (changes) => events.push(changes),
    onSignedIn: silence,
  })
  return { provider, hosts, events }
}

/** Signs in on the pages, and brings the answer to where the last one sends it. */
export const visitAs =
  (person: Person): Open =>
  async (url, { uriRedirect }) => {
    const browser = createBrowser()
    const { url: target, answer } = await browser.finish(await browser.open(url), { ...person })
    assert.ok(answer)
    const { protocol, pathname } = new URL(target)
    if (protocol === 'http:') await fetch(target, { method: 'POST', body: answer })
    else await uriRedirect.handle({ path: pathname, query: decodeURIComponent(answer.toString()) })
  }
