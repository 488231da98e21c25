import { ConfigurationError } from '../core/errors.ts'
import { isJsonObject } from '../core/json.ts'
import { CREDENTIAL_TYPE } from './cache-schema.ts'

const isText = (value: unknown): boolean => typeof value === 'string'
const isTextList = (value: unknown): boolean => Array.isArray(value) && value.every(isText)
const isTime = (value: unknown): boolean => typeof value === 'number' && !Number.isNaN(value)

/** Events of other libraries have null where they know nothing. */
const orNull = (isRight: (value: unknown) => boolean) => (value: unknown) => value === null || isRight(value)

/** What `add` takes; a member that is not named is passed on as it is. */
const EVENT = {
  client_id: isText,
  response: isJsonObject,
  scope: orNull(isTextList),
  data: isJsonObject,
  token_endpoint: orNull(isText),
  environment: orNull(isText),
  realm: orNull(isText),
  grant_type: orNull(isText),
} as const

/** What `find` and `search` take. */
const QUERY = {
  credentialType: (value: unknown) => Object.values<unknown>(CREDENTIAL_TYPE).includes(value),
  target: isTextList,
  query: isJsonObject,
  now: isTime,
} as const

/** Refuses an event that no token request can have. @throws {ConfigurationError} naming its member */
export const validateEvent = (event: unknown): void =>
  validate('event', event, { checks: EVENT, required: ['client_id', 'response'] })

/** Refuses a query that asks for nothing. @throws {ConfigurationError} naming its member */
export const validateQuery = (query: unknown): void =>
  validate('query', query, { checks: QUERY, required: ['credentialType'] })

/** Refuses a time that is none. @throws {ConfigurationError} */
export function validateTime(now: unknown): void {
  if (now !== undefined && !isTime(now)) throw new ConfigurationError('now', 'a number of seconds is needed')
}

function validate(
  argument: string,
  value: unknown,
  shape: {
    readonly checks: Readonly<Record<string, (member: unknown) => boolean>>
    readonly required: readonly string[]
  },
): void {
  if (!isJsonObject(value)) throw new ConfigurationError(argument, 'an object is needed')
  for (const [name, isRight] of Object.entries(shape.checks)) {
    const isAbsent = value[name] === undefined && !shape.required.includes(name)
    if (!isAbsent && !isRight(value[name])) throw new ConfigurationError(name, `is missing or wrong in the ${argument}`)
  }
}
