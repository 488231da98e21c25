import { ManagedIdentityError } from '../core/errors.ts'
import { parseJsonObject, readInteger, readString, type JsonObject } from '../core/json.ts'
import type { Platform } from '../core/ports.ts'
import type { HttpClient, HttpResponse } from '../http/http-client.ts'
import type { ManagedIdentityId } from './managed-identity-id.ts'

/** One request for a managed identity's token, whatever the platform. */
export interface IdentityRequest {
  readonly identity: ManagedIdentityId
  /** As `https://management.azure.com`. */
  readonly resource: string
  readonly capabilities: readonly string[]
  /** SHA-256 in hexadecimal of a token that its resource has refused. */
  readonly refusedTokenHash?: string | undefined
  /** GUID for the logs of those that take one. */
  readonly correlationId: string
}

/** What the machine offers to a source of tokens. */
export interface IdentityMachine {
  readonly platform: Pick<Platform, 'clock' | 'readEnvironment' | 'arcAgent'>
  /** Reaches endpoints of the machine, never through a proxy; a pinned certificate takes the place of all other checks. */
  readonly localHttp: (pinnedThumbprint?: string) => HttpClient
}

/** Gets a token from one kind of platform, as the members of an OAuth token answer. */
export type IdentitySource = (machine: IdentityMachine, request: IdentityRequest) => Promise<JsonObject>

/** An endpoint's answer as a JSON object. @throws {ManagedIdentityError} where it is none */
export function parseAnswer(response: HttpResponse, place: string): JsonObject {
  const answer = parseJsonObject(response.text)
  if (answer) return answer
  throw new ManagedIdentityError({
    error: 'invalid_response',
    errorDescription: `${place} gave an answer that is no JSON object (HTTP ${response.status})`,
    status: response.status,
    advice: isTransient(response.status) ? TRY_LATER : 'Is this the machine that the identity belongs to?',
  })
}

/**
 * The token in an answer, as the members of an OAuth token answer; undefined where it holds none.
 *
 * @param lifetime - what counts where an answer has both: a platform that answers from a cache of its own may still say
 *   how long the token lasted when it was new
 */
export function readToken(
  answer: JsonObject,
  { clock }: Pick<Platform, 'clock'>,
  lifetime: 'expires_in' | 'expires_on' = 'expires_in',
): JsonObject | undefined {
  const accessToken = readString(answer, 'access_token')
  if (!accessToken) return undefined
  const end = readInteger(answer, 'expires_on')
  const left = end === undefined ? undefined : end - Math.floor(clock.now() / 1000)
  const told = readInteger(answer, 'expires_in')
  const expiresIn = lifetime === 'expires_on' ? (left ?? told) : (told ?? left)
  return {
    access_token: accessToken,
    token_type: readString(answer, 'token_type') ?? 'Bearer',
    ...(expiresIn !== undefined && { expires_in: expiresIn }),
  }
}

/** An answer's words for an error's description; nothing of a page of HTML, of much text, nor of JSON that may hold a token. */
export function describeText(text: string): string | undefined {
  const trimmed = text.trim()
  return trimmed.length > MAX_DESCRIPTION || /^(?:$|[<{["])/.test(trimmed) ? undefined : trimmed
}

/** Whether the same request may succeed later. */
export const isTransient = (status: number): boolean => status === 410 || status === 429 || status >= 500

/** Advice for what {@link isTransient}. */
export const TRY_LATER = 'Try again later'

const MAX_DESCRIPTION = 1000
