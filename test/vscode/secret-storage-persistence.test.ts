import assert from 'node:assert/strict'
import { nodePlatform } from '../../src/node/node-platform.ts'
import { MenuAwareClient } from '../../src/vscode/public-client.ts'
import {
  createSecretStoragePersistence,
  type SecretProblem,
  type Secrets,
} from '../../src/vscode/secret-storage-persistence.ts'
import { describePersistence } from '../msal/cache/persistence-contract.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createScriptedFetch } from '../support/scripted-fetch.ts'
import { createSecrets } from './fakes.ts'

for (const hasKeys of [true, false])
  describePersistence(`secret storage that ${hasKeys ? 'lists its keys' : 'can not list its keys'}`, async () => {
    const open = createSecretStoragePersistence(createSecrets({ hasKeys }), (problem) =>
      assert.equal(problem, undefined),
    )
    return { one: open('tokens', 'app'), other: open('tokens', 'app') }
  })

describe('secret storage', () => {
  const problems: SecretProblem[] = []
  const open = (secrets: Secrets) => createSecretStoragePersistence(secrets, (problem) => problems.push(problem))
  beforeEach(() => problems.splice(0))

  it('keeps namespaces apart, even where one begins like the other', async () => {
    for (const hasKeys of [true, false]) {
      const persistence = open(createSecrets({ hasKeys }))
      const [one, longer] = [persistence('tokens', 'a'), persistence('tokens', 'a.b')]
      await longer.store('x', 'text', undefined)
      assert.deepEqual(await one.list(), [])
      assert.equal(await one.load('b.x'), undefined)
      assert.deepEqual(await longer.list(), ['x'])
    }
  })

  it('is still listed by a later VS Code which lists keys itself', async () => {
    const old = createSecrets({ hasKeys: false })
    await open(old)('tokens').store('x', 'text', undefined)
    const later = { ...old, keys: async () => [...old.kept.keys()] }
    assert.deepEqual(await open(later)('tokens').list(), ['x'])
  })

  it('is listed where VS Code says that it can and then can not', async () => {
    const secrets = createSecrets()
    const keys = () => Promise.reject(new Error('Secret storage provider does not support keys() method'))
    const tokens = open({ ...secrets, keys })('tokens')
    assert.deepEqual(await tokens.list(), [])
    const version = await tokens.store('x', 'text', undefined)
    assert.ok(version)
    assert.deepEqual(await tokens.list(), ['x'])
    await tokens.store('x', undefined, version)
    assert.deepEqual(await tokens.list(), [])
  })

  it('#29 Without a keyring the sign-in is lost at each reload: what the key store drops is kept in memory, and a notice says so', async () => {
    const secrets = createSecrets()
    const tokens = open({ ...secrets, store: async () => undefined })('tokens')
    const version = await tokens.store('x', 'text', undefined)
    assert.ok(version)
    assert.deepEqual(await tokens.load('x'), { text: 'text', version })
    assert.deepEqual(await tokens.list(), ['x'])
    assert.deepEqual(problems, ['not-kept'])
    assert.equal(secrets.kept.size, 0)
    assert.equal(await tokens.store('x', undefined, version), undefined)
    assert.equal(await tokens.load('x'), undefined)
  })

  it('keeps in memory what the key store refuses, and tries again with the next write', async () => {
    const secrets = createSecrets()
    let isBroken = true
    const store = async (key: string, value: string) => {
      if (isBroken) throw new Error('no keyring')
      secrets.kept.set(key, value)
    }
    const tokens = open({ ...secrets, store })('tokens')
    const version = await tokens.store('x', 'one', undefined)
    assert.ok(version)
    isBroken = false
    await tokens.store('x', 'two', version)
    assert.equal(secrets.kept.size, 1)
    assert.equal((await tokens.load('x'))?.text, 'two')
  })

  it('fails, and deletes nothing, where the key store can not be read', async () => {
    const secrets = createSecrets()
    await open(secrets)('tokens').store('x', 'text', undefined)
    const tokens = open({ ...secrets, get: () => Promise.reject(new Error('locked')) })('tokens')
    await assert.rejects(tokens.load('x'), /locked/)
    await assert.rejects(async () => tokens.store('x', 'other', undefined), /locked/)
    assert.equal(secrets.kept.size, 1)
  })

  it('never has two writers win over the same version', async () => {
    const tokens = open(createSecrets())('tokens')
    const first = await tokens.store('x', '0', undefined)
    assert.ok(first)
    const results = await Promise.all(['1', '2', '3'].map((text) => tokens.store('x', text, first)))
    assert.equal(results.filter((version) => version !== false).length, 1)
  })

  it('#30 A corrupt cache makes every call fail: a damaged sign-in is set aside, told once, and the others stay', async () => {
    const secrets = createSecrets()
    const createClient = clientsOf(open(secrets))
    for (const name of ['ada', 'grace']) await signIn(createClient, name)
    assert.equal((await createClient(offline).getAccounts()).length, 2)
    const [key, value] = [...secrets.kept][0]!
    secrets.kept.set(key, value.replace('secret', 'secreX'))
    const left = await createClient(offline).getAccounts()
    assert.equal(left.length, 1)
    assert.deepEqual(problems, ['damaged'])
    assert.equal((await createClient(offline).getAccounts()).length, 1)
    assert.deepEqual(problems, ['damaged'])
  })

  it('shows the token that is cached, even an expired one, without a request', async () => {
    const clock = createFakeClock()
    const createClient = clientsOf(open(createSecrets()), clock)
    await signIn(createClient, 'ada')
    await clock.advance(86_400_000)
    const [account] = await createClient(offline).getAccounts()
    const find = (scopes: string[], realm = TENANT) =>
      createClient(offline).findCachedToken({ account: account!, realm, scopes })
    assert.equal(await find(['User.Read']), 'access token of ada')
    assert.equal(await find(['Mail.Read']), undefined)
    assert.equal(await find(['User.Read'], 'other'), undefined)
  })
})

