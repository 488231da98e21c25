import { encodeBase64Url } from '../msal/core/encoding.ts'
import { readClaimsChallenge } from '../msal/oauth/www-authenticate.ts'
import { readOrigin, sendsSafely } from './origin.ts'

/** An account of a session. */
export interface SessionAccount {
  readonly id: string
  readonly label: string
}

/** The part of a session that a request needs. */
export interface TokenSession {
  readonly accessToken: string
  readonly account: SessionAccount
}

/** What VS Code takes in place of scopes from 1.105 on. */
export interface ChallengeRequest {
  readonly wwwAuthenticate: string
  readonly fallbackScopes: readonly string[]
}

/** How a session is asked for; without any, VS Code shows a row in the Accounts menu and asks no one. */
export interface FetchSessionOptions {
  /** Asks the person to sign in, also for more proof; a text explains why. */
  readonly createIfNone?: boolean | { readonly detail?: string }
  /** Asks no one and shows nothing. */
  readonly silent?: boolean
  readonly account?: SessionAccount
}

/** What `getSession` is given. */
export interface SessionRequestOptions extends FetchSessionOptions {
  readonly forceNewSession?: boolean
}

/** Options of {@link createFetch}. */
export interface FetchOptions {
  /** `vscode.authentication.getSession`: called by your extension, it asks for consent in your extension's name. */
  getSession(
    providerId: string,
    request: readonly string[] | ChallengeRequest,
    options: SessionRequestOptions,
  ): PromiseLike<TokenSession | undefined>
  /** Scopes of the API, with pseudo-scopes such as `VSCODE_TENANT:…` where they are needed. */
  readonly scopes: readonly string[]
  /**
   * Origins that get the token, such as `https://graph.microsoft.com`. Name them where an address may come from
   * elsewhere, as the next page's does; without them each address that you pass gets the token.
   */
  readonly origins?: readonly string[]
  /** Default `entra`. */
  readonly providerId?: string
  readonly sessionOptions?: FetchSessionOptions
  /** Default the global `fetch` at the time of the call, to which VS Code gives its proxy and certificates. */
  readonly fetch?: typeof globalThis.fetch
}

type Send = typeof globalThis.fetch

/**
 * Makes a `fetch` that sends a token, and answers a claims challenge: the API's 401 goes to VS Code, which gets a token
 * that satisfies it, and the request is sent once more, never a third time.
 *
 * - The token goes to the origins given, over https or to this machine; any other request is sent as it is. A
 *   redirect to another origin loses the token, and a challenge from there is not answered.
 * - The new token is for the same scopes and the same account; an API can't choose another.
 * - A stream as `body` can't be sent twice: the challenge is answered, and the 401 returned; send it again then.
 * - Before VS Code 1.105 claims can't be passed on. With `createIfNone` the person signs in again instead, which
 *   answers a revoked token but no demand for more proof; otherwise the 401 is returned.
 * - It rejects as `getSession` does, when the person declines; it never puts a token into an error.
 *
 * @throws {TypeError} naming the option that is wrong
 */
export function createFetch(options: FetchOptions): Send {
  validateOptions(options)
  const { scopes, providerId = 'entra', sessionOptions = {} } = options
  const origins = options.origins?.map(readOrigin)
  const send: Send = (input, init) => (options.fetch ?? globalThis.fetch)(input, init)

  /** A token for the claims; undefined where none can be had. */
  const answer = async (claims: string, { account }: TokenSession): Promise<TokenSession | undefined> => {
    const wwwAuthenticate = `Bearer error="insufficient_claims", claims="${encodeBase64Url(claims)}"`
    try {
      const request = { wwwAuthenticate, fallbackScopes: scopes }
      return await options.getSession(providerId, request, { ...sessionOptions, account })
    } catch (error) {
      if (!isUnsupported(error)) throw error
      if (!sessionOptions.createIfNone) return undefined
      return options.getSession(providerId, scopes, { account, forceNewSession: true })
    }
  }

  return async (input, init) => {
    const url = new URL(isRequest(input) ? input.url : input)
    if (!sendsSafely(url) || (origins && !origins.includes(url.origin))) return send(input, init)
    const session = await options.getSession(providerId, scopes, sessionOptions)
    if (!session) return send(input, init)
    const response = await send(isRequest(input) ? input.clone() : input, withToken(input, init, session))
    const claims = readChallenge(response, url)
    if (claims === undefined) return response
    const renewed = await answer(claims, session)
    const signal = init?.signal ?? (isRequest(input) ? input.signal : undefined)
    signal?.throwIfAborted()
    if (!renewed || renewed.accessToken === session.accessToken || isOneShot(init?.body)) return response
    await response.body?.cancel()
    return send(input, withToken(input, init, renewed))
  }
}

/** The claims that the API itself asks for; not what a redirect led to. */
function readChallenge({ status, headers, url }: Response, asked: URL): string | undefined {
  if (status !== 401 || (url !== '' && new URL(url).origin !== asked.origin)) return undefined
  return readClaimsChallenge(headers.get('www-authenticate') ?? '')
}

function withToken(input: Parameters<Send>[0], init: RequestInit | undefined, { accessToken }: TokenSession) {
  // What `Headers` says of a value that it refuses would hold the token.
  if (!/^[\x21-\x7e]+$/.test(accessToken)) throw new TypeError('The session holds no token that can be sent')
  const headers = new Headers(init?.headers ?? (isRequest(input) ? input.headers : undefined))
  headers.set('authorization', `Bearer ${accessToken}`)
  return { ...init, headers }
}

const isRequest = (input: Parameters<Send>[0]): input is Request => typeof input === 'object' && 'clone' in input

/** Streams, which are gone once they were sent. */
const isOneShot = (body: RequestInit['body']): boolean =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body

/** Whether VS Code, or the provider, can't take a challenge: it takes it for a list, calls it a proposal, or says so. */
const isUnsupported = (error: unknown): boolean =>
  error instanceof TypeError ||
  (error instanceof Error &&
    /API proposal|does not support (getting|creating) sessions from challenges/.test(error.message))

function validateOptions(options: Partial<FetchOptions> | undefined): void {
  const isTexts = (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === 'string')
  const expect = (isRight: boolean, name: keyof FetchOptions, needed: string) => {
    if (!isRight) throw new TypeError(`"${name}" must be ${needed}`)
  }
  expect(typeof options?.getSession === 'function', 'getSession', 'vscode.authentication.getSession')
  expect(isTexts(options?.scopes), 'scopes', 'an array of strings')
  expect(options?.origins === undefined || isTexts(options.origins), 'origins', 'an array of strings')
}
