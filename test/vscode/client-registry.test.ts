import assert from 'node:assert/strict'
import { PublicClientApplication } from '../../src/msal/index.ts'
import { clientOptions } from '../../src/vscode/client-options.ts'
import {
  ClientConfigurationError,
  createClientRegistry,
  NoClientIdError,
  resolveClient,
  scopesToRequest,
} from '../../src/vscode/client-registry.ts'
import { parseScopeRequest } from '../../src/vscode/scope-request.ts'
import { createTestPlatform, metadataOf } from '../support/entra.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createScriptedFetch } from '../support/scripted-fetch.ts'
import { createClient, settingsOf } from './fakes.ts'

const resolve = (scopes: string[], settings: object) => resolveClient(parseScopeRequest(scopes), settingsOf(settings))

describe('choosing the client of a request', () => {
  const chosen: [string, string[], object, string, string][] = [
    ['the settings', ['a'], { clientId: 'mine' }, 'mine', 'https://login.microsoftonline.com/organizations'],
    [
      'its own client ID',
      ['VSCODE_CLIENT_ID:its'],
      { clientId: 'mine' },
      'its',
      'https://login.microsoftonline.com/organizations',
    ],
    [
      'its own tenant',
      ['VSCODE_TENANT:guest.example'],
      { clientId: 'mine', tenant: 'home.example' },
      'mine',
      'https://login.microsoftonline.com/guest.example',
    ],
    [
      'its own tenant at the configured authority',
      ['VSCODE_TENANT:guest.example'],
      { clientId: 'mine', authority: 'http://127.0.0.2:81/home.example' },
      'mine',
      'http://127.0.0.2:81/guest.example',
    ],
    [
      'its own tenant beside a wrong tenant setting',
      ['VSCODE_TENANT:guest.example'],
      { clientId: 'mine', tenant: 'a/b' },
      'mine',
      'https://login.microsoftonline.com/guest.example',
    ],
    [
      'its own client beside a wrong client setting',
      ['VSCODE_CLIENT_ID:its'],
      { clientId: 'a b' },
      'its',
      'https://login.microsoftonline.com/organizations',
    ],
    [
      'the authority beside a wrong cloud',
      ['a'],
      { clientId: 'mine', cloud: 'moon', authority: 'https://login.example/t' },
      'mine',
      'https://login.example/t',
    ],
  ]
  for (const [name, scopes, settings, clientId, url] of chosen)
    it(`takes ${name}`, () => {
      const configuration = resolve(scopes, settings)
      assert.deepEqual([configuration.clientId, configuration.authority.url], [clientId, url])
    })

  it('says that a client ID is needed', () => assert.throws(() => resolve(['a'], {}), NoClientIdError))

  it('says of a request without a client which profiles it could name, where there are some', () => {
    const named = (names: readonly string[]) => ({
      profiles: Object.fromEntries(names.map((name) => [name, { clientId: 'app' }])),
    })
    assert.throws(() => resolve(['a'], named(['work', 'shop'])), {
      name: 'ClientConfigurationError',
      setting: 'clientId',
      message:
        'This request names no profile, and there is no default client. The extension can ask with ENTRA_PROFILE:work, ENTRA_PROFILE:shop; or set entraAuth.clientId.',
    })
    assert.throws(() => resolve(['a'], named(['1a', '2b', '3c', '4d', '5e', '6f'])), /ENTRA_PROFILE:5e, …; or set/)
    assert.throws(() => resolve(['a'], { profiles: { bad: {} } }), NoClientIdError)
  })

  for (const setting of ['clientId', 'tenant', 'cloud', 'authority'])
    it(`goes nowhere else where ${setting} is wrong, and names it`, () => {
      assert.throws(
        () => resolve(['a'], { clientId: 'mine', [setting]: 'w r o n g' }),
        (error: unknown) => error instanceof ClientConfigurationError && error.setting === setting,
      )
    })

  for (const authority of [
    'https://adfs.contoso.com/adfs',
    'https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_signin',
    'https://login.example/tfp/contoso.com/b2c_1_signin',
    'https://login.example/contoso.com/B2C_1_signin',
    'https://host.example/dstsv2/common',
  ])
    it(`refuses VSCODE_TENANT for ${authority}`, () => {
      assert.throws(() => resolve(['VSCODE_TENANT:a.example'], { clientId: 'mine', authority }), /VSCODE_TENANT/)
    })

  it('refuses a profile that nobody configured, by its name', () => {
    assert.throws(() => resolve(['ENTRA_PROFILE:work'], { clientId: 'mine' }), /"work"/)
  })
})

