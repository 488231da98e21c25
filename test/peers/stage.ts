import assert from 'node:assert/strict'
import {
  ConfidentialClientApplication,
  PublicClientApplication,
  type Account,
  type AuthCodeFlow,
  type AuthorizationOptions,
  type ClientApplication,
  type ConfidentialClientOptions,
  type PublicClientOptions,
  type TokenResult,
} from '../../src/library.ts'
import { createBrowser, signIn, type Person } from '../simulator/robot.ts'
import { startSimulator, type Simulator } from '../simulator/server.ts'

/** The transports that the simulator is reached by: plain on the loopback, and TLS by a private CA. */
export const SCHEMES = ['http', 'https'] as const
export type Scheme = (typeof SCHEMES)[number]

/** Where the answers to authorization requests go; nothing listens there, the robot reads them. */
export const REDIRECT_URI = 'http://localhost:4711'

/** The result of a sign-in, which always names its account. */
export type SignedIn = TokenResult & { readonly account: Account }

/** A simulator, and clients of ours that know it by one of its origins, over the library's own transport. */
export interface Stage {
  readonly simulator: Simulator
  readonly origin: string
  readonly home: string
  readonly publicClient: (options?: Partial<PublicClientOptions>) => PublicClientApplication
  readonly confidentialClient: (options?: Partial<ConfidentialClientOptions>) => ConfidentialClientApplication
  readonly person: (name: string) => Person
  /** What the app is answered once a person has signed in at an authorization endpoint's address. */
  readonly answer: (authUri: string, name: string) => Promise<URLSearchParams>
  /** Signs a person in by authorization code, the flow kept as JSON meanwhile. */
  readonly signIn: (
    client: ClientApplication,
    name: string,
    options?: Partial<AuthorizationOptions>,
  ) => Promise<SignedIn>
  /** Shows an address to a person, who goes on to the redirect URI; the page that they see there. */
  readonly visit: (url: string, person: Person) => Promise<string>
  /** Calls the protected API. */
  readonly callApi: (accessToken: string) => Promise<Response>
  /** Requests that reached the token endpoint. */
  readonly tokenRequests: () => number
  readonly stop: () => Promise<void>
}

export async function openStage(scheme: Scheme): Promise<Stage> {
  const simulator = await startSimulator()
  const origin = simulator[scheme]
  const home = `${origin}/${simulator.tenants.home}`
  const robot = { ca: simulator.caCertificate }
  const common = { authority: home, instanceDiscovery: false, ...(scheme === 'https' && robot) }
  const { clients, controls } = simulator
  const person: Stage['person'] = (name) => {
    const user = simulator.users.find(({ username }) => username.startsWith(`${name}@`))!
    return { username: user.username, password: user.password, otc: '123456' }
  }
  const answer: Stage['answer'] = (authUri, name) => signIn(authUri, person(name), robot)
  return {
    simulator,
    origin,
    home,
    person,
    answer,
    publicClient: (options) =>
      new PublicClientApplication({ clientId: clients.public.clientId, ...common, ...options }),
    confidentialClient: (options) => {
      const { clientId, clientSecret } = clients.confidential
      return new ConfidentialClientApplication({ clientId, clientCredential: clientSecret, ...common, ...options })
    },
    signIn: async (client, name, options) => {
      const request = { scopes: ['User.Read'], redirectUri: REDIRECT_URI, ...options }
      const kept = JSON.stringify(await client.initiateAuthCodeFlow(request))
      const authCodeFlow = JSON.parse(kept) as AuthCodeFlow
      const authResponse = await answer(authCodeFlow.authUri, name)
      const result = await client.acquireTokenByAuthCodeFlow({ authCodeFlow, authResponse })
      assert.ok(result.account)
      return { ...result, account: result.account }
    },
    visit: async (url, who) => {
      const browser = createBrowser(robot)
      const { url: target, answer } = await browser.finish(await browser.open(url), { ...who })
      const response = await fetch(target, answer === undefined ? {} : { method: 'POST', body: answer })
      return response.text()
    },
    callApi: (accessToken) =>
      fetch(`${simulator.http}/api/me`, { headers: { authorization: `Bearer ${accessToken}` } }),
    tokenRequests: () => controls.counts()['POST /{tenant}/oauth2/v2.0/token'] ?? 0,
    stop: simulator.stop,
  }
}
