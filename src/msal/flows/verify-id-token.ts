import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from 'jose'
import type { Authority } from '../authority/resolve-authority.ts'
import { IdTokenError, NetworkError } from '../core/errors.ts'
import { isJsonObject, parseJsonObject } from '../core/json.ts'
import type { ClientContext } from './client-context.ts'

/** Signatures by a key pair; a shared secret or none at all proves nothing here. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

/**
 * Checks the signature of an ID token against the provider's keys, which are fetched once more for an unknown `kid`.
 *
 * @throws {IdTokenError} where the signature is wrong or made by no key of the provider
 * @throws {NetworkError} where the keys can't be fetched; trying again later may help
 */
export async function verifyIdToken(context: ClientContext, authority: Authority, idToken: string): Promise<void> {
  try {
    await verifyWith(await fetchKeys(context, authority, { isFresh: false }), idToken)
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey)) throw asIdTokenError(error)
    try {
      await verifyWith(await fetchKeys(context, authority, { isFresh: true }), idToken)
    } catch (again) {
      throw asIdTokenError(again)
    }
  }
}

async function verifyWith(keys: JSONWebKeySet, idToken: string): Promise<void> {
  await compactVerify(idToken, createLocalJWKSet(keys), { algorithms: ALGORITHMS })
}

async function fetchKeys(
  { http }: ClientContext,
  { jwksUri, host }: Authority,
  { isFresh }: { readonly isFresh: boolean },
): Promise<JSONWebKeySet> {
  if (jwksUri === undefined) throw new IdTokenError(`${host} names no keys ("jwks_uri") to check the ID token with`)
  const { status, text } = await http({ method: 'GET', url: jwksUri, isMetadata: true, isFresh })
  const keys = status === 200 ? parseJsonObject(text)?.['keys'] : undefined
  if (!Array.isArray(keys)) throw new NetworkError(`${host} could not tell its keys (HTTP ${status})`, { status, host })
  return { keys: keys.filter(isJsonObject) }
}

function asIdTokenError(error: unknown): unknown {
  return error instanceof errors.JOSEError
    ? new IdTokenError('The signature of the ID token is not of its issuer', { cause: error })
    : error
}
