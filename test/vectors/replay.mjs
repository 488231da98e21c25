// Replays vectors that were recorded from MSAL Python against a build of the library, over its public API only.
import { constants, createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'

const here = dirname(fileURLToPath(import.meta.url))
let library // loaded afresh for each vector, so that nothing that it keeps in its module reaches the next

// One clock for everything that reads the time, put in place before the library is loaded: it may keep `Date.now` as a value, or ask `new Date()` (jose does).
const realNow = Date.now.bind(Date)
const realTick = performance.now.bind(performance)
let current
Date.now = () => (current ? current.now() : realNow())
performance.now = () => realTick() + (current?.offset ?? 0) * 1000
const RealDate = Date
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, self) => Reflect.construct(target, args.length ? args : [Date.now()], self),
  apply: (target) => new target(Date.now()).toString(),
})

const NOW = 1_800_000_000
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const KEPT = new Set([
  'accept',
  'client-request-id',
  'x-anchormailbox',
  'x-ms-lib-capability',
  'x-app-name',
  'x-app-ver',
  'metadata',
  'authorization',
  'x-identity-header',
  'secret',
  'soapaction',
])
const camel = (s) => s.replace(/_([a-z0-9])/g, (_, c) => c.toUpperCase())
const b64 = (o) => Buffer.from(JSON.stringify(o)).toString('base64url')
const unb64 = (s) => JSON.parse(Buffer.from(s, 'base64url').toString())
const idToken = (claims) =>
  [
    b64({ alg: 'RS256', typ: 'JWT', kid: 'fixture' }), // not `none`, which a careful client refuses
    b64(claims),
    'c2ln',
  ].join('.')
const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v)

class World {
  constructor(vector) {
    this.offset = 0
    this.start = realNow()
    this.replies = (vector.network ?? []).map((r) => ({ ...r, left: r.times ?? 1 }))
    this.requests = []
    this.authParams = {}
    this.saved = {}
    this.unscripted = []
  }
  now() {
    return NOW * 1000 + this.offset * 1000 + (realNow() - this.start)
  }
  resolve(v) {
    if (Array.isArray(v)) return v.map((x) => this.resolve(x))
    if (!isObject(v)) return v
    if ('$ref' in v) return v.$ref.split('.').reduce((o, k) => o?.[camel(k)] ?? o?.[k], this.saved)
    if ('$fixture' in v) return readFileSync(join(here, 'fixtures', v.$fixture), 'utf8')
    if ('$fixture_path' in v) return join(here, 'fixtures', v.$fixture_path)
    if ('$id_token' in v) return idToken(this.resolve(v.$id_token))
    if ('$auth_param' in v) return this.authParams[v.$auth_param]
    if ('$b64' in v) return b64(v.$b64)
    return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, this.resolve(x)]))
  }
  async fetch(input, init = {}) {
    const request = typeof input === 'object' && 'url' in input ? input : undefined // a Request, also one of undici's own
    const url = new URL(request?.url ?? String(input))
    const method = (init.method ?? request?.method ?? 'GET').toUpperCase()
    const headers = new Headers(init.headers ?? request?.headers)
    let body = init.body ?? (request && method !== 'GET' ? await request.text() : undefined)
    if (body !== undefined && body !== null && typeof body !== 'string') body = await new Response(body).text()
    const bare = url.origin + decodeURIComponent(url.pathname).replace(/\/+/g, '/')
    const entry = { method, url: bare }
    const query = Object.fromEntries(url.searchParams)
    if (Object.keys(query).length) entry.query = normalForm(query)
    const kept = Object.fromEntries(
      [...headers]
        .filter(([k]) => KEPT.has(k))
        .map(([k, v]) => [k, UUID.test(v) ? '<uuid>' : k === 'x-anchormailbox' ? mailbox(v) : v]),
    )
    entry.headers = kept
    if (body !== undefined && body !== null && method === 'POST') {
      if (/^\s*</.test(body)) entry.body = normalXml(body)
      else {
        const form = Object.fromEntries(new URLSearchParams(body))
        entry.form = normalForm(form)
        const challenge = this.authParams.code_challenge
        if (
          form.code_verifier &&
          challenge &&
          createHash('sha256').update(form.code_verifier).digest('base64url') !== challenge
        )
          entry.form.code_verifier = '<not the one of the code_challenge>'
      }
    }
    Object.defineProperty(entry, 'at', { value: realTick() }) // not compared
    this.requests.push(entry)
    const reply = this.replies.find((r) => (r.left || isDiscovery(r)) && r.method === method && r.url === bare)
    if (!reply && isInstanceDiscovery(entry)) return instanceDiscovery(url)
    if (!reply) this.unscripted.push(`${method} ${bare}`)
    if (!reply) throw new Error(`unscripted request ${method} ${bare} ${JSON.stringify(query)}`)
    reply.left--
    if (reply.fail)
      throw Object.assign(new TypeError('fetch failed'), {
        cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
      })
    const json = this.resolve(reply.json)
    // a provider's configuration also holds what MSAL Python never reads and OpenID Connect Discovery requires
    if (json?.authorization_endpoint)
      ((json.jwks_uri ??= url.origin + '/keys'),
        (json.response_types_supported ??= ['code']),
        (json.subject_types_supported ??= ['pairwise']),
        (json.id_token_signing_alg_values_supported ??= ['RS256']))
    const text = 'json' in reply ? JSON.stringify(json) : (reply.text ?? '')
    const type =
      'json' in reply
        ? 'application/json; charset=utf-8'
        : /^\s*<\?xml|^<s:/.test(text)
          ? 'application/soap+xml; charset=utf-8'
          : 'text/plain'
    return new Response(text, { status: reply.status ?? 200, headers: { 'content-type': type, ...reply.headers } })
  }
}

