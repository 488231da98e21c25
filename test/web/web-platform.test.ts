import assert from 'node:assert/strict'
import { CrossOriginError } from '../../src/msal/core/errors.ts'
import { Secret } from '../../src/msal/core/secret.ts'
import { describeBrowser } from '../../src/web/browser-facts.ts'
import { webPlatform } from '../../src/web/web-platform.ts'

describe('the platform of a browser', () => {
  const original = globalThis.fetch

  afterEach(() => {
    globalThis.fetch = original
  })

  it('sends by the global fetch as it is at the time of the call', async () => {
    const fetch = webPlatform.createFetch({})
    globalThis.fetch = async () => new Response('answer')
    assert.equal(await (await fetch('https://id.contoso.test')).text(), 'answer')
    globalThis.fetch = async (_input, init) => {
      if (init?.mode !== 'no-cors') throw new TypeError('Failed to fetch')
      return new Response()
    }
    await assert.rejects(fetch('https://id.contoso.test'), CrossOriginError)
  })

  it('ends a request after timeoutMs', async () => {
    globalThis.fetch = (_input, init) =>
      new Promise((_resolve, reject) =>
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error)),
      )
    await assert.rejects(webPlatform.createFetch({ timeoutMs: 20 })('https://id.contoso.test'), {
      name: 'TimeoutError',
    })
  })

  it('refuses what a browser leaves to nobody: proxy and certificates', () => {
    assert.throws(() => webPlatform.createFetch({ proxy: 'http://proxy' }), { argument: 'proxy' })
    assert.throws(() => webPlatform.createFetch({ ca: 'PEM' }), { argument: 'ca' })
  })

  it('refuses, and says why, what takes a port, a file or a machine', async () => {
    const secret = new Secret('x')
    await assert.rejects(webPlatform.listenForRedirect({}), { reason: 'no_loopback' })
    await assert.rejects(webPlatform.createDirectFetch({})('http://169.254.169.254'), { name: 'NetworkError' })
    await assert.rejects(webPlatform.readPkcs12({ path: 'a.pfx', passphrase: secret }), { name: 'ConfigurationError' })
    assert.throws(() => webPlatform.readPrivateKey({ pem: secret, passphrase: secret }), {
      name: 'ConfigurationError',
    })
    await assert.rejects(webPlatform.arcAgent.readKey('/k'), { name: 'ManagedIdentityError' })
    assert.equal(await webPlatform.arcAgent.isInstalled(), false)
    assert.equal(await webPlatform.openBrowser('https://id.contoso.test'), false)
    assert.equal(webPlatform.readEnvironment('PATH'), undefined)
  })

  it('is described by what the browser tells every page', () => {
    const facts = describeBrowser({ userAgent: 'Browser/1' })
    assert.deepEqual(facts, { runtime: 'Browser/1', system: 'browser', environment: {} })
  })
})
