import { NetworkError } from '../core/errors.ts'
import { parseJsonObject, readString } from '../core/json.ts'
import type { HttpClient } from '../http/http-client.ts'
import type { Authority } from './resolve-authority.ts'

/** Who checks a user's password: Entra itself, or a federation server that it trusts. */
export type UserRealm = { readonly kind: 'managed' } | FederatedRealm

/** The federation server of a user's domain. */
export interface FederatedRealm {
  readonly kind: 'federated'
  /** Where its metadata is (MEX). */
  readonly metadataUrl?: string
  /** Its endpoint for user names and passwords, for where it has no metadata. */
  readonly activeUrl?: string
  /** URN of the cloud that its assertions are for. */
  readonly audience: string
}

/** Whose realm is asked for. */
export interface UserRealmRequest {
  readonly username: string
  /** GUID for the server's logs. */
  readonly correlationId: string
  readonly signal?: AbortSignal | undefined
}

const MANAGED: UserRealm = { kind: 'managed' }

/** Authorities, each of one client, that answered 404: they know no user realms and are not asked again. */
const authoritiesWithoutRealms = new WeakSet<Authority>()

/**
 * Asks an authority who checks a user's password; a user it knows nothing of counts as managed. AD FS and plain OpenID
 * providers check it themselves and are not asked.
 *
 * @throws {NetworkError} where no usable answer comes; trying again later may help
 */
export async function discoverUserRealm(
  http: HttpClient,
  authority: Authority,
  { username, correlationId, signal }: UserRealmRequest,
): Promise<UserRealm> {
  const { address, host } = authority
  if (address.kind === 'adfs' || address.kind === 'openid' || authoritiesWithoutRealms.has(authority)) return MANAGED
  const { origin } = new URL(address.url)
  const { status, text } = await http({
    method: 'GET',
    url: `${origin}/common/userrealm/${encodeURIComponent(username)}?api-version=1.0`,
    headers: { accept: 'application/json', 'client-request-id': correlationId },
    isMetadata: true,
    signal,
  })
  if (status === 404) authoritiesWithoutRealms.add(authority)
  if (status === 404) return MANAGED
  const wire = status === 200 ? parseJsonObject(text) : undefined
  if (!wire) throw new NetworkError(`${host} could not tell who checks the password (HTTP ${status})`, { status, host })
  if (readString(wire, 'account_type') !== 'Federated') return MANAGED
  const metadataUrl = readString(wire, 'federation_metadata_url')
  const activeUrl = readString(wire, 'federation_active_auth_url')
  return {
    kind: 'federated',
    ...(metadataUrl && { metadataUrl }),
    ...(activeUrl && { activeUrl }),
    audience: readString(wire, 'cloud_audience_urn') ?? 'urn:federation:MicrosoftOnline',
  }
}