const isInstanceDiscovery = (r) => r.method === 'GET' && r.url.endsWith('/common/discovery/instance')

// What Entra answers when a library asks where MSAL Python did not: asking is no fault, and its answer is no surprise.
const CLOUDS = [
  [
    'login.microsoftonline.com',
    'login.windows.net',
    ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
  ],
  [
    'login.partner.microsoftonline.cn',
    'login.partner.microsoftonline.cn',
    ['login.partner.microsoftonline.cn', 'login.chinacloudapi.cn'],
  ],
  ['login.microsoftonline.us', 'login.microsoftonline.us', ['login.microsoftonline.us', 'login.usgovcloudapi.net']],
]
function instanceDiscovery(url) {
  const asked = new URL(
    url.searchParams.get('authorization_endpoint') ?? 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize',
  )
  const known =
    asked.host.startsWith('login.sovcloud-identity.') || CLOUDS.some(([, , hosts]) => hosts.includes(asked.host))
  const body = known
    ? {
        tenant_discovery_endpoint: `https://${asked.host}/${asked.pathname.split('/')[1]}/v2.0/.well-known/openid-configuration`,
        'api-version': '1.1',
        metadata: CLOUDS.map(([preferred_network, preferred_cache, aliases]) => ({
          preferred_network,
          preferred_cache,
          aliases,
        })),
      }
    : { error: 'invalid_instance', error_description: 'AADSTS50049: Unknown or invalid instance.' }
  return new Response(JSON.stringify(body), {
    status: known ? 200 : 400,
    headers: { 'content-type': 'application/json; charset=utf-8' },
  })
}

// `upn:` and `UPN:`, `oid:` and `Oid:` route alike.
const mailbox = (v) => v.replace(/^(upn|oid):/i, (p) => p.toLowerCase())

const certificate = createPublicKey(readFileSync(join(here, 'fixtures', 'cert.pem')))
function isSigned(token, alg) {
  const at = token.lastIndexOf('.')
  const padding =
    alg === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO } : {}
  return verify(
    'sha256',
    Buffer.from(token.slice(0, at)),
    { key: certificate, ...padding },
    Buffer.from(token.slice(at + 1), 'base64url'),
  )
}

function normalJwt(token) {
  const [header, payload] = token.split('.').slice(0, 2).map(unb64)
  if (!isSigned(token, header.alg)) header.alg += ' (the signature is wrong)'
  header.typ ??= 'JWT' // optional in RFC 7515
  for (const k of ['iat', 'exp', 'nbf']) if (k in payload) payload[k] -= NOW
  if (UUID.test(payload.jti ?? '')) payload.jti = '<uuid>'
  for (const k of ['x5t', 'x5t#S256']) if (header[k]) header[k] = header[k].replace(/=+$/, '')
  if (Array.isArray(header.x5c)) header.x5c = header.x5c.map((c) => c.replace(/\s/g, ''))
  return { $jwt: { header, payload } }
}

