import assert from 'node:assert/strict'
import { constants, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import {
  ConfidentialClientApplication,
  ConfigurationError,
  type ClientCredential,
  type JsonObject,
} from '../../../src/msal/index.ts'
import type { ClientAuthenticationRequest } from '../../../src/msal/oauth/client-authentication.ts'
import { authenticateByCredential } from '../../../src/msal/oauth/client-credential.ts'
import { readPkcs12 } from '../../../src/node/pkcs12.ts'
import { readPrivateKey } from '../../../src/node/private-key.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const path = (name: string) => fileURLToPath(new URL(`../../vectors/fixtures/${name}`, import.meta.url))
const KEY = readFileSync(path('key.pem'), 'utf8')
const CERTIFICATE = readFileSync(path('cert.pem'), 'utf8')
const BASE64 = CERTIFICATE.replace(/-----.*-----|\s/g, '')
const THUMBPRINT = '0E8613B0B3EF477E4D8C71DCF2C3E9B57C7D1D83'
const X5T = 'DoYTsLPvR35NjHHc8sPptXx9HYM'
const X5T_S256 = '2oZ91Cq-CECfugpbVWkN8-S03H1wxx-pJvyMxZ1Uf68'
const pfx = { privateKeyPfxPath: path('cert.pfx'), passphrase: 'hunter2' }
const request = { clientId: 'client', tokenEndpoint: 'https://login.test/t/oauth2/v2.0/token', isAdfs: false }

function prepare(credential: unknown, clientClaims?: unknown) {
  const clock = createFakeClock()
  const files: string[] = []
  const platform = {
    clock,
    readPrivateKey,
    readPkcs12: (source: Parameters<typeof readPkcs12>[0]) => {
      files.push(source.path)
      return readPkcs12(source)
    },
  }
  const prove = authenticateByCredential(credential, { clientClaims: clientClaims as JsonObject, platform })
  const authenticate = async (from: ClientAuthenticationRequest) => {
    const { form = {}, ...rest } = await prove(from)
    assert.deepEqual(rest, {})
    return form
  }
  return { authenticate, clock, files }
}

/** The parts of an assertion, its signature checked by Node. */
function open(form: Readonly<Record<string, string>>): { readonly header: JsonObject; readonly payload: JsonObject } {
  const { client_assertion: jwt = '', ...rest } = form
  assert.deepEqual(rest, { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' })
  const [head = '', body = '', signature = ''] = jwt.split('.')
  const parse = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as JsonObject
  const header = parse(head)
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  const key = { key: createPublicKey(CERTIFICATE), ...(header['alg'] === 'PS256' && pss) }
  const signed = Buffer.from(`${head}.${body}`)
  assert.ok(verify('sha256', signed, key, Buffer.from(signature, 'base64url')), 'the signature is wrong')
  return { header, payload: parse(body) }
}

const refuses = (argument: string, problem: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ConfigurationError, String(error))
  assert.equal(error.argument, argument)
  assert.match(error.message, problem)
  assert.ok(!/hunter2|PRIVATE KEY/.test(inspect(error)), 'a secret is in the error')
  return true
}

describe('A client credential', () => {
  const pem = { privateKey: KEY, thumbprint: THUMBPRINT }
  const modern = { alg: 'PS256', typ: 'JWT', 'x5t#S256': X5T_S256 }
  const legacy = { alg: 'RS256', typ: 'JWT', x5t: X5T }
  const headers: readonly { name: string; credential: ClientCredential; header: JsonObject; isAdfs?: true }[] = [
    { name: 'a PEM key and a thumbprint', credential: pem, header: legacy },
    {
      name: 'an encrypted PEM key',
      credential: {
        privateKey: readFileSync(path('key-encrypted.pem'), 'utf8'),
        thumbprint: THUMBPRINT,
        passphrase: 'hunter2',
      },
      header: legacy,
    },
    {
      name: 'a PEM key, a thumbprint and a certificate',
      credential: { ...pem, publicCertificate: CERTIFICATE },
      header: { ...legacy, x5c: [BASE64] },
    },
    {
      name: 'a PEM key and certificates',
      credential: { privateKey: KEY, publicCertificate: CERTIFICATE + CERTIFICATE },
      header: { ...modern, x5c: [BASE64, BASE64] },
    },
    {
      name: 'a PEM key and a certificate, for AD FS',
      credential: { privateKey: KEY, publicCertificate: CERTIFICATE },
      header: { ...legacy, x5c: [BASE64] },
      isAdfs: true,
    },
    { name: 'a PFX file', credential: pfx, header: modern },
    {
      name: 'a PFX file without passphrase',
      credential: { privateKeyPfxPath: path('cert-nopass.pfx') },
      header: modern,
    },
    {
      name: 'a PFX file whose certificate is sent along',
      credential: { ...pfx, publicCertificate: true },
      header: { ...modern, x5c: [BASE64] },
    },
    { name: 'a PFX file whose certificate is not', credential: { ...pfx, publicCertificate: false }, header: modern },
    {
      name: 'a PFX file and certificates to send along',
      credential: { ...pfx, publicCertificate: CERTIFICATE + CERTIFICATE },
      header: { ...modern, x5c: [BASE64, BASE64] },
    },
    { name: 'a PFX file, for AD FS', credential: pfx, header: legacy, isAdfs: true },
    {
      name: 'members from unset variables beside those that count',
      credential: { ...pem, publicCertificate: '', passphrase: undefined, clientAssertion: '' },
      header: legacy,
    },
  ]
  for (const { name, credential, header, isAdfs = false } of headers)
    it(`of ${name} signs with ${String(header['alg'])}`, async () => {
      const { authenticate, clock } = prepare(credential)
      const opened = open(await authenticate({ ...request, isAdfs }))
      assert.deepEqual(opened.header, header)
      const now = clock.now() / 1000
      const { jti, ...claims } = opened.payload
      assert.match(String(jti), /^[0-9a-f]{8}-/)
      assert.deepEqual(claims, {
        aud: request.tokenEndpoint,
        iss: 'client',
        sub: 'client',
        iat: now,
        exp: now + 600,
      })
    })

  const shape = { argument: 'clientCredential', problem: /a client secret, or an object with one of/ }
  const refused: readonly { name: string; credential: unknown; argument: string; problem: RegExp }[] = [
    { name: 'an empty secret', credential: '', ...shape },
    { name: 'null', credential: null, ...shape },
    { name: 'a number', credential: 7, ...shape },
    { name: 'an array', credential: ['secret'], ...shape },
    { name: 'an empty object', credential: {}, ...shape },
    { name: 'an object of another shape', credential: { nonsense: '1' }, ...shape },
    { name: 'an empty assertion', credential: { clientAssertion: '' }, ...shape },
    { name: 'a key and an assertion', credential: { ...pem, clientAssertion: 'a.b.c' }, ...shape },
    { name: 'a key and a PFX file', credential: { ...pem, ...pfx }, ...shape },
    {
      name: 'a secret and an assertion',
      credential: { clientSecret: 's', clientAssertion: 'a.b.c' },
      argument: 'clientCredential',
      problem: /clientSecret does not go together with clientAssertion/,
    },
    {
      name: 'a PFX file and a thumbprint',
      credential: { ...pfx, thumbprint: THUMBPRINT },
      argument: 'clientCredential',
      problem: /thumbprint does not go together with privateKeyPfxPath/,
    },
    {
      name: 'a key alone',
      credential: { privateKey: KEY },
      argument: 'clientCredential',
      problem: /privateKey needs publicCertificate, or thumbprint/,
    },
    {
      name: 'a thumbprint of SHA-256',
      credential: { privateKey: KEY, thumbprint: 'AB'.repeat(32) },
      argument: 'clientCredential.thumbprint',
      problem: /SHA-1 thumbprint of 40 hex digits/,
    },
    {
      name: 'a key that is none',
      credential: { ...pem, privateKey: CERTIFICATE },
      argument: 'clientCredential.privateKey',
      problem: /no private key/,
    },
    {
      name: 'a certificate that is none',
      credential: { ...pem, publicCertificate: KEY },
      argument: 'clientCredential.publicCertificate',
      problem: /no certificate/,
    },
    {
      name: 'a certificate beside a PFX file that is none',
      credential: { ...pfx, publicCertificate: KEY },
      argument: 'clientCredential.publicCertificate',
      problem: /no certificate/,
    },
    {
      name: 'a flag for the certificate of a PEM key',
      credential: { ...pem, publicCertificate: true },
      argument: 'clientCredential.publicCertificate',
      problem: /text is needed/,
    },
    {
      name: 'a passphrase that is no text',
      credential: { ...pfx, passphrase: 7 },
      argument: 'clientCredential.passphrase',
      problem: /text is needed/,
    },
    {
      name: 'an assertion that is neither text nor function',
      credential: { clientAssertion: 7 },
      argument: 'clientCredential.clientAssertion',
      problem: /text or a function/,
    },
  ]
  for (const { name, credential, argument, problem } of refused)
    it(`is refused at once: ${name}`, () => assert.throws(() => prepare(credential), refuses(argument, problem)))

  it('is looked at after the options themselves', () =>
    assert.throws(
      () => new ConfidentialClientApplication(undefined as never, {} as never),
      refuses('options', /object/),
    ))

  it('of text is a client secret', async () =>
    assert.deepEqual(await prepare('s3cret').authenticate(request), { client_secret: 's3cret' }))

  it('reads a PFX file on first use and once, and again after a failure', async () => {
    const good = prepare(pfx)
    assert.deepEqual(good.files, [])
    await good.authenticate(request)
    await good.authenticate({ ...request, tokenEndpoint: 'https://other.test/token' })
    assert.equal(good.files.length, 1)

    const bad = prepare({ ...pfx, passphrase: 'wrong' })
    await assert.rejects(bad.authenticate(request), refuses('clientCredential.passphrase', /does not open/))
    await assert.rejects(bad.authenticate(request), refuses('clientCredential.passphrase', /does not open/))
    assert.equal(bad.files.length, 2)
  })

  it('shows no secret when it is printed', async () => {
    for (const credential of [pem, pfx, { clientAssertion: 'hunter2' }, 'hunter2']) {
      const { authenticate } = prepare(credential)
      await authenticate(request)
      assert.ok(!/hunter2|PRIVATE/.test(inspect(authenticate, { showHidden: true, depth: null })))
    }
  })
})

describe('An assertion that a certificate signs', () => {
  const credential = { privateKey: KEY, thumbprint: THUMBPRINT }

  it('is used again for nine of its ten minutes, and then made anew', async () => {
    const { authenticate, clock } = prepare(credential)
    const first = await authenticate(request)
    await clock.advance(539_999)
    assert.deepEqual(await authenticate(request), first)
    await clock.advance(1)
    const second = open(await authenticate(request)).payload
    assert.notEqual(second['jti'], open(first).payload['jti'])
    assert.equal(second['exp'], clock.now() / 1000 + 600)
  })

  it('is made once for requests at the same time', async () => {
    const { authenticate } = prepare(credential)
    const [first, second] = await Promise.all([authenticate(request), authenticate(request)])
    assert.deepEqual(first, second)
  })

  it('is never sent to another audience, nor with an algorithm that is not for it', async () => {
    const { authenticate } = prepare(pfx)
    const other = { ...request, tokenEndpoint: 'https://other.test/token' }
    for (const asked of [request, other, request, { ...request, isAdfs: true }, request]) {
      const { header, payload } = open(await authenticate(asked))
      assert.equal(payload['aud'], asked.tokenEndpoint)
      assert.equal(header['alg'], asked.isAdfs ? 'RS256' : 'PS256')
    }
  })

  it('carries the client claims, and those prevail', async () => {
    const claims = { client_ip: '1.2.3.4', aud: 'a', iss: 'i', sub: 's', iat: 1, nbf: 2, jti: 'j', exp: 2_000_000_000 }
    const { authenticate } = prepare(credential, claims)
    assert.deepEqual(open(await authenticate(request)).payload, claims)
  })

  it('keeps the default of a client claim that is undefined', async () => {
    const { authenticate } = prepare(credential, { aud: undefined })
    assert.equal(open(await authenticate(request)).payload['aud'], request.tokenEndpoint)
  })

  it('is made anew each time where the caller says when it expires', async () => {
    const { authenticate } = prepare(credential, { exp: 2_000_000_000 })
    const [first, second] = [open(await authenticate(request)), open(await authenticate(request))]
    assert.notEqual(first.payload['jti'], second.payload['jti'])
  })

  it('does not change when the caller changes the claims later', async () => {
    const claims = { roles: ['a'] }
    const { authenticate } = prepare(credential, claims)
    claims.roles.push('b')
    assert.deepEqual(open(await authenticate(request)).payload['roles'], ['a'])
  })

  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  for (const [name, claims] of Object.entries({
    text: 'x',
    null: null,
    'an array': [],
    'a circle': circular,
    bigint: { a: 1n },
  }))
    it(`is refused with client claims that are ${name}`, () =>
      assert.throws(() => prepare(credential, claims), refuses('clientClaims', /can be written as JSON/)))
})

describe('An assertion from elsewhere', () => {
  const form = (client_assertion: string) => ({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion,
  })

  it('is used as it is when it is text', async () => {
    const { authenticate, clock } = prepare({ clientAssertion: 'a.b.c' })
    assert.deepEqual(await authenticate(request), form('a.b.c'))
    await clock.advance(86_400_000)
    assert.deepEqual(await authenticate(request), form('a.b.c'))
  })

  it('is asked for with each token request, which it is told about', async () => {
    const contexts: unknown[] = []
    const { authenticate } = prepare({ clientAssertion: (context: unknown) => `assertion-${contexts.push(context)}` })
    assert.deepEqual(await authenticate(request), form('assertion-1'))
    assert.deepEqual(await authenticate({ ...request, fmiPath: 'a/b' }), form('assertion-2'))
    const { clientId, tokenEndpoint } = request
    assert.deepEqual(contexts, [
      { clientId, tokenEndpoint },
      { clientId, tokenEndpoint, fmiPath: 'a/b' },
    ])
  })

  it("passes the callback's own error on", async () => {
    const failure = new Error('no such file')
    for (const clientAssertion of [
      () => Promise.reject(failure),
      () => {
        throw failure
      },
    ])
      await assert.rejects(prepare({ clientAssertion }).authenticate(request), (error) => error === failure)
  })

  for (const answer of ['', undefined, 7, Buffer.from('a.b.c')])
    it(`is refused where the callback answers ${inspect(answer)}`, () =>
      assert.rejects(
        prepare({ clientAssertion: () => answer }).authenticate(request),
        refuses('clientCredential.clientAssertion', /must return an assertion as text/),
      ))
})
