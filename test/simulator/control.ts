/**
 * The control endpoint: what tests do to a running simulator. In the same process they call {@link Controls}; from
 * another they `POST {control}/{name}` with the JSON of the argument and `content-type: application/json` and get the
 * JSON of the result, where `{name}` is a member of {@link Controls}, for example
 * `POST {control}/advanceClock` with `{"seconds": 3600}` or `POST {control}/counts` with `{}`.
 */
import type { HttpReply, HttpRequest } from './http.ts'
import { jsonReply } from './http.ts'
import { createSettings, type Settings, type Simulation, type Validity } from './simulation.ts'
import type { Fault, RequestRecord, Traffic } from './traffic.ts'
import { findApp, findUser, type App, type Platform, type User } from './world.ts'

/** Whose tokens, and which; all of them unless told. */
export type TokenSelection = { readonly username: string; readonly kind?: 'access' | 'refresh' }

/** Everything that tests can do. */
export type Controls = {
  /** Moves the simulator's clock; tokens, codes and sessions age by it. Client assertions go by the real clock. */
  readonly advanceClock: (argument: { readonly seconds: number }) => { readonly now: number }
  /** Makes a person's tokens answer as revoked: 50173, and at the API a claims challenge. Ends their browser sessions, unless only access tokens are meant. */
  readonly revokeTokens: (selection: TokenSelection) => void
  /** Makes a person's tokens answer as expired: 700082, and at the API `invalid_token`. */
  readonly expireTokens: (selection: TokenSelection) => void
  /** Asks a person for a second factor from now on, also of refresh tokens that came without one (50076). */
  readonly requireSecondFactor: (argument: { readonly username: string; readonly required: boolean }) => void
  /** Forgets what people consented to. */
  readonly forgetConsents: () => void
  /** Answers the next requests as told; faults are used up in the order they were added. */
  readonly addFault: (fault: Fault) => void
  readonly clearFaults: () => void
  /** Changes settings; those left out stay, `null` takes `refreshIn` back. */
  readonly set: (settings: SettingsChange) => Settings
  /** The API demands these claims from now on: the members of `access_token`; `null`: none any more. */
  readonly demandClaims: (argument: { readonly claims: Readonly<Record<string, unknown>> | null }) => void
  /** Lets an app (the confidential one unless told) sign assertions with the key of this PEM certificate. */
  readonly registerCertificate: (argument: { readonly certificate: string; readonly clientId?: string }) => void
  /** Adds a redirect URI to an app (the public one unless told). */
  readonly registerRedirectUri: (argument: {
    readonly redirectUri: string
    readonly clientId?: string
    readonly platform?: Platform
  }) => void
  /** Signs with a new key; the old one stays published unless it is to be withdrawn. */
  readonly rotateKeys: (argument?: { readonly withdraw?: boolean }) => Promise<void>
  /** Requests so far, by method and route. */
  readonly counts: () => Readonly<Record<string, number>>
  /** The last thousand requests, oldest first: paths and grants, never parameters. */
  readonly requests: () => readonly RequestRecord[]
  readonly resetCounts: () => void
  /** Forgets everything since the start but the signing keys: tokens, sessions, consents, settings, faults, counts, what was registered and the clock. */
  readonly reset: () => void
  /** The other apps that the one-line description leaves out. */
  readonly apps: () => Readonly<Record<string, Pick<App, 'clientId' | 'foci' | 'redirectUris'>>>
}

export type SettingsChange = {
  readonly revokeOnReuse?: boolean
  readonly permissiveCors?: boolean
  readonly accessTokenLifetime?: number
  readonly refreshIn?: number | null
  readonly deviceInterval?: number
}