function normalForm(form) {
  const out = {}
  for (const [k, v] of Object.entries(form)) {
    if (k === 'scope') out[k] = v.split(' ').filter(Boolean).sort()
    else if (k === 'claims') out[k] = { $json: JSON.parse(v) }
    else if (k === 'code_challenge' || k === 'code_verifier') out[k] = '<pkce>'
    else if (k === 'nonce') out[k] = '<random>'
    else if (k === 'state' && !v.startsWith('fixed')) out[k] = '<random>'
    else if (k === 'assertion' && /saml/.test(form.grant_type))
      out[k] = Buffer.from(v, 'base64')
        .toString()
        .replace(/<([^\s<>/]+)([^<>]*)><\/\1>/g, '<$1$2/>')
    else if (k === 'code' && form.grant_type?.endsWith(':device_code'))
      continue // MSAL Python's leftover; RFC 8628 has device_code alone
    else if (k.toLowerCase() === 'x-anchormailbox') out[k] = mailbox(v)
    else if (k === 'client_assertion' && v.split('.').length === 3 && !v.includes('fixed')) out[k] = normalJwt(v)
    else out[k] = v
  }
  return out
}

function normalXml(body) {
  body = body
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '')
  // the texts, written the one way: `>` may stand as it is, quotes may be escaped, CDATA is text
  const entity = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
  const written = (t) =>
    t
      .replace(/&(?:#x([0-9a-f]+)|#(\d+)|(lt|gt|quot|apos|amp));/gi, (_, x, d, n) =>
        n ? entity[n] : String.fromCodePoint(x ? parseInt(x, 16) : Number(d)),
      )
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
  const texts = body
    .replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, (_, t) => t.replace(/&/g, '&amp;').replace(/</g, '&lt;'))
    .split(/<[^<>]*>/)
    .map((t) => written(t.trim()))
    .filter(Boolean)
  return '<xml> ' + [...new Set(texts)].sort().join(' ')
}

function normalUrl(url) {
  const u = new URL(url)
  return { url: u.origin + u.pathname, query: normalForm(Object.fromEntries(u.searchParams)) }
}

// Differences between what was expected and what was seen; extra keys seen are no difference.
function differ(expected, seen, path = '', out = []) {
  if (isObject(expected) && '$json' in expected) {
    if (!isDeepStrictEqual(expected, seen))
      out.push(`${path}: expected ${JSON.stringify(expected)}, saw ${JSON.stringify(seen)}`)
  } else if (expected === '<random>' || expected === '<uuid>') {
    if (typeof seen !== 'string' || !seen) out.push(`${path}: expected a random value, saw ${JSON.stringify(seen)}`)
  } else if (typeof expected === 'number' || (/^\d{9,}$/.test(String(expected)) && /^\d{9,}$/.test(String(seen)))) {
    if (typeof expected !== typeof seen || !(Math.abs(Number(expected) - Number(seen)) <= 15))
      out.push(`${path}: expected ${expected}, saw ${JSON.stringify(seen)}`)
  } else if (Array.isArray(expected)) {
    if (!Array.isArray(seen) || seen.length !== expected.length)
      out.push(`${path}: expected ${JSON.stringify(expected)}, saw ${JSON.stringify(seen)}`)
    else expected.forEach((e, i) => differ(e, seen[i], `${path}[${i}]`, out))
  } else if (isObject(expected)) {
    if (!isObject(seen)) out.push(`${path}: expected ${JSON.stringify(expected)}, saw ${JSON.stringify(seen)}`)
    else for (const k of Object.keys(expected)) differ(expected[k], seen[k], `${path}.${k}`, out)
  } else if ((expected ?? null) !== (seen ?? null)) {
    out.push(`${path}: expected ${JSON.stringify(expected)}, saw ${JSON.stringify(seen)}`)
  }
  return out
}

const RESULT_KEYS = [
  'access_token',
  'token_type',
  'expires_in',
  'id_token_claims',
  'token_source',
  'refresh_on',
  'user_code',
  'device_code',
  'verification_uri',
  'message',
  'interval',
  'state',
]

const plain = (v) => (v instanceof Date ? Math.floor(v.getTime() / 1000) : v)

