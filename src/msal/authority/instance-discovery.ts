import { AuthorityError, CrossOriginError, NetworkError } from '../core/errors.ts'
import { isJsonObject, parseJsonObject, readString, type JsonObject } from '../core/json.ts'
import type { HttpClient } from '../http/http-client.ts'
import { AZURE_PUBLIC } from './authority-hosts.ts'
import type { AuthorityAddress } from './authority.ts'

/** What Microsoft's list of instances says of a host. */
export interface Instance {
  /** Where the OpenID configuration of the authority is. */
  readonly configurationUrl: string
  /** Other names of the same instance. */
  readonly aliases: readonly string[]
}

/**
 * Asks Microsoft's public cloud whether it knows the host of an authority.
 *
 * @throws {AuthorityError} where it does not
 * @throws {NetworkError} where it can't be asked; trying again later may help
 */
export async function discoverInstance(http: HttpClient, authority: AuthorityAddress): Promise<Instance> {
  const url = new URL(`https://${AZURE_PUBLIC}/common/discovery/instance`)
  url.searchParams.set('api-version', '1.0')
  url.searchParams.set('authorization_endpoint', `${authority.url}/oauth2/v2.0/authorize`)
  const { status, text } = await http({ method: 'GET', url: url.href, isMetadata: true }).catch((error: unknown) => {
    throw error instanceof NetworkError && !(error instanceof CrossOriginError)
      ? explainAsking(error, authority)
      : error
  })
  const wire = parseJsonObject(text)
  if (wire && readString(wire, 'error') === 'invalid_instance')
    throw new AuthorityError(`${authority.host} is not known to Microsoft (invalid_instance). ${HOW_TO_TURN_OFF}`)
  const configurationUrl = wire && readString(wire, 'tenant_discovery_endpoint')
  if (!configurationUrl?.startsWith('https://'))
    throw new NetworkError(`${AZURE_PUBLIC} could not tell whether it knows ${authority.host} (HTTP ${status})`, {
      status,
      host: AZURE_PUBLIC,
    })
  return { configurationUrl, aliases: readAliases(wire ?? {}, authority.host) }
}

const HOW_TO_TURN_OFF = 'If it is a host that you trust, turn this check off by instanceDiscovery: false'

/** Nobody configured the host that was asked, so its name alone would lead nowhere. */
function explainAsking(error: NetworkError, { host }: AuthorityAddress): NetworkError {
  // What a proxy wants has nothing to do with who was asked.
  if (error.proxyStatus !== undefined) return error
  const { message, status } = error
  return new NetworkError(`${message}; it was asked whether it knows ${host}. ${HOW_TO_TURN_OFF}`, {
    cause: error,
    ...(status !== undefined && { status }),
  })
}

function readAliases(wire: JsonObject, host: string): readonly string[] {
  const metadata: readonly unknown[] = Array.isArray(wire['metadata']) ? wire['metadata'] : []
  for (const group of metadata) {
    const aliases: readonly unknown[] = isJsonObject(group) && Array.isArray(group['aliases']) ? group['aliases'] : []
    if (aliases.includes(host))
      return aliases.filter((alias): alias is string => typeof alias === 'string' && alias !== host)
  }
  return []
}
