import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extensionLibrary } from '../src/extension-library.ts'

const { ConfidentialClientApplication, ManagedIdentityClient, PublicClientApplication, SystemAssignedManagedIdentity } =
  extensionLibrary
const OPTIONS = {
  clientId: 'a',
  authority: 'https://login.microsoftonline.com/contoso.com',
  instanceDiscovery: false,
}

describe('the library that the extension hands to others', () => {
  const original = globalThis.fetch
  let asked: string[]

  beforeEach(() => {
    asked = []
  })

  afterEach(() => {
    globalThis.fetch = original
  })

  /** What VS Code does to the global `fetch`, at some time. */
  const patchFetch = (
    run: (init: RequestInit | undefined) => Promise<Response> = async () => new Response('', { status: 500 }),
  ) => {
    globalThis.fetch = (input, init) => {
      asked.push(new Request(input).url)
      return run(init)
    }
  }

  it('sends its requests by the global fetch as it is at the time of the call', async () => {
    const clients = [
      new PublicClientApplication(OPTIONS),
      new ConfidentialClientApplication({ ...OPTIONS, clientCredential: 'secret' }),
    ]
    patchFetch()
    for (const client of clients)
      await assert.rejects(client.acquireTokenByRefreshToken({ refreshToken: 'r', scopes: ['a'] }))
    assert.equal(asked.length, 2)
    assert.match(asked[0]!, /^https:\/\/login\.microsoftonline\.com\/contoso\.com\//)
  })

  it('ends a request after timeoutMs, as it does outside VS Code', async () => {
    patchFetch(
      (init) =>
        new Promise((_resolve, reject) =>
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error)),
        ),
    )
    const client = new PublicClientApplication({ ...OPTIONS, timeoutMs: 20 })
    await assert.rejects(client.acquireTokenByRefreshToken({ refreshToken: 'r', scopes: ['a'] }), {
      name: 'NetworkError',
    })
  })

  it('takes a fetch or a proxy of the caller in its place', async () => {
    patchFetch()
    const own: string[] = []
    const fetch: typeof globalThis.fetch = async (input) => {
      own.push(new Request(input).url)
      return new Response('', { status: 500 })
    }
    for (const network of [{ fetch }, { proxy: 'http://127.0.0.1:9' }]) {
      const client = new PublicClientApplication({ ...OPTIONS, ...network })
      await assert.rejects(client.acquireTokenByRefreshToken({ refreshToken: 'r', scopes: ['a'] }))
    }
    assert.deepEqual([asked.length, own.length], [0, 1])
  })

  it("asks the machine's metadata endpoint directly, for it must not meet a proxy", async () => {
    patchFetch()
    const server = createServer((_request, response) =>
      response.end(JSON.stringify({ access_token: 't', expires_in: '3600', resource: 'r', token_type: 'Bearer' })),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    try {
      const client = new ManagedIdentityClient({ managedIdentity: new SystemAssignedManagedIdentity() })
      assert.equal((await client.acquireTokenForClient({ resource: 'r' })).accessToken, 't')
      assert.deepEqual(asked, [])
    } finally {
      delete process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST']
      server.close()
    }
  })

  it('keeps every other name of the library', () => {
    assert.ok(new PublicClientApplication(OPTIONS) instanceof extensionLibrary.ClientApplication)
    assert.equal(typeof PublicClientApplication.CONSOLE_WINDOW_HANDLE, 'symbol')
  })
})