function compareResult(expected, seen, world) {
  if (expected === null || typeof expected !== 'object') return differ(expected, seen ?? null, 'returns')
  if (Array.isArray(expected)) {
    const asked = ['username', 'home_account_id', 'environment', 'local_account_id', 'realm']
    const pick = (a, get) => JSON.stringify(Object.fromEntries(asked.map((k) => [k, get(a, k)])))
    const want = expected.map((a) => pick(a, (o, k) => o[k])).sort()
    const have = (seen ?? []).map((a) => pick(a, (o, k) => o[camel(k)] ?? o[k])).sort()
    return differ(want, have, 'accounts')
  }
  if ('url' in expected && 'query' in expected)
    return differ(expected, normalUrl(String(seen)), 'url').concat(extraQuery(expected, normalUrl(String(seen))))
  const out = []
  if (expected.auth_uri) {
    const url = normalUrl(seen.authUri)
    if (expected.auth_uri.query['X-AnchorMailbox'])
      expected.auth_uri.query['X-AnchorMailbox'] = mailbox(expected.auth_uri.query['X-AnchorMailbox'])
    out.push(...differ(expected.auth_uri, url, 'authUri'), ...extraQuery(expected.auth_uri, url))
  }
  for (const k of RESULT_KEYS)
    if (k in expected)
      differ(k === 'expires_in' ? Number(expected[k]) : expected[k], plain(seen?.[camel(k)]), camel(k), out)
  if ('interval' in expected && seen?.interval !== expected.interval)
    out.push(`interval: expected ${expected.interval}, saw ${seen?.interval}`)
  if ('access_token' in expected && 'expires_in' in expected)
    differ(Math.floor(world.now() / 1000) + Number(expected.expires_in), plain(seen?.expiresOn), 'expiresOn', out)
  if ('scope' in expected && 'access_token' in expected)
    differ(expected.scope, [...(seen?.scopes ?? [])].sort(), 'scopes', out)
  return out
}

const extraQuery = (expected, seen) =>
  Object.keys(seen.query)
    .filter((k) => !(k in expected.query))
    .map((k) => `authorization URL: unexpected parameter ${k}`)

const isDiscovery = (r) =>
  r.method === 'GET' &&
  /\/(\.well-known\/openid-configuration|common\/discovery\/instance|metadata\/instance\/compute\/location)$/.test(
    r.url,
  )

// How often a code is asked for until it expires depends on when the first time is: one poll or five, but each the same.
const onePoll = (requests) =>
  requests.filter((r, i) => i === 0 || !isPoll(r) || !isPoll(requests[i - 1]) || differ(requests[i - 1], r).length > 0)
const isPoll = (r) => r.form?.grant_type?.endsWith(':device_code')

// What was recorded, as `World.fetch` writes what it sees.
function normalRequest(r) {
  if (r.headers?.['x-anchormailbox'])
    r = { ...r, headers: { ...r.headers, 'x-anchormailbox': mailbox(r.headers['x-anchormailbox']) } }
  if (r.headers?.['x-identity-header']) {
    const { metadata, ...headers } = r.headers
    r = { ...r, headers }
  } // App Service asks for its own header alone
  if (isPoll(r) && 'code' in r.form) {
    const { code, ...form } = r.form
    return { ...r, form }
  }
  if (r.form?.assertion && /saml/.test(r.form.grant_type))
    return { ...r, form: { ...r.form, assertion: Buffer.from(r.form.assertion, 'base64').toString() } }
  return r
}

function compareRequests(vector, seen) {
  const out = []
  const expected = vector.requests.map(normalRequest)
  const expires = vector.steps.some((s) => s.returns?.error === 'authorization_pending')
  const polls = expires ? onePoll : (requests) => requests
  const want = polls(expected.filter((r) => !isDiscovery(r)))
  const have = polls(seen.filter((r) => !isDiscovery(r)))
  if (want.length !== have.length)
    out.push(
      `requests: expected ${want.length} (${want.map((r) => r.method + ' ' + r.url)}), saw ${have.length} (${have.map((r) => r.method + ' ' + r.url)})`,
    )
  want.slice(0, have.length).forEach((w, i) => {
    differ({ headers: {}, ...w }, have[i], `request[${i}]`, out)
    for (const k of Object.keys(have[i].form ?? {}))
      if (!(k in (w.form ?? {}))) out.push(`request[${i}].form: unexpected ${k}`)
  })
  seen.forEach((r, i) => {
    if (i && isPoll(r) && isPoll(seen[i - 1]) && r.at - seen[i - 1].at < 900)
      out.push('polled again before the interval, a second, was over')
  })
  const allowed = new Set([...expected, ...vector.network].filter(isDiscovery).map((r) => r.url))
  const offline = vector.client.options?.instance_discovery === false && new URL(vector.client.options.authority).origin
  for (const r of seen.filter(isDiscovery))
    if (isInstanceDiscovery(r) ? offline && !r.url.startsWith(offline) : !allowed.has(r.url))
      out.push(`unexpected discovery request ${r.url}`)
  return out
}

