// Stands for @azure/msal-node-runtime in the process that a test starts: what it does, the scopes of a request say, and what
// it was told comes back as telemetry. Its results have accessors on their prototypes and its errors are plain objects, as there.
'use strict'
const fs = require('node:fs')
const path = require('node:path')

const refusal = (errorStatus, errorContext = 'refused') => ({ errorCode: 7, errorStatus, errorContext, errorTag: 42 })

class Account {
  #name
  constructor(name) {
    this.#name = name
  }
  get accountId() {
    return `${this.#name}-oid`
  }
  get homeAccountId() {
    return `${this.#name}-oid.home`
  }
  get localAccountId() {
    return `${this.#name}-local-oid`
  }
  get environment() {
    return 'login.microsoftonline.com'
  }
  get realm() {
    return 'home'
  }
  get username() {
    return `${this.#name}@contoso.test`
  }
  get clientInfo() {
    return 'client info'
  }
  get displayName() {
    return this.#name
  }
  get givenName() {
    return undefined
  }
  get familyName() {
    return ''
  }
}

class Result {
  #members
  constructor(members) {
    this.#members = members
  }
  CheckError() {
    if (this.#members.error) throw this.#members.error
  }
  get account() {
    return this.#members.account
  }
  get accessToken() {
    return this.#members.accessToken
  }
  get rawIdToken() {
    return 'id token'
  }
  get authorizationHeader() {
    return this.#members.isPop ? 'pop bound' : ''
  }
  get isPopAuthorization() {
    return this.#members.isPop === true
  }
  get grantedScopes() {
    return this.#members.grantedScopes
  }
  get expiresOn() {
    return 4102444800
  }
  get telemetryData() {
    return this.#members.error ? 'telemetry of a failure' : JSON.stringify(this.#members.told)
  }
}

class AuthParameters {
  told = { additional: {} }
  CreateAuthParameters(clientId, authority) {
    Object.assign(this.told, { clientId, authority })
  }
  SetRedirectUri(redirectUri) {
    this.told.redirectUri = redirectUri
  }
  SetRequestedScopes(scopes) {
    if (typeof scopes !== 'string') throw new TypeError('A string was expected')
    this.told.scopes = scopes
  }
  SetDecodedClaims(claims) {
    this.told.claims = claims
  }
  SetAccessTokenToRenew(token) {
    this.told.accessTokenToRenew = token
  }
  SetPopParams(...pop) {
    this.told.pop = pop
  }
  SetAdditionalParameter(name, value) {
    if (name === 'prompt') throw refusal(6, 'Disallowed additional query parameter')
    this.told.additional[name] = value
  }
}

const handle = {
  CancelAsyncOperation() {
    // It would block until the broker answers.
    fs.writeFileSync(path.join(__dirname, 'cancelled'), '')
  },
}

const answer = (parameters, more, done) => {
  const { told } = parameters
  Object.assign(told, more, {
    pid: process.pid,
    argv: process.argv,
    execArgv: process.execArgv,
    env: { ...process.env },
  })
  const [scope, value = ''] = told.scopes.split(' ')[0].split(':')
  // A library that talks too much.
  write('a line', 1, false)
  write('a line of ada@contoso.test', 2, true)
  write('a line with eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln in it', 5, false)
  write('the last line', 6, false)
  console.log(`the access token is token of ${scope}`)
  console.error(`claims ${told.claims}`)
  const members = { told, accessToken: `token of ${scope}`, grantedScopes: told.scopes, account: new Account('ada') }
  switch (scope) {
    case 'hang':
      break
    case 'block':
      for (;;);
    case 'crash':
      process.kill(process.pid, 'SIGSEGV')
      break
    case 'exit':
      process.exit(134)
      break
    case 'throw':
      throw new TypeError(`secret ${told.claims}`)
    case 'refuse':
      setImmediate(() => done(new Result({ error: refusal(Number(value), 'AADSTS50011 in the words of a server') })))
      break
    case 'odd':
      setImmediate(() => done(new Result({ error: { errorStatus: 'text' } })))
      break
    case 'later':
      setTimeout(() => done(new Result(members)), Number(value))
      break
    default:
      setImmediate(() => done(new Result({ ...members, isPop: told.pop !== undefined })))
  }
  return handle
}

let write = () => undefined

/** The runtime knows `ada` from the start, and nobody else. */
const runtime = {
  AuthParameters,
  RegisterLogger(callback, allowsPii) {
    write = callback
    write(`pii ${allowsPii}`, 3, false)
  },
  ReadAccountByIdAsync(id, correlationId, done) {
    const isKnown = id === 'ada-oid' && correlationId === 'correlation'
    setImmediate(() =>
      done(new Result(isKnown ? { account: new Account('ada') } : { error: refusal(16, 'not found') })),
    )
    return handle
  },
  SignInSilentlyAsync: (parameters, correlationId, done) => answer(parameters, { correlationId }, done),
  SignInInteractivelyAsync: (window, parameters, correlationId, hint, done) =>
    answer(parameters, { correlationId, hint, window: Buffer.from(window).toString('hex') }, done),
  AcquireTokenSilentlyAsync(parameters, correlationId, account, done) {
    if (!(account instanceof Account)) throw new Error('Invalid argument')
    return answer(parameters, { correlationId, of: account.username }, done)
  },
  SignOutSilentlyAsync(clientId, correlationId, account, done) {
    if (!(account instanceof Account)) throw new Error('Invalid argument')
    const isRefused = clientId === 'refused'
    setImmediate(() => done(new Result(isRefused ? { error: refusal(3) } : {})))
    return handle
  },
}

/** What a start fails with is in a file, read once: the real one remembers it for its process too. */
const script = path.join(__dirname, 'start.json')
const start = fs.existsSync(script) ? JSON.parse(fs.readFileSync(script, 'utf8')) : {}
if (start.blockMs) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, start.blockMs)
if (start.crash) process.exit(139)
exports.msalNodeRuntime = start.problem ? { AuthParameters, StartupError: start.problem } : runtime
