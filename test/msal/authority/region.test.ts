import assert from 'node:assert/strict'
import { chooseRegion, regionalHost, type RegionOption } from '../../../src/msal/authority/region.ts'
import type { Fetch } from '../../../src/msal/core/ports.ts'
import { createHttpClient } from '../../../src/msal/http/http-client.ts'
import { ConfidentialClientApplication } from '../../../src/msal/index.ts'
import { CLIENT_ID, createTestLogger, createTestPlatform, discovery, HOME, HOST } from '../../support/entra.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { createScriptedFetch, type ScriptedAnswer } from '../../support/scripted-fetch.ts'

const METADATA_SERVICE = 'http://169.254.169.254/metadata/instance/compute/location'
const forbidden: Fetch = () => Promise.reject(new Error('the metadata service was asked'))

const choose = (option: RegionOption, environment: Readonly<Record<string, string>> = {}, fetch: Fetch = forbidden) =>
  chooseRegion(option, {
    platform: { readEnvironment: (name) => environment[name] },
    http: createHttpClient(fetch),
    logger: createTestLogger(),
  })

describe('The region', () => {
  const environment = { MSAL_FORCE_REGION: 'northeurope', REGION_NAME: 'West US 2' }
  for (const [option, expected] of [
    ['eastus', 'eastus'],
    [true, 'westus2'],
    [false, undefined],
    [undefined, 'northeurope'],
  ] as const)
    it(`is ${String(expected)} with the option ${String(option)}, and the machine is not asked`, async () =>
      assert.equal(await choose(option, environment), expected))

  it('is none unless it was chosen', async () => assert.equal(await choose(undefined), undefined))

  for (const [what, answer, expected] of [
    ['a region', { text: 'westus2\n' }, 'westus2'],
    ['nothing', { text: '' }, undefined],
    ['no region', { text: 'evil.example#' }, undefined],
    ['a page of a portal', { text: '<html>sign in</html>' }, undefined],
    ['a refusal', { status: 404, text: 'westus2' }, undefined],
    ['a redirect', { status: 302, headers: { location: 'http://169.254.169.254/x' } }, undefined],
    ['no answer at all', new TypeError('fetch failed'), undefined],
  ] as const satisfies readonly (readonly [string, ScriptedAnswer, string | undefined])[])
    it(`is ${String(expected)} where the metadata service has ${what}`, async () => {
      const network = createScriptedFetch([{ url: METADATA_SERVICE, answer }])
      assert.equal(await choose(true, {}, network.fetch), expected)
      assert.equal(network.requests[0]?.headers.get('metadata'), 'true')
      network.assertDone()
    })

  it('is waited for 2 seconds at most: outside of Azure nothing answers there', async () => {
    const silent: Fetch = (_, init) =>
      new Promise((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error))
      })
    const start = performance.now()
    assert.equal(await choose(true, {}, silent), undefined)
    const waited = performance.now() - start
    assert.ok(waited > 1900 && waited < 4000, `waited ${waited} ms`)
  })

  it('is asked for by the transport that meets no proxy, once', async () => {
    const network = createScriptedFetch([
      discovery(),
      ...['a', 'b'].map((access_token) => ({
        method: 'POST',
        url: `https://westus2.login.microsoft.com/${HOME}/oauth2/v2.0/token`,
        answer: { json: { access_token, expires_in: 3600 } },
      })),
    ])
    const machine = createScriptedFetch([{ url: METADATA_SERVICE, answer: { text: 'westus2' } }])
    const client = new ConfidentialClientApplication(
      { clientId: CLIENT_ID, clientCredential: 's3cret', authority: `${HOST}/${HOME}`, azureRegion: true },
      createTestPlatform(createFakeClock(), {
        createFetch: () => network.fetch,
        createDirectFetch: () => machine.fetch,
      }),
    )
    await client.acquireTokenForClient({ scopes: ['a/.default'] })
    await client.acquireTokenForClient({ scopes: ['b/.default'] })
    network.assertDone()
    machine.assertDone()
  })
})

describe("A region's host", () => {
  for (const [host, expected] of [
    ['login.microsoftonline.com', 'r.login.microsoft.com'],
    ['login.windows.net', 'r.login.microsoft.com'],
    ['login.microsoft.com', 'r.login.microsoft.com'],
    ['sts.windows.net', 'r.login.microsoft.com'],
    ['login.microsoftonline.us', 'r.login.microsoftonline.us'],
    ['login.partner.microsoftonline.cn', 'r.login.partner.microsoftonline.cn'],
    ['login.sovcloud-identity.fr', 'r.login.sovcloud-identity.fr'],
  ] as const)
    it(`of ${host} is ${expected}`, () => assert.equal(regionalHost('r', host), expected))
})