function options(raw) {
  const out = {}
  for (const [k, v] of Object.entries(raw)) {
    if (k === 'client_credential' && isObject(v))
      out.clientCredential = Object.fromEntries(Object.entries(v).map(([a, b]) => [camel(a), b]))
    else if (k === 'client_claims') out.clientClaims = v
    else out[camel(k)] = v
  }
  return out
}

function identity(raw) {
  if (raw.ManagedIdentityIdType === 'SystemAssigned') return new library.SystemAssignedManagedIdentity()
  const key = { ClientId: 'clientId', ObjectId: 'objectId', ResourceId: 'resourceId' }[raw.ManagedIdentityIdType]
  return key ? new library.UserAssignedManagedIdentity({ [key]: raw.Id }) : raw
}

function build(vector, world) {
  const raw = world.resolve(vector.client.options ?? {})
  const tokenCache = new library.SerializableTokenCache()
  if (vector.cache) tokenCache.deserialize(JSON.stringify(world.resolve(vector.cache)))
  const common = { tokenCache, fetch: world.fetch.bind(world) }
  if (vector.client.type === 'managed_identity') {
    const { managed_identity, ...rest } = raw
    return [
      new library.ManagedIdentityClient({ managedIdentity: identity(managed_identity), ...options(rest), ...common }),
      tokenCache,
    ]
  }
  if (raw.authority_builder) {
    raw.authority = new library.AuthorityBuilder(...raw.authority_builder)
    delete raw.authority_builder
  }
  return [new library[CLASSES[vector.client.type]]({ ...options(raw), ...common }), tokenCache]
}

async function attempt(f) {
  try {
    return { value: await f() }
  } catch (e) {
    return { thrown: e }
  }
}

const CLASSES = {
  public: 'PublicClientApplication',
  confidential: 'ConfidentialClientApplication',
  managed_identity: 'ManagedIdentityClient',
}

const PROBES = {
  managed_identity: { call: 'acquire_token_for_client', args: { resource: 'x' } },
  confidential: { call: 'acquire_token_for_client', args: { scopes: ['x/.default'] } },
  public: { call: 'initiate_auth_code_flow', args: { scopes: ['User.Read'] } },
}

