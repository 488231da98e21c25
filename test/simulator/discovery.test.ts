import assert from 'node:assert/strict'
import { startSimulator, type Simulator } from './server.ts'

type Document = Readonly<Record<string, unknown>> & {
  readonly keys: readonly { readonly kid: string; readonly d?: string }[]
}

describe('discovery', () => {
  let simulator: Simulator

  before(async () => {
    simulator = await startSimulator()
  })
  after(() => simulator.stop())

  const get = async (path: string, origin = simulator.http): Promise<{ status: number; body: Document }> => {
    const response = await fetch(origin + path)
    return { status: response.status, body: (await response.json()) as Document }
  }
  const configuration = (tenant: string) => `/${tenant}/v2.0/.well-known/openid-configuration`

  it('names a tenant by its GUID, whichever name was asked for', async () => {
    const home = `${simulator.http}/${simulator.tenants.home}`
    for (const name of [simulator.tenants.home, 'contoso.test']) {
      const { body } = await get(configuration(name))
      assert.equal(body['issuer'], `${home}/v2.0`)
      assert.equal(body['authorization_endpoint'], `${home}/oauth2/v2.0/authorize`)
      assert.equal(body['token_endpoint'], `${home}/oauth2/v2.0/token`)
      assert.equal(body['device_authorization_endpoint'], `${home}/oauth2/v2.0/devicecode`)
      assert.equal(body['end_session_endpoint'], `${home}/oauth2/v2.0/logout`)
      assert.equal(body['jwks_uri'], `${home}/discovery/v2.0/keys`)
    }
  })

  it('leaves the tenant of common and organizations open, and gives consumers its own', async () => {
    for (const segment of ['common', 'organizations']) {
      const { body } = await get(configuration(segment))
      assert.equal(body['issuer'], `${simulator.http}/{tenantid}/v2.0`)
      assert.equal(body['token_endpoint'], `${simulator.http}/${segment}/oauth2/v2.0/token`)
    }
    const { body } = await get(configuration('consumers'))
    assert.equal(body['issuer'], `${simulator.http}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0`)
  })

  it('speaks of the name it was called by', async () => {
    const origin = simulator.http.replace('127.0.0.1', 'localhost')
    assert.equal((await get(configuration('common'), origin)).body['issuer'], `${origin}/{tenantid}/v2.0`)
  })

  it('refuses an unknown tenant', async () => {
    for (const path of [configuration('nowhere.test'), '/nowhere.test/discovery/v2.0/keys']) {
      const { status, body } = await get(path)
      assert.equal(status, 400)
      assert.equal(body['error'], 'invalid_tenant')
      assert.deepEqual(body['error_codes'], [90002])
    }
  })

  it('lists the hosts of this cloud, and no other', async () => {
    const { host, port } = new URL(simulator.http)
    const ask = (endpoint: string) =>
      get(`/common/discovery/instance?api-version=1.1&authorization_endpoint=${encodeURIComponent(endpoint)}`)
    const { body } = await ask(`${simulator.http}/${simulator.tenants.home}/oauth2/v2.0/authorize`)
    assert.deepEqual(body['metadata'], [
      { preferred_network: host, preferred_cache: host, aliases: [host, `localhost:${port}`] },
    ])
    assert.equal(body['tenant_discovery_endpoint'], simulator.http + configuration(simulator.tenants.home))
    const other = await ask('https://login.microsoftonline.com/common/oauth2/v2.0/authorize')
    assert.equal(other.status, 400)
    assert.equal(other.body['error'], 'invalid_instance')
  })

  it('says of each user whether a password is managed here', async () => {
    const realm = async (username: string) =>
      (await get(`/common/userrealm/${encodeURIComponent(username)}?api-version=1.0`)).body
    assert.equal((await realm('Ada@contoso.test'))['account_type'], 'Managed')
    assert.equal((await realm('who@elsewhere.test'))['account_type'], 'Unknown')
    const federated = await realm('fred@federated.test')
    assert.equal(federated['account_type'], 'Federated')
    assert.equal(federated['federation_protocol'], 'WSTrust')
  })

  it('publishes a new key when the keys are rotated, and can withdraw the old one', async () => {
    const kids = async () => (await get('/common/discovery/v2.0/keys')).body.keys.map(({ kid }) => kid)
    const [first] = await kids()
    await simulator.controls.rotateKeys()
    const both = await kids()
    assert.equal(both.length, 2)
    assert.ok(first !== undefined && both.includes(first))
    await simulator.controls.rotateKeys({ withdraw: true })
    assert.equal((await kids()).length, 1)
    const [key] = (await get('/common/discovery/v2.0/keys')).body.keys
    assert.equal(key?.d, undefined, 'no private key is published')
  })
})
