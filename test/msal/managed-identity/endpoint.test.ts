import assert from 'node:assert/strict'
import { ManagedIdentityError } from '../../../src/msal/index.ts'
import {
  APP_SERVICE,
  ARC,
  createIdentityClient,
  givesToken,
  MACHINE_LEARNING,
  RESOURCE,
  SERVICE_FABRIC,
  type Environment,
} from './fakes.ts'

const pod = (origin: string): Environment => ({ AZURE_POD_IDENTITY_AUTHORITY_HOST: origin })
const at = (environment: Environment, IDENTITY_ENDPOINT: string): Environment => ({ ...environment, IDENTITY_ENDPOINT })
const learning = (MSI_ENDPOINT: string): Environment => ({ ...MACHINE_LEARNING, MSI_ENDPOINT })

describe('An endpoint of the environment', () => {
  for (const [name, environment] of [
    ['a host of the internet', at(APP_SERVICE, 'http://evil.example/msi/token')],
    ['a host that only begins like loopback', at(APP_SERVICE, 'http://127.0.0.1.evil.example/')],
    ['a host that only ends like localhost', at(APP_SERVICE, 'http://notlocalhost/')],
    ['an address of the internet', at(APP_SERVICE, 'http://203.0.113.7/')],
    ['an address of another private network', at(APP_SERVICE, 'http://10.0.0.5/')],
    ['an address next to the containers network', at(APP_SERVICE, 'http://172.32.0.1/')],
    ['credentials', at(APP_SERVICE, 'http://user:secret@127.0.0.1/')],
    ['another scheme', at(APP_SERVICE, 'ftp://127.0.0.1/')],
    ['a file', at(APP_SERVICE, 'file:///etc/passwd')],
    ['no URL', at(APP_SERVICE, '127.0.0.1:8081')],
    ['nothing', at(APP_SERVICE, '')],
    ['a host of the internet for Arc', at(ARC, 'http://evil.example/')],
    ['a private address for Arc', at(ARC, 'http://172.16.0.1/')],
    ['a host of the internet for Machine Learning', learning('http://evil.example/')],
    ['a host of the internet for Service Fabric', at(SERVICE_FABRIC, 'https://evil.example/')],
    [
      'another node than its own for Service Fabric',
      { ...at(SERVICE_FABRIC, 'https://n2/'), Fabric_NodeIPOrFQDN: 'n1' },
    ],
    ['plain http for Service Fabric', at(SERVICE_FABRIC, 'http://localhost:2377/')],
    ['a host of the internet for a pod', pod('https://evil.example')],
    ['an address of the internet for a pod', pod('http://203.0.113.7')],
  ] as const)
    it(`that holds ${name} is never asked`, async () => {
      const { client, network } = createIdentityClient([], environment)
      await assert.rejects(client.acquireTokenForClient({ resource: RESOURCE }), (error: unknown) => {
        assert.ok(error instanceof ManagedIdentityError)
        assert.equal(error.error, 'invalid_endpoint')
        assert.match(error.message, /environment variable \w+ .*Leave it as the platform sets it/)
        assert.doesNotMatch(error.message, /secret/)
        return true
      })
      assert.deepEqual(network.requests, [])
    })

  for (const [environment, url] of [
    [at(APP_SERVICE, 'http://[::1]:8081/msi/token'), 'http://[::1]:8081/msi/token'],
    [at(APP_SERVICE, 'http://localhost:42356/msi/token/'), 'http://localhost:42356/msi/token/'],
    [at(APP_SERVICE, 'http://169.254.129.3:8081/msi/token'), 'http://169.254.129.3:8081/msi/token'],
    [at(APP_SERVICE, 'http://172.16.5.3:8081/msi/token'), 'http://172.16.5.3:8081/msi/token'],
    [{ ...at(SERVICE_FABRIC, 'https://Node1:2377/t'), Fabric_NodeIPOrFQDN: 'Node1' }, 'https://node1:2377/t'],
    [pod('http://localhost:1234//'), 'http://localhost:1234/metadata/identity/oauth2/token'],
    [pod('http://10.0.3.7:2579'), 'http://10.0.3.7:2579/metadata/identity/oauth2/token'],
    [pod('https://nmi.kube-system.svc/'), 'https://nmi.kube-system.svc/metadata/identity/oauth2/token'],
    [pod('http://pod-identity:2579'), 'http://pod-identity:2579/metadata/identity/oauth2/token'],
  ] as const)
    it(`may be ${url}`, async () => {
      const { client, network } = createIdentityClient([givesToken(url)], environment)
      assert.equal((await client.acquireTokenForClient({ resource: RESOURCE })).accessToken, 'at')
      network.assertDone()
    })

  it('keeps a query of its own', async () => {
    const endpoint = 'http://127.0.0.1:8081/token?instance=7'
    const url = `${endpoint}&api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com`
    const { client, network } = createIdentityClient([givesToken(url)], at(APP_SERVICE, endpoint))
    await client.acquireTokenForClient({ resource: RESOURCE })
    network.assertDone()
  })

  it('is read when it is used', async () => {
    const environment: Record<string, string> = {}
    const { client, network } = createIdentityClient([givesToken(APP_SERVICE['IDENTITY_ENDPOINT']!)], environment)
    Object.assign(environment, APP_SERVICE)
    await client.acquireTokenForClient({ resource: RESOURCE })
    network.assertDone()
  })
})
