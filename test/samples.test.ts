import assert from 'node:assert/strict'
import path from 'node:path'
import { startProxy, startWebServer, type TestServer } from './node/servers.ts'
import { approveDevice, signIn } from './simulator/robot.ts'
import { compileSamples, prepareFolder, readSamples, startSample, type RunningSample } from './samples/samples.ts'
import { ADA } from './support/entra.ts'
import { startStandInBroker, startStandInBus, wireTokensFor } from './support/stand-in-broker.ts'
import { FIXTURES, openStage, type Stage } from './samples/stage.ts'

const API = 'https://graph.microsoft.com/v1.0/me'
const samples = readSamples()

describe("The README's section on the library", function () {
  this.timeout(60_000)

  let stage: Stage
  const servers: TestServer[] = []
  const running: RunningSample[] = []
  const tested = new Set<string>()

  before(async () => (stage = await openStage()))
  afterEach(async () => {
    await Promise.all(running.splice(0).map((sample) => sample.stop()))
    await Promise.all(servers.splice(0).map((server) => server.close()))
    stage.simulator.controls.reset()
  })
  after(() => stage.close())

  const keep = <T extends TestServer>(server: T): T => {
    servers.push(server)
    return server
  }
  const folderOf = (title: string): string => prepareFolder(title.toLowerCase().replace(/\W+/g, '-'))
  /** Starts the sample under that heading. */
  const start = (title: string, surroundings: ReturnType<Stage['surround']>, folder = folderOf(title)) => {
    const sample = samples.find((each) => each.title === title)
    assert.ok(sample, `there is no sample "${title}"`)
    tested.add(title)
    const started = startSample(sample, folder, surroundings)
    running.push(started)
    return started
  }

  it('compiles', () => {
    assert.ok(samples.length > 10)
    assert.deepEqual(compileSamples(samples), [])
  })

  it('signs a person in by the browser', async () => {
    const values = { [API]: `${stage.simulator.http}/api/me` }
    const sample = start('A person, by the browser', stage.surround('public', { values }))
    assert.match(await sample.finished(), /^ada@contoso\.test \{[\s\S]*userPrincipalName: 'ada@contoso\.test'/)
  })

  it('signs a person in by the broker of the operating system', async () => {
    const title = 'A person, by the broker of the operating system'
    // No other system's broker can be stood in for; there the sample is compiled only.
    if (process.platform !== 'linux') return void tested.add(title)
    const { http, tenants, clients } = stage.simulator
    const bus = await startStandInBus()
    const broker = await startStandInBroker(bus.address)
    try {
      const claims = { aud: clients.public.clientId, iss: `${http}/${tenants.home}/v2.0`, tid: tenants.home }
      broker.answer('acquireTokenSilently', wireTokensFor(ADA, {}, claims))
      const environment = { DBUS_SESSION_BUS_ADDRESS: bus.address }
      const sample = start(title, stage.surround('public', { environment }))
      assert.equal(await sample.finished(), 'ada@contoso.com, from: broker\n')
    } finally {
      await broker.leave()
      await bus.close()
    }
  })

  it('finds the same person again without asking', async () => {
    const title = 'The same person again, without asking'
    const folder = folderOf(title)
    const first = await start(title, stage.surround('public'), folder).finished()
    assert.equal(first, 'ada@contoso.test, from: identity_provider\n')
    const pages = stage.pagesOpened()
    assert.equal(await start(title, stage.surround('public'), folder).finished(), 'ada@contoso.test, from: cache\n')
    assert.equal(stage.pagesOpened(), pages)
  })

  it('signs a person in by a device code', async () => {
    const sample = start('A person without a browser on this machine', stage.surround('public'))
    const [, verificationUri = '', userCode = ''] = await sample.waitFor(/Open (\S+) on any device and enter (\S+)\n/)
    await approveDevice({ verificationUri, userCode }, stage.ada)
    assert.match(await sample.finished(), /Hello, ada@contoso\.test\n$/)
  })

  it('signs people in to a web app, and refuses an answer that is not theirs', async () => {
    const { port } = keep(await startWebServer())
    await servers.pop()?.close()
    const { controls, clients } = stage.simulator
    const origin = `http://localhost:${port}`
    controls.registerRedirectUri({
      redirectUri: `${origin}/signed-in`,
      clientId: clients.confidential.clientId,
      platform: 'web',
    })
    start('A web app that signs people in', stage.surround('confidential', { values: { 3000: `${port}` } }))
    const begun = await retry(() => fetch(origin, { redirect: 'manual' }))
    const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? ''
    const answer = await signIn(begun.headers.get('location') ?? '', stage.ada)
    const finish = (query: string) => fetch(`${origin}/signed-in?${query}`, { headers: { cookie }, redirect: 'manual' })
    const done = await finish(answer.toString())
    assert.equal(await done.text(), 'Hello, ada@contoso.test')
    assert.equal((await finish(answer.toString())).status, 302, 'each flow is finished once')
    const next = await fetch(origin, { redirect: 'manual' })
    const foreign = await fetch(`${origin}/signed-in?${answer.toString()}`, {
      headers: { cookie: next.headers.get('set-cookie')?.split(';')[0] ?? '' },
    })
    assert.equal(foreign.status, 400)
    assert.match(await foreign.text(), /state/)
  })

  const TOKEN = /^A token until 20\d\d-\d\d-\d\dT[\d:.]+Z\n$/

  it('gets a service its token by a client secret', async () =>
    assert.match(await start('A service, by a client secret', stage.surround('confidential')).finished(), TOKEN))

  it('gets a service its token by a certificate', async () => {
    const certificate = path.join(FIXTURES, 'cert.pem')
    const files = { 'client.key': path.join(FIXTURES, 'key.pem'), 'client.pem': certificate }
    const { readFileSync } = await import('node:fs')
    stage.simulator.controls.registerCertificate({ certificate: readFileSync(certificate, 'utf8') })
    const sample = start('A service, by a certificate', stage.surround('confidential', { files }))
    assert.match(await sample.finished(), TOKEN)
  })

  it('gets an API a token for its caller, and says what a refused caller has to do', async () => {
    const { http, tenants, clients } = stage.simulator
    const answer = await fetch(`${http}/${tenants.home}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'password',
        client_id: clients.public.clientId,
        scope: clients.confidential.apiScope,
        username: stage.ada.username,
        password: stage.ada.password,
      }),
    })
    const { access_token: userToken } = (await answer.json()) as { access_token: string }
    const run = (token: string) => {
      const surroundings = stage.surround('confidential', { values: { THE_TOKEN_THAT_CAME_IN: token } })
      return start('An API that calls another one for its caller', surroundings).finished()
    }
    assert.equal(await run(userToken), 'A token for ada@contoso.test\n')
    assert.match(await run('no token'), /^The caller has to sign in again: invalid_(grant|request)/)
  })

  it('gets a workload in Azure its token', async () => {
    const imds = keep(
      await startWebServer(
        undefined,
        (_, response) => void response.end('{"access_token":"at","expires_in":"3599","token_type":"Bearer"}'),
      ),
    )
    const { values } = stage.surround('public')
    const sample = start('A workload in Azure, without any secret', {
      values: { YOUR_CLIENT_ID: values['YOUR_CLIENT_ID'] ?? '' },
      environment: { AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://127.0.0.1:${imds.port}` },
      files: {},
    })
    assert.equal(await sample.finished(), 'A Bearer token for 3599 seconds\n')
    assert.match(imds.requests[0]?.url ?? '', /resource=https%3A%2F%2Fvault\.azure\.net/)
  })

  it('signs in by user name and password', async () => {
    const values = { 'ada@contoso.com': stage.ada.username }
    const environment = { PASSWORD: stage.ada.password }
    const sample = start('By user name and password', stage.surround('public', { values, environment }))
    assert.equal(await sample.finished(), 'A token for ada@contoso.test\n')
  })

  it('signs in at any OpenID provider', async () => {
    const { http, tenants } = stage.simulator
    const issuer = `${http}/${tenants.home}/v2.0`
    const { environment, values } = stage.surround('public')
    const sample = start('Any OpenID provider', {
      values: { YOUR_CLIENT_ID: values['YOUR_CLIENT_ID'] ?? '', 'https://id.contoso.com': issuer },
      environment,
      files: {},
    })
    const [iss, sub] = (await sample.finished()).trim().split(' ')
    assert.equal(iss, issuer)
    assert.ok(sub)
  })

  it('makes applications of every kind of authority without a request', async () => {
    const { values } = stage.surround('public')
    const proxy = keep(await startProxy({ target: 9 }))
    const sample = start('Other clouds, B2C, External ID, AD FS', {
      values: { YOUR_CLIENT_ID: values['YOUR_CLIENT_ID'] ?? '' },
      environment: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` },
      files: {},
    })
    assert.equal(await sample.finished(), '[]\n'.repeat(5))
    assert.deepEqual(proxy.asked, [])
  })

  it('goes through a proxy to a server of a private CA', async () => {
    const { https, ca } = stage.simulator
    const { host, port } = new URL(https)
    const proxy = keep(await startProxy({ target: Number(port) }))
    const values = { 'http://proxy.contoso.com:8080': `http://127.0.0.1:${proxy.port}` }
    const files = { 'contoso-root.pem': ca }
    const surroundings = stage.surround('confidential', { values, files }, https)
    assert.match(await start('Behind a proxy that opens TLS', surroundings).finished(), TOKEN)
    assert.ok(proxy.asked.length > 0)
    assert.deepEqual(new Set(proxy.asked), new Set([`CONNECT ${host}`]))
  })

  it('answers a claims challenge', async () => {
    stage.simulator.controls.demandClaims({ claims: { acrs: { essential: true, value: 'c1' } } })
    const values = { [API]: `${stage.simulator.http}/api/me` }
    const sample = start('An API that asks for more: claims challenges', stage.surround('public', { values }))
    assert.equal(await sample.finished(), '200\n')
  })

  it('keeps its cache in encrypted files', async () => {
    const title = 'A cache in encrypted files'
    const folder = folderOf(title)
    const environment = { CACHE_KEY: Buffer.alloc(32, 7).toString('base64') }
    const run = () => start(title, stage.surround('public', { environment }), folder).finished()
    assert.equal(await run(), 'ada@contoso.test, from: identity_provider\n')
    const pages = stage.pagesOpened()
    assert.equal(await run(), 'ada@contoso.test, from: cache\n')
    assert.equal(stage.pagesOpened(), pages)
  })

  it('has no sample that does not run: the one for Redis runs beside a real redis-server', () => {
    tested.add('A cache in Redis, for more than one machine')
    assert.deepEqual(
      samples.filter(({ title }) => !tested.has(title)).map(({ title }) => title),
      [],
    )
  })
})

/** Until the program listens. */
async function retry(run: () => Promise<Response>): Promise<Response> {
  for (let attempts = 0; ; attempts++)
    try {
      return await run()
    } catch (error) {
      if (attempts > 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
}