/** Replays one vector; resolves to the differences. */
export async function replay(vector, libraryUrl) {
  library = await import(`${libraryUrl}?vector=${encodeURIComponent(vector.id)}`)
  const missing = [CLASSES[vector.client.type], 'SerializableTokenCache', 'MsalError', 'OAuthError'].filter(
    (k) => typeof library[k] !== 'function',
  )
  if (missing.length) return [`no export ${missing}`]
  const world = new World(vector)
  const out = []
  const env = { ...process.env }
  for (const k of [
    'REGION_NAME',
    'MSAL_FORCE_REGION',
    'IDENTITY_ENDPOINT',
    'IDENTITY_HEADER',
    'IMDS_ENDPOINT',
    'MSI_ENDPOINT',
    'MSI_SECRET',
    'IDENTITY_SERVER_THUMBPRINT',
    'AZURE_POD_IDENTITY_AUTHORITY_HOST',
    'ACC_CLOUD',
    'AZUREPS_HOST_ENVIRONMENT',
  ])
    delete process.env[k]
  Object.assign(process.env, vector.env ?? {})
  current = world
  try {
    const built = await attempt(() => build(vector, world))
    if (vector.constructor_raises) {
      const seen = built.thrown ? built : await attempt(() => call(built.value[0], PROBES[vector.client.type], world))
      if (world.unscripted.length)
        out.push(`asked ${world.unscripted} instead of refusing: ` + vector.constructor_raises.message)
      else if (!seen.thrown)
        out.push('nothing was thrown where MSAL Python refuses: ' + vector.constructor_raises.message)
      else if (!(seen.thrown instanceof library.MsalError))
        out.push(`refused, but not with an MsalError: ${seen.thrown?.stack ?? seen.thrown}`)
      return out
    }
    if (built.thrown) return [`constructor threw ${built.thrown?.stack ?? built.thrown}`]
    const [client, cache] = built.value
    for (const [i, step] of vector.steps.entries()) {
      if ('advance' in step) {
        world.offset += step.advance
        continue
      }
      if (step.serialize) {
        const seen = JSON.parse(cache.serialize())
        for (const e of Object.values(seen.IdToken ?? {}))
          if (e.secret?.split('.').length === 3) {
            const claims = unb64(e.secret.split('.')[1])
            if (claims.nonce && claims.nonce === world.authParams.nonce) claims.nonce = '<random>'
            e.secret = { $id_token: claims }
          }
        out.push(...differ(step.returns, seen, `step ${i} cache`))
        for (const section of Object.keys(step.returns))
          for (const k of Object.keys(seen[section] ?? {}))
            if (!(k in step.returns[section])) out.push(`step ${i} cache: unexpected ${section} ${k}`)
        continue
      }
      const seen = await attempt(() => call(client, step, world))
      const label = `step ${i} ${step.call}`
      if (step.raises) {
        if (!seen.thrown) out.push(`${label}: nothing thrown, expected ${step.raises.type}: ${step.raises.message}`)
        else if (!(seen.thrown instanceof library.MsalError))
          out.push(`${label}: not an MsalError: ${seen.thrown?.stack ?? seen.thrown}`)
        continue
      }
      if (isObject(step.returns) && 'error' in step.returns) {
        if (!seen.thrown) {
          out.push(`${label}: nothing thrown, expected OAuth error ${step.returns.error}`)
          continue
        }
        const e = seen.thrown
        const shape = {
          error: e.error,
          error_description: e.errorDescription,
          suberror: e.suberror,
          classification: e.classification || null,
          claims: e.claims,
        }
        // The server's words must arrive; those that MSAL Python makes up itself (a dict as text, a guessed code) are not compared.
        const expired = step.returns.error === 'authorization_pending'
        for (const k of Object.keys(shape))
          if (
            k === 'classification'
              ? k in step.returns
              : wasSaid(step.returns[k], [vector.network, step.args]) && !expired
          )
            out.push(...differ(step.returns[k] || null, shape[k], `${label} error.${k}`))
        if (expired && !['authorization_pending', 'expired_token', 'code_expired'].includes(e.error))
          out.push(`${label} error.error: expected an expired code, saw ${e.error}`)
        if (!(e instanceof library.OAuthError) || typeof e.error !== 'string' || !e.error)
          out.push(`${label}: not an OAuthError: ${e?.stack ?? e}`)
        continue
      }
      if (seen.thrown) {
        out.push(`${label}: threw ${seen.thrown?.stack}`)
        continue
      }
      if (step.save) world.saved[step.save] = seen.value
      const uri = typeof seen.value === 'string' ? seen.value : seen.value?.authUri
      if (typeof uri === 'string' && uri.startsWith('https://')) {
        world.authParams = Object.fromEntries(new URL(uri).searchParams)
        if (seen.value.authUri)
          for (const k of ['state', 'nonce', 'code_challenge']) {
            const v = world.authParams[k]
            if (v && !v.startsWith('fixed') && used.has(v)) out.push(`${label}: ${k} was used before`)
            used.add(v)
          }
      }
      out.push(...compareResult(step.returns, seen.value, world).map((d) => `${label}: ${d}`))
    }
    out.push(...compareRequests(vector, world.requests))
    return out
  } catch (e) {
    return [...out, `replay broke: ${e?.stack ?? e}`]
  } finally {
    current = undefined
    for (const k of Object.keys(process.env)) delete process.env[k]
    Object.assign(process.env, env)
  }
}

const used = new Set()
const wasSaid = (text, said) =>
  said === text || (said !== null && typeof said === 'object' && Object.values(said).some((v) => wasSaid(text, v)))

async function call(client, step, world) {
  const args = Object.fromEntries(Object.entries(world.resolve(step.args ?? {})).map(([k, v]) => [camel(k), v]))
  if (isObject(args.account) && 'home_account_id' in args.account)
    args.account = Object.fromEntries(Object.entries(args.account).map(([k, v]) => [camel(k), v]))
  if (args.authCodeFlow) args.authCodeFlow = JSON.parse(JSON.stringify(args.authCodeFlow)) // api.md: it survives that
  const method = client[camel(step.call)]
  if (typeof method !== 'function') throw new TypeError(`${client.constructor?.name} has no method ${camel(step.call)}`)
  return await method.call(client, args)
}
