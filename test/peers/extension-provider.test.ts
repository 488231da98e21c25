import assert from 'node:assert/strict'
import { startSimulator, type Simulator } from '../simulator/server.ts'
import { createProvider, visitAs, type Open } from './extension-window.ts'
import { openOpenIdStage, type OpenIdStage } from './openid-stage.ts'

describe('The extension before the simulator', () => {
  let simulator: Simulator
  const personOf = (name: string) => simulator.users.find(({ username }) => username.startsWith(`${name}@`))!
  const count = () => simulator.controls.requests().length

  before(async () => (simulator = await startSimulator()))
  after(() => simulator.stop())
  beforeEach(() => simulator.controls.reset())

  const settings = () => ({
    clientId: simulator.clients.public.clientId,
    authority: `${simulator.http}/organizations`,
  })

  it('#21 Guest tenants are unusable: a second call there costs no request, like at home', async () => {
    const { provider } = createProvider(settings(), visitAs(personOf('ada')))
    const home = await provider.createSession(['User.Read'], {})
    const asked = ['User.Read', `VSCODE_TENANT:${simulator.tenants.guest}`]
    const [first] = await provider.getSessions(asked, {})
    assert.deepEqual(first?.account, home.account)
    simulator.controls.resetCounts()
    const [second] = await provider.getSessions(asked, {})
    assert.equal(second?.accessToken, first.accessToken)
    assert.equal(count(), 0)
  })

  it('#22 Do not MFA me into all tenants: no tenant is asked but the one that a request names', async () => {
    const { provider } = createProvider(settings(), visitAs(personOf('ada')))
    await provider.createSession(['User.Read'], {})
    await provider.getSessions(['Mail.Read'], {})
    await provider.getSessions(undefined, {})
    const tenants = new Set(simulator.controls.requests().map(({ path }) => path.split('/')[1]))
    assert.deepEqual([...tenants], ['organizations'])
  })

  it("signs in by VS Code's own address", async () => {
    const { provider } = createProvider(settings(), visitAs(personOf('ada')), {
      methods: ['uriHandler'],
    })
    const { account, accessToken } = await provider.createSession(['User.Read'], {})
    assert.equal(account.label, 'ada@contoso.test')
    const answer = await fetch(`${simulator.http}/api/me`, { headers: { authorization: `Bearer ${accessToken}` } })
    assert.equal(answer.status, 200)
  })

  it('#4 Personal accounts sign in at common and consumers with an app registration of your own', async () => {
    const { clientId } = simulator.clients.public
    for (const tenant of ['common', 'consumers']) {
      const authority = `${simulator.http}/${tenant}`
      const { provider } = createProvider({ profiles: { personal: { clientId, authority } } }, visitAs(personOf('pia')))
      const { account } = await provider.createSession(['User.Read', 'ENTRA_PROFILE:personal'], {})
      assert.equal(account.label, personOf('pia').username)
    }
  })

  it('#20 Air-gapped: no host is asked but the authority', async () => {
    const { provider, hosts } = createProvider(settings(), visitAs(personOf('ada')))
    await provider.createSession(['User.Read'], {})
    await provider.getSessions(['Mail.Read'], {})
    assert.deepEqual([...new Set(hosts)], [new URL(simulator.http).host])
  })
})

/** Its pages call the user name `login`. */
const ADA = { username: 'ada', login: 'ada' }

describe('The extension before a stock oidc-provider', () => {
  let stage: OpenIdStage

  before(async () => {
    stage = await openOpenIdStage([
      {
        client_id: 'desktop',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://localhost'],
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ])
  })
  after(() => stage.stop())

  it('#19 A custom environment needs one address: an OpenID provider works as a profile', async () => {
    const visit = visitAs({ ...ADA, password: 'any' })
    // Without the consent it gives no refresh token.
    const open: Open = (url, host) => visit(`${url}&prompt=consent`.replace('prompt=select_account&', ''), host)
    const profiles = { own: { clientId: 'desktop', authority: stage.issuer } }
    const { provider } = createProvider({ profiles }, open)
    const session = await provider.createSession(['api:read', 'ENTRA_PROFILE:own'], {})
    assert.equal(session.account.id, `${new URL(stage.issuer).host}.ada`)
    assert.ok(session.accessToken)
    const [again] = await provider.getSessions(['api:read', 'ENTRA_PROFILE:own'], {})
    assert.equal(again?.accessToken, session.accessToken)
    await assert.rejects(
      provider.createSession(['api:read', 'ENTRA_PROFILE:own', 'VSCODE_TENANT:contoso.com'], {}),
      /has no tenants to choose among/,
    )
  })
})
