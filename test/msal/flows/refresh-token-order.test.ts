import assert from 'node:assert/strict'
import type { RefreshTokenEntry } from '../../../src/msal/cache/cache-schema.ts'
import { ADA, CLIENT_ID, createTestClient, discovery, HOST, refresh, tokensFor } from '../../support/entra.ts'
import type { ScriptedExchange } from '../../support/scripted-fetch.ts'

const ENVIRONMENT = new URL(HOST).host
const ACCOUNT = {
  homeAccountId: `${ADA.uid}.${ADA.utid}`,
  environment: ENVIRONMENT,
  realm: ADA.utid,
  localAccountId: ADA.uid,
  username: ADA.username,
  authorityType: 'MSSTS',
}

/** A client that never signed anybody in, over a cache that holds these refresh tokens of one person. */
function clientWith(tokens: readonly Partial<RefreshTokenEntry>[], script: readonly ScriptedExchange[]) {
  const test = createTestClient(script)
  tokens.forEach((token, index) => {
    const entry: RefreshTokenEntry = {
      credential_type: 'RefreshToken',
      secret: `rt-${index}`,
      home_account_id: ACCOUNT.homeAccountId,
      environment: ENVIRONMENT,
      client_id: CLIENT_ID,
      target: '',
      last_modification_time: String(index),
      ...token,
    }
    test.cache.apply([{ op: 'put', type: 'RefreshToken', key: `rt-${index}`, entry }])
  })
  return test
}

const SIBLING = { client_id: 'sibling', family_id: '1', secret: 'of-a-sibling' }
const REFUSED = { error: 'invalid_grant', error_description: 'AADSTS700000', suberror: 'client_mismatch' }
const request = { scopes: ['User.Read'], account: ACCOUNT }

describe('The refresh tokens of a client that nothing is known of', () => {
  it('bring no refusal of their own where only those of another family were there to try', async () => {
    const { client, network } = clientWith([SIBLING], [discovery(), refresh('of-a-sibling', REFUSED, 400)])
    assert.equal(await client.acquireTokenSilentWithError(request), null)
    network.assertDone()
  })

  it("bring the refusal of the client's own, whatever was said of those of another family", async () => {
    const { client, network } = clientWith(
      [{ secret: 'own' }, SIBLING],
      [
        discovery(),
        refresh('of-a-sibling', REFUSED, 400),
        refresh('own', { error: 'interaction_required', suberror: 'basic_action' }, 400),
      ],
    )
    await assert.rejects(client.acquireTokenSilentWithError(request), {
      error: 'interaction_required',
      classification: 'basic_action',
    })
    network.assertDone()
  })

  it("bring the refusal of a family's token that is the client's own", async () => {
    const { client, network } = clientWith(
      [{ secret: 'own', family_id: '1' }],
      [discovery(), refresh('own', { error: 'interaction_required' }, 400)],
    )
    await assert.rejects(client.acquireTokenSilentWithError(request), { error: 'interaction_required' })
    network.assertDone()
  })
})

describe('A refresh whose answer names nobody', () => {
  it('keeps its token for the account that it was made for', async () => {
    const { client, network } = clientWith(
      [{ secret: 'own' }],
      [
        discovery(),
        refresh('own', tokensFor(ADA, { access_token: 'at-2', client_info: undefined, id_token: undefined })),
      ],
    )
    assert.equal((await client.acquireTokenSilent(request))?.tokenSource, 'identity_provider')
    const again = await client.acquireTokenSilent(request)
    assert.deepEqual([again?.accessToken, again?.tokenSource], ['at-2', 'cache'])
    network.assertDone()
  })
})
