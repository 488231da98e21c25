import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createBrowser, signIn, type Browser } from './robot.ts'
import type { Simulator } from './server.ts'

/** The redirect URI and verifier that tests of the authorization endpoint use. */
export const redirectUri = 'http://localhost:4711'
export const codeVerifier = 'a'.repeat(43)

type TextMember =
  | 'access_token'
  | 'refresh_token'
  | 'id_token'
  | 'claims'
  | 'device_code'
  | 'user_code'
  | 'verification_uri'
  | 'message'
  | 'error_description'
  | 'timestamp'
  | 'text'

/** The members of answers that tests look at; which of them are there is what they test. */
export type Body = Readonly<Record<TextMember, string>> & Readonly<Record<string, unknown>>

/** An answer's status, headers and JSON. */
export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

/** The short way to a running simulator's endpoints, all over http. */
export type Harness = {
  readonly authorizeUrl: (parameters?: Parameters, tenant?: string) => string
  /** Signs the user of that name in and returns what the app is answered. */
  readonly authorize: (name: string, parameters?: Parameters, tenant?: string) => Promise<URLSearchParams>
  readonly post: (path: string, form: Parameters, headers?: Readonly<Record<string, string>>) => Promise<Answer>
  readonly token: (form: Parameters, tenant?: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>
  /** Redeems a code as the public client does, unless the form says otherwise. */
  readonly redeem: (code: string, form?: Parameters) => Promise<Answer>
  /** Signs in and redeems the code. */
  readonly signIn: (name: string, scope?: string, parameters?: Parameters) => Promise<Answer>
  readonly refresh: (refreshToken: string, form?: Parameters, tenant?: string) => Promise<Answer>
  readonly callApi: (accessToken: string) => Promise<Answer>
  readonly person: (name: string) => { readonly username: string; readonly password: string; readonly otc: string }
  readonly browser: () => Browser
}

/** `undefined` leaves a default parameter out. */
type Parameters = Readonly<Record<string, string | undefined>>

const encode = (parameters: Parameters): URLSearchParams =>
  new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as [string, string]],
    ),
  )

export const createHarness = (simulator: Simulator): Harness => {
  const clientId = simulator.clients.public.clientId
  const post: Harness['post'] = async (path, form, headers = {}) => {
    const response = await fetch(simulator.http + path, { method: 'POST', body: encode(form), headers })
    return readAnswer(response)
  }
  const authorizeUrl: Harness['authorizeUrl'] = (parameters = {}, tenant = 'common') => {
    const query = encode({
      client_id: clientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'User.Read openid profile offline_access',
      code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
      client_info: '1',
      ...parameters,
    })
    return `${simulator.http}/${tenant}/oauth2/v2.0/authorize?${query.toString()}`
  }
  const person: Harness['person'] = (name) => {
    const user = simulator.users.find(({ username }) => username.startsWith(`${name}@`))!
    return { username: user.username, password: user.password, otc: '123456' }
  }
  const authorize: Harness['authorize'] = (name, parameters, tenant) =>
    signIn(authorizeUrl(parameters, tenant), person(name))
  const token: Harness['token'] = (form, tenant = 'common', headers = {}) =>
    post(`/${tenant}/oauth2/v2.0/token`, { client_id: clientId, client_info: '1', ...form }, headers)
  const redeem: Harness['redeem'] = (code, form) =>
    token({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: codeVerifier,
      ...form,
    })
  return {
    authorizeUrl,
    authorize,
    post,
    token,
    person,
    browser: () => createBrowser(),
    redeem,
    signIn: async (name, scope = 'User.Read openid profile offline_access', parameters = {}) => {
      const answer = await authorize(name, { scope, ...parameters })
      return redeem(answer.get('code') ?? '', { scope, client_id: parameters['client_id'] ?? clientId })
    },
    refresh: (refreshToken, form = {}, tenant) =>
      token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...form }, tenant),
    callApi: async (accessToken) =>
      readAnswer(await fetch(`${simulator.http}/api/me`, { headers: { authorization: `Bearer ${accessToken}` } })),
  }
}

const readAnswer = async (response: Response): Promise<Answer> => {
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : { text } }
}

/** Fails unless an answer is this refusal. */
export const assertRefused = ({ status, body }: Answer, number: number, error = 'invalid_grant'): void => {
  assert.equal(body['error'], error, JSON.stringify(body))
  assert.deepEqual(body['error_codes'], [number])
  assert.match(body.error_description, new RegExp(`^AADSTS${number}: `))
  assert.equal(status, error === 'invalid_client' ? 401 : 400)
}
