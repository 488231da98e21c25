import { NetworkError } from './errors.ts'

/** A JSON object whose members are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is an object that is neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Parses text to a JSON object; undefined where it is none. */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A member that must be text or absent; null counts as absent. */
export function readString(object: JsonObject, name: string): string | undefined {
  const value = object[name]
  return typeof value === 'string' ? value : undefined
}

/** A member that must be text. @throws {NetworkError} naming `place` and the member */
export function requireString(object: JsonObject, name: string, place: string): string {
  const value = object[name]
  if (typeof value !== 'string' || value === '') throw new NetworkError(`${place}: "${name}" is missing or no text`)
  return value
}

/** Seconds or counts that some servers send as text; undefined where it is no finite number. */
export function readInteger(object: JsonObject, name: string): number | undefined {
  const value = object[name]
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? Math.trunc(number) : undefined
}
