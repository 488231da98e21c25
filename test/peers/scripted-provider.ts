import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose'
import type { Fetch } from '../../src/library.ts'

export const ISSUER = 'https://op.example.test'
export const CLIENT_ID = 'relying-party'

/** A key pair of the provider. */
export interface ProviderKey {
  readonly alg: string
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

/** How the provider makes its next ID tokens; a claim or header member that is undefined is left out. */
export interface Issuance {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: { readonly kid?: string | undefined }
  /** Default: the provider's first key; `none` leaves the token unsigned. */
  readonly key?: ProviderKey | 'none'
  /** Whether the signature is spoiled afterwards. */
  readonly isSpoiled?: boolean
}

/** An OpenID provider by the book but for what a test makes it do, and what it was asked. */
export interface ScriptedProvider {
  readonly fetch: Fetch
  /** Begins the sign-in that the address stands for; what the redirect URI receives. */
  readonly authorize: (authUri: string) => URLSearchParams
  readonly issue: (issuance: Issuance) => void
  readonly publish: (keys: readonly ProviderKey[]) => void
  /** Headers and form of each token request. */
  readonly tokenRequests: readonly { readonly authorization: string | null; readonly form: URLSearchParams }[]
  /** How often the keys were fetched. */
  readonly keyRequests: () => number
}

export async function createProviderKey(alg: string, kid = alg): Promise<ProviderKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), alg, kid, use: 'sig' } }
}

/** Makes a provider that signs with the first of its keys. */
export function createScriptedProvider(firstKeys: readonly ProviderKey[], metadata: object = {}): ScriptedProvider {
  let keys = firstKeys
  let issuance: Issuance = {}
  let nonce: string | null = null
  let fetchedKeys = 0
  const tokenRequests: { authorization: string | null; form: URLSearchParams }[] = []

  const signIdToken = async (): Promise<string> => {
    const now = Math.floor(Date.now() / 1000)
    const standard = { iss: ISSUER, sub: 'ada', aud: CLIENT_ID, iat: now, exp: now + 600, ...(nonce && { nonce }) }
    const claims = withoutUndefined({ ...standard, ...issuance.claims })
    const key = issuance.key ?? keys[0]!
    if (key === 'none') return new UnsecuredJWT(claims).encode()
    const jwt = await new SignJWT(claims)
      .setProtectedHeader({ alg: key.alg, ...withoutUndefined({ kid: key.kid, ...issuance.header }) })
      .sign(key.privateKey)
    return issuance.isSpoiled
      ? jwt.replace(/\.(.)([^.]*)$/, (_, first, rest) => `.${first === 'A' ? 'B' : 'A'}${rest}`)
      : jwt
  }
  const answer = async (request: Request): Promise<object> => {
    switch (new URL(request.url).pathname) {
      case '/.well-known/openid-configuration':
        return { ...METADATA, ...metadata }
      case '/jwks':
        fetchedKeys++
        return { keys: keys.map(({ jwk }) => jwk) }
      case '/token':
        tokenRequests.push({
          authorization: request.headers.get('authorization'),
          form: new URLSearchParams(await request.text()),
        })
        return {
          token_type: 'Bearer',
          access_token: `access-${tokenRequests.length}`,
          refresh_token: `refresh-${tokenRequests.length}`,
          expires_in: 3600,
          id_token: await signIdToken(),
        }
      default:
        throw new Error(`unexpected request: ${request.url}`)
    }
  }
  return {
    fetch: async (input, init) => Response.json(await answer(new Request(input, init))),
    authorize: (authUri) => {
      const { searchParams } = new URL(authUri)
      nonce = searchParams.get('nonce')
      return new URLSearchParams({ code: 'the code', state: searchParams.get('state') ?? '' })
    },
    issue: (next) => (issuance = next),
    publish: (next) => (keys = next),
    tokenRequests,
    keyRequests: () => fetchedKeys,
  }
}

const METADATA = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize`,
  token_endpoint: `${ISSUER}/token`,
  jwks_uri: `${ISSUER}/jwks`,
}

const withoutUndefined = (members: Readonly<Record<string, unknown>>): JWTPayload =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
