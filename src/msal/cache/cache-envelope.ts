import { encodeBase64Url, sha256 } from '../core/encoding.ts'
import { CacheError } from '../core/errors.ts'

const VERSION = 1
const SEALED = /^\{"version":1,"checksum":"([\w-]{43})","cache":(\{.*\})\}$/s
const OTHER_VERSION = /^\{"version":(\d+),/

/** A later release wrote an entry, in a format that this one does not know; it is left as it is. */
export class UnknownFormatError extends CacheError {}

/** A cache's JSON text with the version of this format and a checksum around it, as JSON text. */
export async function sealEnvelope(cache: string): Promise<string> {
  return `{"version":${VERSION},"checksum":"${await digest(cache)}","cache":${cache}}`
}

/**
 * Takes out what {@link sealEnvelope} put in.
 *
 * @returns undefined where the text is damaged
 * @throws {UnknownFormatError}
 */
export async function openEnvelope(text: string): Promise<string | undefined> {
  const [, version = String(VERSION)] = OTHER_VERSION.exec(text) ?? []
  if (Number(version) !== VERSION)
    throw new UnknownFormatError(`A cache entry has format ${version}, which is not known here.`)
  const [, checksum, cache] = SEALED.exec(text) ?? []
  return cache !== undefined && (await digest(cache)) === checksum ? cache : undefined
}

const digest = async (text: string): Promise<string> => encodeBase64Url(await sha256(text))
