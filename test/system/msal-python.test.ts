import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { decodeJwt } from 'jose'
import { createClientCertificate } from '../simulator/certificate.ts'
import { approveDevice, signIn, type Person } from '../simulator/robot.ts'
import { startSimulator, type Simulator } from '../simulator/server.ts'
import { openPythonPeer, type PythonPeer, type PythonResult } from './python-peer.ts'

const redirectUri = 'http://localhost:4711'
const scopes = ['User.Read']
const GRAPH = ['https://graph.microsoft.com/.default']

describe('The simulator, as MSAL Python sees it over https', () => {
  let simulator: Simulator
  const peers: PythonPeer[] = []

  before(async () => {
    simulator = await startSimulator()
  })
  afterEach(async () => {
    simulator.controls.reset()
    for (const peer of peers.splice(0)) await peer.stop()
  })
  after(() => simulator.stop())

  const open = async (kind: Parameters<typeof openPythonPeer>[0]['kind'], options: object): Promise<PythonPeer> => {
    const authority = `${simulator.https}/${simulator.tenants.home}`
    const common = { authority, instance_discovery: false }
    const peer = await openPythonPeer({ kind, options: { ...common, ...options } }, simulator.ca)
    peers.push(peer)
    return peer
  }
  const desktop = () => open('PublicClientApplication', { client_id: simulator.clients.public.clientId })
  const service = (credential: unknown = simulator.clients.confidential.clientSecret) =>
    open('ConfidentialClientApplication', {
      client_id: simulator.clients.confidential.clientId,
      client_credential: credential,
    })
  const ada = (): Person => simulator.users[0]!
  const signInByCode = async (peer: PythonPeer, wanted: readonly string[] = scopes): Promise<PythonResult> => {
    const flow = await peer.call('initiate_auth_code_flow', { scopes: wanted, redirect_uri: redirectUri })
    const answer = await signIn(flow['auth_uri'] ?? '', ada(), { ca: simulator.caCertificate })
    return peer.call('acquire_token_by_auth_code_flow', {
      auth_code_flow: flow,
      auth_response: Object.fromEntries(answer),
    })
  }
  const claimsOf = ({ access_token, ...rest }: PythonResult) => {
    assert.ok(access_token, JSON.stringify(rest))
    return decodeJwt(access_token)
  }

  it('signs in by authorization code, hits its cache, refreshes and asks for other scopes', async () => {
    const peer = await desktop()
    assert.equal(peer.version, '1.34.0')
    const signedIn = await signInByCode(peer)
    assert.equal(claimsOf(signedIn)['preferred_username'], ada().username)
    const [account] = await peer.call<object[]>('get_accounts')
    const hit = await peer.call('acquire_token_silent', { scopes, account })
    assert.equal(hit['token_source'], 'cache')
    const renewed = await peer.call('acquire_token_silent', { scopes, account, force_refresh: true })
    assert.equal(renewed['token_source'], 'identity_provider')
    const other = await peer.call('acquire_token_silent', { scopes: ['Mail.Read'], account })
    assert.equal(claimsOf(other)['scp'], 'Mail.Read')
  })

  it('signs in by device code', async () => {
    const peer = await desktop()
    const flow = await peer.call('initiate_device_flow', { scopes })
    const device = { verificationUri: flow['verification_uri'] ?? '', userCode: flow['user_code'] ?? '' }
    await approveDevice(device, ada(), { ca: simulator.caCertificate })
    const result = await peer.call('acquire_token_by_device_flow', { flow })
    assert.equal(claimsOf(result)['preferred_username'], ada().username)
  })

  it('gets an app-only token by a secret and by a certificate, and is told of a wrong secret', async () => {
    const { certificate, privateKey } = await createClientCertificate('python')
    simulator.controls.registerCertificate({ certificate })
    const thumbprint = new X509Certificate(certificate).fingerprint.replaceAll(':', '')
    const signed = { private_key: privateKey, thumbprint, public_certificate: certificate }
    for (const [credential, method] of [
      [simulator.clients.confidential.clientSecret, '1'],
      [signed, '2'],
    ] as const) {
      const peer = await service(credential)
      const result = await peer.call('acquire_token_for_client', { scopes: GRAPH })
      assert.deepEqual([claimsOf(result)['idtyp'], claimsOf(result)['azpacr']], ['app', method])
    }
    const refused = await (await service('wrong')).call('acquire_token_for_client', { scopes: GRAPH })
    assert.deepEqual([refused['error'], refused['error_codes']], ['invalid_client', [7000215]])
  })

  it('gets a token on behalf of the user who called its API', async () => {
    const { access_token } = await signInByCode(await desktop(), [simulator.clients.confidential.apiScope])
    const peer = await service()
    const result = await peer.call('acquire_token_on_behalf_of', { user_assertion: access_token, scopes })
    assert.equal(claimsOf(result)['azp'], simulator.clients.confidential.clientId)
    assert.equal(claimsOf(result)['preferred_username'], ada().username)
  })

  it('is told by claims that a second factor is needed', async () => {
    const peer = await desktop()
    await signInByCode(peer)
    simulator.controls.requireSecondFactor({ username: ada().username, required: true })
    const [account] = await peer.call<object[]>('get_accounts')
    const refused = await peer.call('acquire_token_silent_with_error', { scopes, account, force_refresh: true })
    assert.equal(refused['error'], 'invalid_grant')
    assert.equal(refused['classification'], 'basic_action')
    assert.match(refused['claims'] ?? '', /capolids/)
  })
})
