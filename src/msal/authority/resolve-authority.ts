import { AuthorityError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { HttpClient } from '../http/http-client.ts'
import type { AuthorityAddress } from './authority.ts'
import { discoverInstance } from './instance-discovery.ts'
import { isIssuerOfAuthority, isIssuerOfToken } from './issuer.ts'
import { fetchOpenIdConfiguration, type OpenIdConfiguration } from './openid-configuration.ts'

/** An authority whose metadata is known and trusted. */
export interface Authority extends OpenIdConfiguration {
  readonly address: AuthorityAddress
  /** The `environment` of cache entries. */
  readonly host: string
  /** The `realm` of cache entries: the tenant in the token endpoint's path, usually a GUID. */
  readonly realm: string
  /** Other hosts under which the same accounts may be kept. */
  readonly aliases: readonly string[]
  /** Whether an ID token may name this issuer. */
  isTokenIssuer(issuer: string, claims: JsonObject): boolean
}

/**
 * Looks an authority up: instance discovery where its host needs it, then its metadata, whose issuer is checked.
 *
 * @throws {AuthorityError} where it is unknown or must not be trusted
 * @throws {NetworkError} where it can't be reached; trying again later may help
 */
export async function resolveAuthority(http: HttpClient, address: AuthorityAddress): Promise<Authority> {
  const instance = address.needsInstanceDiscovery ? await discoverInstance(http, address) : undefined
  const url = instance?.configurationUrl ?? address.configurationUrl
  const configuration = await fetchOpenIdConfiguration(http, url, address)
  const { issuer } = configuration
  if (issuer === undefined ? address.kind === 'openid' : !isIssuerOfAuthority(issuer, address))
    throw new AuthorityError(
      `The metadata of ${address.url} names ${issuer === undefined ? 'no issuer' : 'an issuer that is not its own'}`,
    )
  return {
    ...configuration,
    address,
    host: address.host,
    realm: realmOf(configuration.tokenEndpoint, address),
    aliases: instance?.aliases ?? address.aliases,
    isTokenIssuer: (candidate, claims) =>
      issuer === undefined
        ? isIssuerOfAuthority(candidate, address)
        : isIssuerOfToken(candidate, claims, { issuer, address }),
  }
}

function realmOf(tokenEndpoint: string, { tenant }: AuthorityAddress): string {
  const [segment] = new URL(tokenEndpoint).pathname.split('/').filter(Boolean)
  return segment ?? tenant
}
