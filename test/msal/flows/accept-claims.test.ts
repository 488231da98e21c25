import assert from 'node:assert/strict'
import type { JsonObject } from '../../../src/msal/core/json.ts'
import { PublicClientApplication, TokenCache } from '../../../src/msal/index.ts'
import {
  ADA,
  CLIENT_ID,
  createTestPlatform,
  discovery,
  HOME,
  HOST,
  refresh,
  signIn,
  tokensFor,
} from '../../support/entra.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { createScriptedFetch, type ScriptedExchange } from '../../support/scripted-fetch.ts'

const SCOPES = ['User.Read']

/** A client whose owner refuses tokens once `refuses` says so. */
function createJudgedClient(script: readonly ScriptedExchange[]) {
  const clock = createFakeClock()
  const network = createScriptedFetch(script)
  const cache = new TokenCache(clock)
  const judged: (JsonObject | undefined)[] = []
  const owner = { refuses: false }
  const client = new PublicClientApplication(
    { clientId: CLIENT_ID, authority: `${HOST}/${HOME}`, tokenCache: cache, fetch: network.fetch },
    createTestPlatform(clock),
    async (claims) => {
      judged.push(claims)
      await Promise.resolve()
      if (owner.refuses) throw new RangeError('not this tenant')
    },
  )
  const importToken = () => client.acquireTokenByRefreshToken({ refreshToken: 'imported', scopes: SCOPES })
  return { client, clock, network, judged, owner, importToken }
}

describe("The owner's word on tokens", () => {
  it('comes before anything is kept, and refuses a sign-in', async () => {
    const { client, owner, importToken, network } = createJudgedClient([discovery(), signIn(ADA)])
    owner.refuses = true
    await assert.rejects(importToken(), RangeError)
    assert.deepEqual(await client.getAccounts(), [])
    network.assertDone()
  })

  it('is asked about the claims of the ID token, of a sign-in and of a refresh', async () => {
    const { client, clock, judged, importToken } = createJudgedClient([
      discovery(),
      signIn(ADA),
      refresh('rt-1', tokensFor(ADA, { access_token: 'at-2' })),
    ])
    const { account } = await importToken()
    await clock.advance(3_600_000)
    await client.acquireTokenSilent({ scopes: SCOPES, account })
    assert.deepEqual(
      judged.map((claims) => claims?.['tid']),
      [HOME, HOME],
    )
  })

  it('refuses a refresh and leaves what was there', async () => {
    const { client, clock, owner, importToken, network } = createJudgedClient([
      discovery(),
      signIn(ADA),
      refresh('rt-1', tokensFor(ADA, { access_token: 'at-2', refresh_token: 'rt-2' })),
      refresh('rt-1', tokensFor(ADA, { access_token: 'at-3' })),
    ])
    const { account } = await importToken()
    await clock.advance(3_600_000)
    owner.refuses = true
    await assert.rejects(client.acquireTokenSilent({ scopes: SCOPES, account }), RangeError)
    owner.refuses = false
    assert.equal((await client.acquireTokenSilent({ scopes: SCOPES, account }))?.accessToken, 'at-3')
    network.assertDone()
  })

  it('is asked also where no ID token came', async () => {
    const { judged, importToken } = createJudgedClient([discovery(), signIn(ADA, { id_token: undefined })])
    await importToken()
    assert.deepEqual(judged, [undefined])
  })
})
