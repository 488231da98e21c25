/** `npm run bench`: what the cache costs, beside MSAL Node in the same run. Quote the ratios, machines are noisy. */
import { PublicClientApplication as MsalNode } from '@azure/msal-node'
import { PublicClientApplication, SerializableTokenCache } from '../../src/library.ts'

const TENANT = '11111111-1111-1111-1111-111111111111'
const CLIENT_ID = 'aaaaaaaa-0000-0000-0000-00000000000a'
const HOST = 'login.microsoftonline.com'
const RUNS = 7

/** A cache of so many accounts, each with three access tokens, in the schema that both libraries read. */
function writeCache(accounts: number): string {
  const now = Math.floor(Date.now() / 1000)
  const sections: Record<string, Record<string, object>> = {
    Account: {},
    AccessToken: {},
    RefreshToken: {},
    IdToken: {},
  }
  for (let i = 0; i < accounts; i++) {
    const uid = `00000000-0000-0000-0000-${String(i).padStart(12, '0')}`
    const owner = { home_account_id: `${uid}.${TENANT}`, environment: HOST }
    const part = { ...owner, realm: TENANT, client_id: CLIENT_ID }
    sections['Account']![`${owner.home_account_id}-${HOST}-${TENANT}`] = {
      ...owner,
      realm: TENANT,
      local_account_id: uid,
      username: `user${i}@contoso.com`,
      authority_type: 'MSSTS',
    }
    for (const target of ['user.read', 'mail.read', 'files.read'])
      sections['AccessToken']![`${owner.home_account_id}-${HOST}-accesstoken-${CLIENT_ID}-${TENANT}-${target}--`] = {
        ...part,
        credential_type: 'AccessToken',
        secret: 'at',
        target,
        token_type: 'Bearer',
        cached_at: String(now),
        expires_on: String(now + 3600),
        extended_expires_on: String(now + 3600),
      }
    sections['RefreshToken']![`${owner.home_account_id}-${HOST}-refreshtoken-${CLIENT_ID}--`] = {
      ...owner,
      client_id: CLIENT_ID,
      credential_type: 'RefreshToken',
      secret: 'rt',
    }
    const claims = Buffer.from(JSON.stringify({ oid: uid, tid: TENANT, preferred_username: `user${i}@contoso.com` }))
    sections['IdToken']![`${owner.home_account_id}-${HOST}-idtoken-${CLIENT_ID}-${TENANT}---`] = {
      ...part,
      credential_type: 'IdToken',
      secret: `e30.${claims.toString('base64url')}.c2ln`,
    }
  }
  return JSON.stringify(sections)
}

/** Milliseconds of the median run, after one that does not count. */
async function measure(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i <= RUNS; i++) {
    const start = performance.now()
    await run()
    if (i > 0) times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)[RUNS >> 1] ?? Number.NaN
}

const authority = `https://${HOST}/${TENANT}`
const offline = () => Promise.reject(new Error('the benchmark makes no request'))
const discovery = JSON.stringify({
  issuer: `${authority}/v2.0`,
  authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
  token_endpoint: `${authority}/oauth2/v2.0/token`,
  jwks_uri: `${authority}/keys`,
})

async function main(): Promise<void> {
  console.log('accounts | what                       | ours (ms) | MSAL Node (ms) | ratio')
  for (const accounts of [1, 100, 1000, 10_000]) {
    const text = writeCache(accounts)
    const tokenCache = new SerializableTokenCache()
    const ours = new PublicClientApplication({ clientId: CLIENT_ID, authority, tokenCache, fetch: offline })
    const theirs = new MsalNode({ auth: { clientId: CLIENT_ID, authority, authorityMetadata: discovery } })
    const report = async (what: string, our: () => Promise<unknown>, their?: () => Promise<unknown>) => {
      const [mine, other] = [await measure(our), their && (await measure(their))]
      const cells = [String(accounts).padStart(8), what.padEnd(26), mine.toFixed(3).padStart(9)]
      cells.push((other?.toFixed(3) ?? '').padStart(14), other === undefined ? '' : `${(other / mine).toFixed(1)}×`)
      console.log(cells.join(' | '))
    }
    await report(
      'load a serialized cache',
      async () => tokenCache.deserialize(text),
      async () => theirs.getTokenCache().deserialize(text),
    )
    // MSAL Node takes seconds here at a thousand accounts; ten thousand would take minutes.
    const compare = accounts <= 1000
    await report('list the accounts', () => ours.getAccounts(), compare ? () => theirs.getAllAccounts() : undefined)
    const [account] = await ours.getAccounts()
    const known = compare ? (await theirs.getAllAccounts())[0] : undefined
    await report(
      'a silent hit',
      () => ours.acquireTokenSilent({ scopes: ['user.read'], account }),
      known && (() => theirs.acquireTokenSilent({ scopes: ['user.read'], account: known })),
    )
  }
}

void main()
