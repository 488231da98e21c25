import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManagedIdentityClient, NetworkError, SystemAssignedManagedIdentity } from '../../src/msal/index.ts'
import type { Platform } from '../../src/msal/core/ports.ts'
import { createArcAgent } from '../../src/node/arc-agent.ts'
import { nodePlatform } from '../../src/node/node-platform.ts'
import { createServerCertificate, type ServerCertificate } from '../simulator/certificate.ts'
import { startProxy, startWebServer, type TestServer } from './servers.ts'

const RESOURCE = 'https://management.azure.com'
const SECRET = 'header-secret'
const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']

const giveToken: RequestListener = (_, response) =>
  void response.end(JSON.stringify({ access_token: 'at', expires_in: 3600 }))

/** A client with the library's own transport, on a machine with these variables. */
const createClient = (environment: Readonly<Record<string, string>>, platform: Partial<Platform> = {}) =>
  new ManagedIdentityClient(
    { managedIdentity: new SystemAssignedManagedIdentity() },
    { ...nodePlatform, readEnvironment: (name) => environment[name], ...platform },
  )

describe('A managed identity over real sockets', () => {
  let identity: ServerCertificate
  const open: TestServer[] = []
  const proxies = Object.fromEntries(PROXY_VARIABLES.map((name) => [name, process.env[name]]))

  const keep = async <T extends TestServer>(starting: Promise<T>): Promise<T> => {
    const server = await starting
    open.push(server)
    return server
  }

  before(async () => (identity = await createServerCertificate(['another.example'])))

  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()))
    for (const [name, value] of Object.entries(proxies)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = value
    }
  })

  describe('in Service Fabric', () => {
    const fabric = (port: number, thumbprint: string) => ({
      IDENTITY_ENDPOINT: `https://localhost:${port}/metadata/identity/oauth2/token`,
      IDENTITY_HEADER: SECRET,
      IDENTITY_SERVER_THUMBPRINT: thumbprint,
    })
    const thumbprint = () => new X509Certificate(identity.certificate).fingerprint

    it('trusts the certificate that the platform names, and no other reason to', async () => {
      const server = await keep(startWebServer(identity, giveToken))
      const client = createClient(fabric(server.port, thumbprint()))
      assert.equal((await client.acquireTokenForClient({ resource: RESOURCE })).accessToken, 'at')
      assert.equal(server.requests[0]?.headers['secret'], SECRET)
    })

    it('sends its secret to no server with another certificate', async () => {
      const server = await keep(startWebServer(identity, giveToken))
      const client = createClient(fabric(server.port, '0'.repeat(40)))
      await assert.rejects(client.acquireTokenForClient({ resource: RESOURCE }), NetworkError)
      assert.deepEqual(server.requests, [])
    })

    it('sees a new thumbprint at the next call, after the platform has renewed its certificate', async () => {
      const server = await keep(startWebServer(identity, giveToken))
      const environment = fabric(server.port, '0'.repeat(40))
      const client = createClient(environment)
      await assert.rejects(client.acquireTokenForClient({ resource: RESOURCE }), NetworkError)
      environment.IDENTITY_SERVER_THUMBPRINT = thumbprint()
      assert.equal((await client.acquireTokenForClient({ resource: RESOURCE })).accessToken, 'at')
    })
  })

  it('#31 Metadata endpoints behind a proxy fail: they meet none, whatever the environment says', async () => {
    const server = await keep(startWebServer(undefined, giveToken))
    const proxy = await keep(startProxy({ target: server.port }))
    for (const name of PROXY_VARIABLES) Reflect.deleteProperty(process.env, name)
    for (const name of ['http_proxy', 'https_proxy']) process.env[name] = `http://127.0.0.1:${proxy.port}`
    const origin = `http://127.0.0.1:${server.port}`
    for (const environment of [
      { AZURE_POD_IDENTITY_AUTHORITY_HOST: origin },
      { IDENTITY_ENDPOINT: origin, IDENTITY_HEADER: SECRET },
      { MSI_ENDPOINT: origin, MSI_SECRET: SECRET },
    ] as Readonly<Record<string, string>>[])
      await createClient(environment).acquireTokenForClient({ resource: RESOURCE })
    assert.equal(server.requests.length, 3)
    assert.deepEqual(proxy.asked, [])
  })

  it('shows Azure Arc the key of a real file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'arc-'))
    const file = join(folder, '0123.key')
    writeFileSync(file, 'the-key')
    const server = await keep(
      startWebServer(undefined, (request, response) => {
        if (request.headers.authorization === 'Basic the-key') giveToken(request, response)
        else response.writeHead(401, { 'www-authenticate': `Basic realm=${file}` }).end()
      }),
    )
    const origin = `http://127.0.0.1:${server.port}`
    const client = createClient(
      { IDENTITY_ENDPOINT: `${origin}/metadata/identity/oauth2/token`, IMDS_ENDPOINT: origin },
      { arcAgent: createArcAgent(() => ({ executable: '', tokenFolder: folder, isWindows: false })) },
    )
    try {
      assert.equal((await client.acquireTokenForClient({ resource: RESOURCE })).accessToken, 'at')
      assert.equal(server.requests.length, 2)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
