import type { Clock } from './clock.ts'
import type { Transaction } from './sign-in.ts'
import type { SigningKeys } from './tokens.ts'
import type { App, Platform, Tenant, User, World } from './world.ts'

/** How and when a person proved who they are; every token that follows from it carries it on. */
export type SignIn = {
  readonly user: User
  readonly methods: readonly ('pwd' | 'mfa')[]
  /** Seconds since the epoch. */
  readonly authTime: number
  readonly sessionId: string
}

/** `revoked` and `expired` are set by the control endpoint; age is judged by the clock. */
export type Validity = 'live' | 'revoked' | 'expired'

export type AuthorizationCode = {
  readonly app: App
  readonly platform: Platform
  readonly signIn: SignIn
  /** The tenant segment of the path that the code was asked at. */
  readonly tenant: string
  readonly scope: string
  readonly redirectUri: string
  readonly challenge: { readonly value: string; readonly method: 'S256' | 'plain' } | undefined
  readonly nonce: string | undefined
  readonly claims: string | undefined
  readonly expiresAt: number
  redeemed: boolean
  validity: Validity
}

export type DeviceAuthorization = {
  readonly app: App
  readonly tenant: string
  readonly scope: string
  readonly claims: string | undefined
  readonly userCode: string
  readonly expiresAt: number
  outcome: 'pending' | 'declined' | 'redeemed' | SignIn
}

export type RefreshToken = {
  readonly app: App
  readonly platform: Platform
  readonly signIn: SignIn
  readonly scope: string
  /** The sign-in that this token and its successors come from. */
  readonly chain: string
  readonly expiresAt: number
  redeemed: boolean
  validity: Validity
}

export type AccessToken = { readonly user: User | undefined; validity: Validity }

/** What a session cookie stands for: everyone who is signed in in that browser, the latest first. */
export type Session = { readonly id: string; signIns: readonly SignIn[] }

export type Store = {
  readonly codes: Map<string, AuthorizationCode>
  /** By device code. */
  readonly devices: Map<string, DeviceAuthorization>
  readonly refreshTokens: Map<string, RefreshToken>
  /** By the token's `uti`. */
  readonly accessTokens: Map<string, AccessToken>
  /** By cookie value. */
  readonly sessions: Map<string, Session>
  /** See {@link consentKey}. */
  readonly consents: Set<string>
  /** By the assertion's text. */
  readonly assertions: Map<string, { readonly user: User; readonly expiresAt: number; readonly tokenType: string }>
  readonly transactions: Map<string, Transaction>
}

/** What tests switch through the control endpoint. */
export type Settings = {
  /** A refresh token that was redeemed before is refused, and its whole chain with it. */
  revokeOnReuse: boolean
  permissiveCors: boolean
  /** Seconds. */
  accessTokenLifetime: number
  /** Seconds; sent as `refresh_in` unless undefined. */
  refreshIn: number | undefined
  /** Seconds. */
  deviceInterval: number
  /** The claims that the protected API demands, as JSON; undefined: none. */
  demandedClaims: string | undefined
}

/** Everything that one running simulator knows. */
export type Simulation = {
  readonly clock: Clock
  readonly world: World
  readonly store: Store
  readonly settings: Settings
  readonly keys: SigningKeys
  /** The http and https origin, each under `localhost` too, once listening; tokens of one are accepted at all. */
  readonly origins: string[]
}

export const createStore = (): Store => ({
  codes: new Map(),
  devices: new Map(),
  refreshTokens: new Map(),
  accessTokens: new Map(),
  sessions: new Map(),
  consents: new Set(),
  assertions: new Map(),
  transactions: new Map(),
})

export const createSettings = (): Settings => ({
  revokeOnReuse: false,
  permissiveCors: false,
  accessTokenLifetime: 3600,
  refreshIn: undefined,
  deviceInterval: 1,
  demandedClaims: undefined,
})

/** Where a person's consent to one permission of one app in one tenant is kept. */
export const consentKey = (place: { tenant: Tenant; user: User; app: App }, permission: string): string =>
  [place.tenant.id, place.user.username, place.app.clientId, permission].join(' ')
