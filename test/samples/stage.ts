import { createServer } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import path from 'node:path'
import { listenForTest, type TestServer } from '../node/servers.ts'
import { signIn, type Person } from '../simulator/robot.ts'
import { startSimulator, type Simulator } from '../simulator/server.ts'
import type { Surroundings } from './samples.ts'

export const FIXTURES = path.resolve(import.meta.dirname, '../vectors/fixtures')
const OPEN_PAGE = path.resolve(import.meta.dirname, 'open-page.mjs')
const AUTHORITY = "authority: 'https://login.microsoftonline.com/YOUR_TENANT'"

/** A simulator, Ada, and a browser in which she signs in. */
export interface Stage {
  readonly simulator: Simulator
  readonly ada: Required<Person>
  /** How many pages were opened. */
  pagesOpened(): number
  /** What a sample needs to run as the public or the confidential client. */
  surround(client: 'public' | 'confidential', more?: Partial<Surroundings>, origin?: string): Surroundings
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const simulator = await startSimulator()
  const { username, password } = simulator.users[0]!
  const ada = { username, password, otc: '123456' }
  let pagesOpened = 0
  const browser = await startBrowser(async (url) => {
    pagesOpened++
    const answer = await signIn(url, ada)
    const redirectUri = new URL(url).searchParams.get('redirect_uri') ?? ''
    await fetch(redirectUri, { method: 'POST', body: answer })
  })
  const { clients, tenants, http } = simulator
  return {
    simulator,
    ada,
    pagesOpened: () => pagesOpened,
    surround: (client, { values, environment, files } = {}, origin = http) => ({
      values: {
        YOUR_CLIENT_ID: clients[client].clientId,
        [AUTHORITY]: `authority: '${origin}/${tenants.home}', instanceDiscovery: false`,
        ...values,
      },
      environment: {
        BROWSER: `${process.execPath} ${OPEN_PAGE}`,
        SAMPLE_BROWSER: `http://127.0.0.1:${browser.port}/`,
        ...(client === 'confidential' && { CLIENT_SECRET: clients.confidential.clientSecret }),
        ...environment,
      },
      files: { ...files },
    }),
    close: async () => {
      await browser.close()
      await simulator.stop()
    },
  }
}

/** Takes the addresses that a sample's browser is sent to. */
const startBrowser = (visit: (url: string) => Promise<void>): Promise<TestServer> =>
  listenForTest(
    createServer((request, response) => {
      void readText(request)
        .then(visit)
        .catch((error: unknown) => console.error(error))
        .finally(() => response.end())
    }),
  )