describe('asking nobody but the authority', () => {
  const AUTHORITY = 'https://login.contoso.invalid/contoso.com'
  const off = { clientId: 'mine', authority: AUTHORITY, instanceDiscovery: false }
  const inProfile = (members: object) => ({ profiles: { p: { clientId: 'its', authority: AUTHORITY, ...members } } })
  const asked: readonly [string, string[], object, false | undefined][] = [
    ['is not meant unless set', ['a'], { clientId: 'mine', authority: AUTHORITY }, undefined],
    ['is set for the default client', ['a'], off, false],
    ['holds in another tenant', ['VSCODE_TENANT:guest.example'], off, false],
    ['holds for the client that a request names', ['VSCODE_CLIENT_ID:its'], off, false],
    ['is set for a profile', ['ENTRA_PROFILE:p'], inProfile({ instanceDiscovery: false }), false],
    [
      'holds for profiles that say nothing of it',
      ['ENTRA_PROFILE:p'],
      { ...inProfile({}), instanceDiscovery: false },
      false,
    ],
    [
      'holds for no profile that says otherwise',
      ['ENTRA_PROFILE:p'],
      { ...inProfile({ instanceDiscovery: true }), instanceDiscovery: false },
      undefined,
    ],
  ]
  for (const [what, scopes, settings, expected] of asked)
    it(what, () => {
      const configuration = resolve(scopes, settings)
      assert.equal(configuration.instanceDiscovery, expected)
      assert.equal(clientOptions(configuration).instanceDiscovery, expected)
    })

  it('is not guessed where the setting is wrong', () => {
    const wrong = { clientId: 'mine', instanceDiscovery: 'off' }
    const refused = { name: 'ClientConfigurationError', setting: 'instanceDiscovery' }
    assert.throws(() => resolve(['a'], wrong), refused)
    assert.throws(() => resolve(['ENTRA_PROFILE:p'], { ...wrong, ...inProfile({}) }), refused)
    const own = { ...wrong, ...inProfile({ instanceDiscovery: false }) }
    assert.equal(resolve(['ENTRA_PROFILE:p'], own).instanceDiscovery, false)
  })

  it('is no option for a plain OpenID provider, about which nobody is ever asked', () => {
    const { instanceDiscovery, oidcAuthority } = clientOptions(
      resolve(['a'], { ...off, authority: 'https://id.example' }),
    )
    assert.deepEqual([instanceDiscovery, oidcAuthority], [undefined, 'https://id.example'])
  })

  it('#20 Air-gapped, it must not call login.microsoftonline.com: a private cloud is the only host that is asked', async () => {
    const network = createScriptedFetch([
      { url: `${AUTHORITY}/v2.0/.well-known/openid-configuration`, answer: { json: metadataOf(AUTHORITY) } },
    ])
    const platform = createTestPlatform(createFakeClock(), { createFetch: () => network.fetch })
    const client = new PublicClientApplication(clientOptions(resolve(['a'], off)), platform)
    await client.initiateAuthCodeFlow({ scopes: ['a'] })
    network.assertDone()
  })
})

describe('the scopes that are sent', () => {
  const sent = (scopes: string[], settings: object = {}) => {
    const request = parseScopeRequest(scopes)
    return scopesToRequest(request, resolveClient(request, settingsOf({ clientId: 'mine', ...settings })))
  }

  it('are User.Read besides, where there are only OpenID scopes', () => {
    assert.deepEqual(sent(['openid', 'profile']), ['User.Read'])
    assert.deepEqual(sent(['email', 'VSCODE_TENANT:organizations']), ['User.Read', 'email'])
    assert.deepEqual(sent([]), ['User.Read'])
  })

  it('are those asked for otherwise', () => assert.deepEqual(sent(['openid', 'Mail.Read']), ['Mail.Read']))

  it('are none of Graph at AD FS, which does not know it', () => {
    assert.deepEqual(sent(['openid'], { authority: 'https://adfs.contoso.com/adfs' }), [])
  })
})

describe('the client registry', () => {
  const at = (tenant: string, clientId = 'mine') =>
    resolve([`VSCODE_TENANT:${tenant}`, `VSCODE_CLIENT_ID:${clientId}`], {})

  it('keeps one application per client and authority', () => {
    const registry = createClientRegistry(() => createClient())
    assert.equal(registry.get(at('a.example')), registry.get(at('A.example')))
    assert.notEqual(registry.get(at('a.example')), registry.get(at('b.example')))
    assert.notEqual(registry.get(at('a.example')), registry.get(at('a.example', 'other')))
    assert.notEqual(registry.get(at('a.example')), registry.get({ ...at('a.example'), usesBroker: true }))
    assert.notEqual(registry.get(at('a.example')), registry.get({ ...at('a.example'), instanceDiscovery: false }))
  })

  it("makes a client's other applications anew once someone signed in at one", () => {
    const registry = createClientRegistry(() => createClient())
    const [here, there, foreign] = [at('a.example'), at('b.example'), at('a.example', 'other')]
    const before = [here, there, foreign].map((configuration) => registry.get(configuration))
    registry.renewOthers(here)
    const after = [here, there, foreign].map((configuration) => registry.get(configuration))
    assert.deepEqual(
      before.map((client, index) => client === after[index]),
      [true, false, true],
    )
  })

  it('keeps all applications where they are told what the others change', () => {
    const registry = createClientRegistry(() => createClient(), { hearsOfChanges: true })
    const there = registry.get(at('b.example'))
    registry.renewOthers(at('a.example'))
    assert.equal(registry.get(at('b.example')), there)
  })
})
