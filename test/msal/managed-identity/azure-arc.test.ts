import assert from 'node:assert/strict'
import { UserAssignedManagedIdentity } from '../../../src/msal/index.ts'
import { Secret } from '../../../src/msal/core/secret.ts'
import type { ScriptedAnswer } from '../../support/scripted-fetch.ts'
import { ARC, arcAgentOf, createIdentityClient, RESOURCE } from './fakes.ts'

const ENDPOINT = 'http://localhost:40342/metadata/identity/oauth2/token'
const KEY_FILE = '/var/opt/azcmagent/tokens/0123.key'
const TOKEN = { access_token: 'at', expires_in: '86400', token_type: 'Bearer' }

const challenge = (field: string) => ({
  url: ENDPOINT,
  answer: { status: 401, headers: { 'www-authenticate': field } },
})
const asks = (answer: ScriptedAnswer) => ({ url: ENDPOINT, answer })

describe('Azure Arc', () => {
  for (const [name, field] of [
    ['as it is', `Basic realm=${KEY_FILE}`],
    ['in quotes', `basic Realm="${KEY_FILE}"`],
  ] as const)
    it(`gives a token to who can read the file that it names ${name}`, async () => {
      const paths: string[] = []
      const { client, network } = createIdentityClient([challenge(field), asks({ json: TOKEN })], ARC, {
        platform: {
          arcAgent: {
            isInstalled: () => Promise.resolve(true),
            readKey: async (path) => {
              paths.push(path)
              return new Secret('the-key')
            },
          },
        },
      })
      const result = await client.acquireTokenForClient({ resource: RESOURCE })
      assert.equal(result.accessToken, 'at')
      assert.deepEqual(paths, [KEY_FILE])
      assert.deepEqual(
        network.requests.map(({ headers }) => [headers.get('metadata'), headers.get('authorization')]),
        [
          ['true', null],
          ['true', 'Basic the-key'],
        ],
      )
      network.assertDone()
    })

  it('is asked at its usual place where only its agent tells of it', async () => {
    const script = [challenge(`Basic realm=${KEY_FILE}`), asks({ json: TOKEN })]
    const { client, network } = createIdentityClient(script, {}, { platform: { arcAgent: arcAgentOf('key') } })
    await client.acquireTokenForClient({ resource: RESOURCE })
    network.assertDone()
  })

  for (const field of ['Bearer realm=x', 'Basic', 'Basic realm=', 'Basic realm=a=b', 'Basic realm="a", realm="b"', ''])
    it(`is not believed with the challenge "${field}"`, async () => {
      const { client, network } = createIdentityClient([challenge(field)], ARC)
      await assert.rejects(client.acquireTokenForClient({ resource: RESOURCE }), {
        name: 'ManagedIdentityError',
        error: 'invalid_response',
        status: 401,
      })
      network.assertDone()
    })

  it('is not believed with a token that it gives without a challenge', async () => {
    const { client } = createIdentityClient([asks({ json: TOKEN })], ARC)
    await assert.rejects(client.acquireTokenForClient({ resource: RESOURCE }), {
      error: 'invalid_request',
      status: 200,
    })
  })

  for (const [text, description] of [
    ['not connected', 'not connected'],
    ['{"error":"x","error_description":"no such resource"}', 'no such resource'],
    ['<html>oops</html>', 'No token came (HTTP 403)'],
    ['{"access_token":"the-token","expires_', 'No token came (HTTP 403)'],
    ['x'.repeat(1001), 'No token came (HTTP 403)'],
    ['', 'No token came (HTTP 403)'],
  ] as const)
    it(`refuses in its own words, of "${text.slice(0, 60)}": ${description}`, async () => {
      const script = [challenge(`Basic realm=${KEY_FILE}`), asks({ status: 403, text })]
      const { client } = createIdentityClient(script, ARC, { platform: { arcAgent: arcAgentOf('the-key') } })
      await assert.rejects(client.acquireTokenForClient({ resource: RESOURCE }), {
        name: 'ManagedIdentityError',
        error: 'invalid_request',
        errorDescription: description,
        status: 403,
        message: /^(?!.*the-key)/,
      })
    })

  describe('asked for a user-assigned identity', () => {
    const CLIENT = new UserAssignedManagedIdentity({ clientId: 'The-Id' })
    const OBJECT = new UserAssignedManagedIdentity({ objectId: 'The-Id' })
    const RESOURCE_ID = new UserAssignedManagedIdentity({ resourceId: 'The-Id' })

    const acquire = (managedIdentity: UserAssignedManagedIdentity, answer: object) => {
      const script = [challenge(`Basic realm=${KEY_FILE}`), asks({ json: { ...TOKEN, ...answer } })]
      const platform = { arcAgent: arcAgentOf('key') }
      const test = createIdentityClient(script, ARC, { managedIdentity: managedIdentity as never, platform })
      return { ...test, result: test.client.acquireTokenForClient({ resource: RESOURCE }) }
    }

    for (const [identity, parameter, answer] of [
      [CLIENT, 'client_id', { client_id: 'the-id' }],
      [OBJECT, 'object_id', { object_id: 'THE-ID' }],
      [RESOURCE_ID, 'msi_res_id', { msi_res_id: 'The-Id' }],
      [RESOURCE_ID, 'msi_res_id', { mi_res_id: 'The-Id' }],
    ] as const)
      it(`gives its token where the answer confirms it by ${Object.keys(answer).join()}`, async () => {
        const { result, network } = acquire(identity, answer)
        assert.equal((await result).accessToken, 'at')
        assert.ok(network.requests.every(({ url }) => url.searchParams.get(parameter) === 'The-Id'))
      })

    for (const [name, identity, answer] of [
      ['does not confirm it', CLIENT, {}],
      ['confirms another', CLIENT, { client_id: 'another' }],
      ['confirms it as an id of another kind', OBJECT, { client_id: 'The-Id' }],
      ['confirms it by another spelling of another kind', CLIENT, { mi_res_id: 'The-Id' }],
    ] as const)
      it(`gives nothing where the answer ${name}`, async () => {
        const { result, cache } = acquire(identity, answer)
        await assert.rejects(result, { name: 'ManagedIdentityError', error: 'invalid_client' })
        assert.deepEqual(cache.find({ credentialType: 'AccessToken' }), [])
      })
  })
})
