import assert from 'node:assert/strict'
import {
  ConfidentialClientApplication,
  CryptoProvider,
  PublicClientApplication,
  type AuthenticationResult,
  type Configuration,
} from '@azure/msal-node'
import { decodeJwt } from 'jose'
import { Agent, getGlobalDispatcher, setGlobalDispatcher, type Dispatcher } from 'undici'
import { approveDevice, createBrowser, signIn } from './robot.ts'
import { startSimulator, type Simulator } from './server.ts'

const redirectUri = 'http://localhost:4711'

describe('the simulator, as MSAL Node sees it', () => {
  let simulator: Simulator
  let previous: Dispatcher

  before(async () => {
    simulator = await startSimulator()
    // MSAL Node uses the global fetch, which takes its trusted certificates from the global dispatcher.
    previous = getGlobalDispatcher()
    setGlobalDispatcher(new Agent({ connect: { ca: simulator.caCertificate } }))
  })

  after(async () => {
    await getGlobalDispatcher().close()
    setGlobalDispatcher(previous)
    await simulator.stop()
  })

  const configuration = (tenant: string, clientId: string): Configuration => ({
    auth: {
      clientId,
      authority: `${simulator.https}/${tenant}`,
      knownAuthorities: [new URL(simulator.https).host],
    },
  })
  const publicClient = (tenant = 'common') =>
    new PublicClientApplication(configuration(tenant, simulator.clients.public.clientId))
  const confidentialClient = () => {
    const { auth } = configuration(simulator.tenants.home, simulator.clients.confidential.clientId)
    const { clientSecret } = simulator.clients.confidential
    return new ConfidentialClientApplication({ auth: { ...auth, clientSecret } })
  }
  const ada = () => simulator.users[0]!
  const robot = () => ({ ca: simulator.caCertificate })

  const signInByCode = async (client: PublicClientApplication, scopes: string[]): Promise<AuthenticationResult> => {
    const { verifier, challenge } = await new CryptoProvider().generatePkceCodes()
    const url = await client.getAuthCodeUrl({
      scopes,
      redirectUri,
      codeChallenge: challenge,
      codeChallengeMethod: 'S256',
      state: 'the state',
    })
    const answer = await signIn(url, ada(), robot())
    assert.equal(answer.get('state'), 'the state')
    return client.acquireTokenByCode({ code: answer.get('code')!, scopes, redirectUri, codeVerifier: verifier })
  }

  it('signs in by authorization code with PKCE', async () => {
    const result = await signInByCode(publicClient(), ['User.Read'])
    assert.equal(result.account?.username, 'ada@contoso.test')
    assert.equal(result.account.tenantId, simulator.tenants.home)
    assert.equal(decodeJwt(result.accessToken)['scp'], 'User.Read')
  })

  it('signs in interactively, answered by form_post', async () => {
    const result = await publicClient().acquireTokenInteractive({
      scopes: ['User.Read'],
      openBrowser: async (url) => {
        const browser = createBrowser(robot())
        const { url: target, answer } = await browser.finish(await browser.open(url), ada())
        await fetch(target, { method: 'POST', body: answer! })
      },
    })
    assert.equal(result.account?.username, 'ada@contoso.test')
  })

  it('refreshes silently, in the home tenant and as a guest', async () => {
    const client = publicClient()
    const { account } = await signInByCode(client, ['User.Read'])
    const refreshed = await client.acquireTokenSilent({ account: account!, scopes: ['Mail.Read'] })
    assert.equal(refreshed.fromCache, false)
    assert.ok(refreshed.scopes.includes('Mail.Read'))
    const again = await client.acquireTokenSilent({ account: account!, scopes: ['Mail.Read'] })
    assert.equal(again.fromCache, true)
    const guest = await client.acquireTokenSilent({
      account: account!,
      scopes: ['User.Read'],
      authority: `${simulator.https}/${simulator.tenants.guest}`,
      // MSAL Node looks for tokens of the account's own tenant, whatever the authority.
      forceRefresh: true,
    })
    assert.equal(decodeJwt(guest.accessToken)['tid'], simulator.tenants.guest)
  })

  it('signs in by device code', async () => {
    const result = await publicClient(simulator.tenants.home).acquireTokenByDeviceCode({
      scopes: ['User.Read'],
      deviceCodeCallback: (device) => {
        void approveDevice(device, ada(), robot())
      },
    })
    assert.equal(result?.account?.username, 'ada@contoso.test')
  })

  it('gets an app-only token by client credentials', async () => {
    const result = await confidentialClient().acquireTokenByClientCredential({
      scopes: [...simulator.clients.confidential.scopes],
    })
    assert.equal(decodeJwt(result!.accessToken)['idtyp'], 'app')
  })

  it('gets a token on behalf of the user who called its API', async () => {
    const call = await signInByCode(publicClient(), [simulator.clients.confidential.apiScope])
    const result = await confidentialClient().acquireTokenOnBehalfOf({
      oboAssertion: call.accessToken,
      scopes: ['User.Read'],
    })
    assert.equal(result?.account?.username, 'ada@contoso.test')
    assert.equal(decodeJwt(result.accessToken)['azp'], simulator.clients.confidential.clientId)
  })
})
