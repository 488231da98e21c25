import { AadstsError } from './errors.ts'

/** What the simulator understands of a `claims` parameter. */
export type ClaimsRequest = {
  /** Authentication contexts that the access token must carry. */
  readonly acrs: readonly string[]
  /** The policies that have to be met; what they ask for is a second factor. */
  readonly policies: boolean
  /** What the client can handle, such as `CP1`. */
  readonly capabilities: readonly string[]
}

/** Reads a `claims` parameter. */
export const parseClaims = (json: string | null | undefined): ClaimsRequest => {
  const accessToken = json === null || json === undefined || json === '' ? {} : accessTokenClaims(json)
  return {
    acrs: wantedValues(accessToken['acrs']),
    policies: accessToken['capolids'] !== undefined,
    capabilities: wantedValues(accessToken['xms_cc']),
  }
}

/** The members of a claims request's `access_token`. */
export const accessTokenClaims = (json: string): Readonly<Record<string, unknown>> => {
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    throw new AadstsError(9002313, { values: ['claims is not JSON'] })
  }
  if (!isObject(parsed)) throw new AadstsError(9002313, { values: ['claims is no JSON object'] })
  const accessToken = parsed['access_token'] ?? {}
  if (!isObject(accessToken)) throw new AadstsError(9002313, { values: ['claims.access_token is no JSON object'] })
  return accessToken
}

/** The `value` or `values` of one claim of a request. */
export const wantedValues = (claim: unknown): readonly string[] => {
  if (!isObject(claim)) return []
  const values: readonly unknown[] = Array.isArray(claim['values']) ? claim['values'] : [claim['value']]
  return values.flatMap((value) =>
    typeof value === 'string' ? [value] : typeof value === 'number' ? [`${value}`] : [],
  )
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
