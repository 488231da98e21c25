import { ConfigurationError } from '../core/errors.ts'
import type { Logger, Platform } from '../core/ports.ts'
import type { HttpClient } from '../http/http-client.ts'
import { aliasesOf, AZURE_PUBLIC } from './authority-hosts.ts'

/** `azureRegion`: a region's name, `true` to detect it, `false` for none, undefined for `MSAL_FORCE_REGION`. */
export type RegionOption = string | boolean | undefined

const IMDS_URL = 'http://169.254.169.254/metadata/instance/compute/location?api-version=2021-01-01&format=text'
const IMDS_LIMIT_MS = 2000
const REGION = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Refuses a region that is no DNS label. @throws {ConfigurationError} naming `source` */
export function validateRegion(source: string, region: string): string {
  if (typeof region === 'string' && REGION.test(region)) return region
  throw new ConfigurationError(
    source,
    'a region is a lower-case DNS label, as westus2: it starts with a letter and holds letters, digits and inner hyphens',
  )
}

/** What region detection needs. */
export interface RegionContext {
  readonly platform: Pick<Platform, 'readEnvironment'>
  /** Reaches the metadata service of the machine, never through a proxy. */
  readonly http: HttpClient
  readonly logger: Logger
}

/**
 * The region to ask, or undefined for none.
 *
 * @throws {ConfigurationError} where the option or `MSAL_FORCE_REGION` is no region
 * @see https://learn.microsoft.com/entra/msal/dotnet/resources/region-discovery-troubleshooting
 */
export async function chooseRegion(option: RegionOption, context: RegionContext): Promise<string | undefined> {
  if (option === false) return undefined
  if (typeof option === 'string') return validateRegion('azureRegion', option)
  if (option === true) return detectRegion(context)
  const forced = context.platform.readEnvironment('MSAL_FORCE_REGION')
  return forced === undefined ? undefined : validateRegion('MSAL_FORCE_REGION', forced)
}

/** The host that serves a region of a cloud. */
export function regionalHost(region: string, host: string): string {
  const isPublic = host === AZURE_PUBLIC || aliasesOf(AZURE_PUBLIC).includes(host)
  return `${region}.${isPublic ? 'login.microsoft.com' : host}`
}

async function detectRegion(context: RegionContext): Promise<string | undefined> {
  const named = context.platform.readEnvironment('REGION_NAME')?.replaceAll(' ', '').toLowerCase()
  const region = named || (await askMetadataService(context))
  if (region === undefined || REGION.test(region)) return region
  context.logger.warn('The region that this machine names is no region; the central endpoint is used')
  return undefined
}

async function askMetadataService({ http, logger }: RegionContext): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(IMDS_LIMIT_MS)
    const { status, text } = await http({ method: 'GET', url: IMDS_URL, headers: { metadata: 'true' }, signal })
    return status === 200 ? text.trim() || undefined : undefined
  } catch {
    logger.info('The metadata service of Azure did not answer; the central endpoint is used')
    return undefined
  }
}