export const createControls = (simulation: Simulation, traffic: Traffic): Controls => ({
  advanceClock: ({ seconds }) => {
    simulation.clock.advance(seconds)
    return { now: simulation.clock.now() }
  },
  revokeTokens: (selection) => invalidate(simulation, selection, 'revoked'),
  expireTokens: (selection) => invalidate(simulation, selection, 'expired'),
  requireSecondFactor: ({ username, required }) => {
    requireUser(simulation, username).needsSecondFactor = required
  },
  forgetConsents: () => simulation.store.consents.clear(),
  addFault: traffic.addFault,
  clearFaults: traffic.clearFaults,
  set: ({ refreshIn, ...others }) => {
    for (const [name, value] of Object.entries(others)) {
      if (typeof value !== typeof simulation.settings[name as keyof Settings])
        throw new Error(`${name} can't be set so.`)
    }
    Object.assign(simulation.settings, others)
    if (refreshIn !== undefined) simulation.settings.refreshIn = refreshIn ?? undefined
    return simulation.settings
  },
  demandClaims: ({ claims }) => {
    simulation.settings.demandedClaims = claims === null ? undefined : JSON.stringify({ access_token: claims })
  },
  registerCertificate: ({ certificate, clientId }) => {
    requireApp(simulation, clientId ?? simulation.world.apps.confidential.clientId).certificates.push(certificate)
  },
  registerRedirectUri: ({ redirectUri, clientId, platform = 'native' }) => {
    const app = requireApp(simulation, clientId ?? simulation.world.apps.public.clientId)
    app.redirectUris.push({ uri: redirectUri, platform })
  },
  rotateKeys: (argument) => simulation.keys.rotate(argument?.withdraw),
  counts: traffic.counts,
  requests: traffic.requests,
  resetCounts: traffic.resetCounts,
  reset: createReset(simulation, traffic),
  apps: () => simulation.world.apps,
})

/** Answers the control endpoint's requests; JSON only, which no foreign page can send unasked. */
export const answerControl = async (controls: Controls, request: HttpRequest): Promise<HttpReply> => {
  const name = request.path.slice(1)
  if (request.method !== 'POST' || request.headers['content-type'] !== 'application/json') {
    return jsonReply(405, { error: 'Send POST with content-type application/json.', calls: Object.keys(controls) })
  }
  if (!Object.hasOwn(controls, name))
    return jsonReply(404, { error: 'There is no such call.', calls: Object.keys(controls) })
  try {
    const call = controls[name as keyof Controls] as (argument: unknown) => unknown
    return jsonReply(200, (await call(JSON.parse(request.body === '' ? '{}' : request.body))) ?? {})
  } catch (error) {
    return jsonReply(400, { error: error instanceof Error ? error.message : 'failed' })
  }
}

const createReset = ({ clock, world, store, settings }: Simulation, traffic: Traffic): (() => void) => {
  const original = structuredClone(world)
  return () => {
    clock.reset()
    for (const part of Object.values(store)) part.clear()
    Object.assign(settings, createSettings())
    traffic.clearFaults()
    traffic.resetCounts()
    world.users.forEach((user, index) => {
      user.needsSecondFactor = original.users[index]!.needsSecondFactor
    })
    for (const app of Object.values(world.apps)) {
      const { redirectUris, certificates } = findApp(original, app.clientId)!
      app.redirectUris.splice(0, Infinity, ...redirectUris)
      app.certificates.splice(0, Infinity, ...certificates)
    }
  }
}

const invalidate = ({ world, store }: Simulation, selection: TokenSelection, validity: Validity): void => {
  const user = requireUser({ world }, selection.username)
  if (selection.kind !== 'refresh') {
    for (const token of store.accessTokens.values()) if (token.user === user) token.validity = validity
  }
  if (selection.kind === 'access') return
  for (const grant of [...store.refreshTokens.values(), ...store.codes.values()]) {
    if (grant.signIn.user === user) grant.validity = validity
  }
  for (const session of store.sessions.values()) {
    session.signIns = session.signIns.filter((signIn) => signIn.user !== user)
  }
}

const requireUser = ({ world }: Pick<Simulation, 'world'>, username: string): User => {
  const user = findUser(world, username)
  if (user === undefined) throw new Error('There is no such user.')
  return user
}

const requireApp = ({ world }: Simulation, clientId: string): App => {
  const app = findApp(world, clientId)
  if (app === undefined) throw new Error('There is no such app.')
  return app
}
