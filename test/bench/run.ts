/** `npm run bench`: what the cache costs, beside MSAL Node in the same run. Quote the ratios, machines are noisy. */
import { PublicClientApplication as MsalNode } from '@azure/msal-node'
import { PublicClientApplication, SerializableTokenCache } from '../../src/library.ts'

const TENANT = '11111111-1111-1111-1111-111111111111'
const CLIENT_ID = 'aaaaaaaa-0000-0000-0000-00000000000a'
const HOST = 'login.microsoftonline.com'
const RUNS = 7
const LONG_MS = 10_000
const SIZES = [1, 1000, 100_000]
/** MSAL Node lists a thousand accounts in seconds, and the more the slower; a hundred thousand would take a day. */
const LARGEST_LIST = 1000

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

/** Milliseconds of the median run, after one that does not count; of fewer runs where they take seconds. */
async function measure(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  const end = performance.now() + LONG_MS
  for (let i = 0; i <= RUNS && (i < 2 || performance.now() < end); i++) {
    const start = performance.now()
    await run()
    if (i > 0) times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN
}

const authority = `https://${HOST}/${TENANT}`
const offline = () => Promise.reject(new Error('the benchmark makes no request'))
const discovery = JSON.stringify({
  issuer: `${authority}/v2.0`,
  authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
  token_endpoint: `${authority}/oauth2/v2.0/token`,
  jwks_uri: `${authority}/keys`,
})

const homeIdOf = (i: number): string => `00000000-0000-0000-0000-${String(i).padStart(12, '0')}.${TENANT}`

/** The account of the middle, as MSAL Node takes it: listing all to find it would be another measurement. */
const nodeAccountOf = (i: number) => ({
  homeAccountId: homeIdOf(i),
  environment: HOST,
  tenantId: TENANT,
  username: `user${i}@contoso.com`,
  localAccountId: homeIdOf(i).split('.')[0] ?? '',
})

/** What the answer to a token request of one account brings into the cache. */
const answerFor = (i: number, run: number) => ({
  client_id: CLIENT_ID,
  scope: ['user.read'],
  environment: HOST,
  realm: TENANT,
  response: {
    access_token: `at-${run}`,
    expires_in: 3600,
    client_info: Buffer.from(JSON.stringify({ uid: homeIdOf(i).split('.')[0], utid: TENANT })).toString('base64url'),
  },
})

type Work = () => Promise<unknown>

async function report(accounts: number, what: string, works: { readonly ours: Work; readonly theirs?: Work }) {
  const { ours, theirs } = works
  const [mine, other] = [await measure(ours), theirs && (await measure(theirs))]
  const cells = [String(accounts).padStart(8), what.padEnd(27), mine.toFixed(3).padStart(9)]
  cells.push((other?.toFixed(3) ?? '').padStart(14), other === undefined ? '' : `${(other / mine).toFixed(1)}×`)
  console.log(cells.join(' | '))
}

async function benchmark(accounts: number): Promise<void> {
  const text = writeCache(accounts)
  const tokenCache = new SerializableTokenCache()
  const ours = new PublicClientApplication({ clientId: CLIENT_ID, authority, tokenCache, fetch: offline })
  const theirs = new MsalNode({ auth: { clientId: CLIENT_ID, authority, authorityMetadata: discovery } })
  await report(accounts, 'load a serialized cache', {
    ours: async () => tokenCache.deserialize(text),
    theirs: async () => theirs.getTokenCache().deserialize(text),
  })
  await report(accounts, 'write the cache as text', {
    ours: async () => tokenCache.serialize(),
    theirs: async () => theirs.getTokenCache().serialize(),
  })
  await report(accounts, 'list the accounts', {
    ours: () => ours.getAccounts(),
    ...(accounts <= LARGEST_LIST && { theirs: () => theirs.getAllAccounts() }),
  })
  const middle = accounts >> 1
  const all = await ours.getAccounts()
  const account = all.find(({ homeAccountId }) => homeAccountId === homeIdOf(middle))
  const request = { scopes: ['user.read'] }
  await report(accounts, 'a silent hit', {
    ours: () => ours.acquireTokenSilent({ ...request, account }),
    theirs: () => theirs.acquireTokenSilent({ ...request, account: nodeAccountOf(middle) }),
  })
  let run = 0
  await report(accounts, 'a token written', {
    ours: async () => tokenCache.add(answerFor(middle, run++)),
  })
  await report(accounts, 'an account in and out again', {
    ours: async () => {
      tokenCache.add(answerFor(accounts, run++))
      await ours.removeAccount({ account: { ...nodeAccountOf(accounts), realm: TENANT, authorityType: 'MSSTS' } })
    },
  })
}

async function main(): Promise<void> {
  console.log('accounts | what                        | ours (ms) | MSAL Node (ms) | ratio')
  for (const accounts of SIZES) await benchmark(accounts)
}

void main()
