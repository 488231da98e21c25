import { AadstsError } from './errors.ts'
import { jsonReply, type HttpReply, type HttpRequest } from './http.ts'
import { requireTenant } from './policy.ts'
import type { Simulation } from './simulation.ts'
import { findTenant, findUser, type World } from './world.ts'

// Entra lets every page read its metadata.
const readableByAll = { 'access-control-allow-origin': '*', 'access-control-allow-methods': 'GET, OPTIONS' }

/** The OpenID configuration of a tenant; `common` and `organizations` name their issuer with a literal `{tenantid}`. */
export const openIdConfiguration = ({ world }: Simulation, request: HttpRequest, segment: string): HttpReply => {
  requireKnownTenant(world, segment)
  const { origin } = request
  const tenant = findTenant(world, segment)
  const base = `${origin}/${tenant === undefined || segment === 'consumers' ? segment : tenant.id}`
  return jsonReply(
    200,
    {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      jwks_uri: `${base}/discovery/v2.0/keys`,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      issuer: `${origin}/${tenant?.id ?? '{tenantid}'}/v2.0`,
      request_uri_parameter_supported: false,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      http_logout_supported: true,
      code_challenge_methods_supported: ['plain', 'S256'],
      claims_supported: 'sub iss aud exp iat auth_time nonce preferred_username name tid ver email'.split(' '),
      tenant_region_scope: null,
      cloud_instance_name: new URL(origin).host,
    },
    readableByAll,
  )
}

/** The public halves of the signing keys. */
export const signingKeys = ({ world, keys }: Simulation, _request: HttpRequest, segment: string): HttpReply => {
  requireKnownTenant(world, segment)
  return jsonReply(200, keys.jwks(), readableByAll)
}

/** Instance discovery: which hosts are one and the same cloud. */
export const instanceDiscovery = ({ origins }: Simulation, request: HttpRequest): HttpReply => {
  const endpoint = request.query.get('authorization_endpoint') ?? ''
  const { host, protocol } = new URL(request.origin)
  const aliases = origins.filter((origin) => origin.startsWith(`${protocol}//`)).map((origin) => new URL(origin).host)
  if (!URL.canParse(endpoint) || !aliases.includes(new URL(endpoint).host)) throw new AadstsError(50049)
  const segment = new URL(endpoint).pathname.split('/')[1] ?? 'common'
  return jsonReply(
    200,
    {
      tenant_discovery_endpoint: `${request.origin}/${segment}/v2.0/.well-known/openid-configuration`,
      'api-version': request.query.get('api-version') ?? '1.1',
      metadata: [{ preferred_network: host, preferred_cache: host, aliases }],
    },
    readableByAll,
  )
}

/** User realm: whether Entra or a federated server checks a person's password. */
export const userRealm = ({ world }: Simulation, request: HttpRequest, username: string): HttpReply => {
  const user = findUser(world, username)
  const domain = username.split('@')[1] ?? ''
  const cloud = { cloud_instance_name: 'microsoftonline.com', cloud_audience_urn: 'urn:federation:MicrosoftOnline' }
  if (user?.federated === true) {
    return jsonReply(200, {
      ver: '1.0',
      account_type: 'Federated',
      domain_name: domain,
      federation_protocol: 'WSTrust',
      federation_metadata_url: `${request.origin}/adfs/services/trust/mex`,
      federation_active_auth_url: `${request.origin}/adfs/services/trust/2005/usernamemixed`,
      ...cloud,
    })
  }
  const isManaged = Object.values(world.tenants).some((tenant) => tenant.domain === domain.toLowerCase())
  return jsonReply(200, {
    ver: '1.0',
    account_type: isManaged ? 'Managed' : 'Unknown',
    ...(isManaged && { domain_name: domain }),
    ...cloud,
  })
}

const requireKnownTenant = (world: World, segment: string): void => {
  try {
    requireTenant(world, segment)
  } catch {
    throw new AadstsError(90002, { values: [segment], error: 'invalid_tenant' })
  }
}