const TENANT = '22222222-2222-4222-8222-222222222222'
const clientsOf =
  (persistence: ReturnType<typeof createSecretStoragePersistence>, clock = createFakeClock()) =>
  (fetch: typeof globalThis.fetch) =>
    new MenuAwareClient(
      {
        clientId: 'app',
        authority: `https://login.microsoftonline.com/${TENANT}`,
        fetch,
        cachePersistence: persistence('tokens', 'app'),
      },
      { ...nodePlatform, clock },
    )

const offline = () => Promise.reject(new TypeError('no request was expected'))

async function signIn(createClient: (fetch: typeof globalThis.fetch) => MenuAwareClient, name: string): Promise<void> {
  const base = `https://login.microsoftonline.com/${TENANT}`
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const idToken = {
    iss: `${base}/v2.0`,
    aud: 'app',
    sub: name,
    oid: name,
    tid: TENANT,
    preferred_username: `${name}@contoso.test`,
    iat: 1,
    exp: 9e9,
  }
  const network = createScriptedFetch([
    {
      url: `${base}/v2.0/.well-known/openid-configuration`,
      answer: {
        json: {
          issuer: `${base}/v2.0`,
          authorization_endpoint: `${base}/a`,
          token_endpoint: `${base}/oauth2/v2.0/token`,
          device_authorization_endpoint: `${base}/d`,
        },
      },
    },
    {
      method: 'POST',
      url: `${base}/oauth2/v2.0/token`,
      answer: {
        json: {
          token_type: 'Bearer',
          scope: 'User.Read',
          expires_in: 3600,
          access_token: `access token of ${name}`,
          refresh_token: 'refresh',
          id_token: `${encode({ alg: 'RS256' })}.${encode(idToken)}.signature`,
          client_info: encode({ uid: name, utid: TENANT }),
        },
      },
    },
  ])
  const client = createClient(network.fetch)
  await client.acquireTokenByAuthorizationCode({ code: 'c', scopes: ['User.Read'] })
  network.assertDone()
}
