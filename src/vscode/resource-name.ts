import { l10n } from 'vscode'
import type { CachedToken } from './cached-tokens.ts'
import { asPlainText } from './display-text.ts'
import type { SignInRecord } from './session.ts'

const OPENID_SCOPES: ReadonlySet<string> = new Set(['openid', 'email', 'profile', 'offline_access'])
const GRAPH = 'Microsoft Graph'
/** Resources by the audience of their tokens, which is a number or an address. */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  '00000003-0000-0000-c000-000000000000': GRAPH,
  'https://graph.microsoft.com': GRAPH,
  'https://graph.microsoft.us': GRAPH,
  'https://microsoftgraph.chinacloudapi.cn': GRAPH,
  'https://management.azure.com': 'Azure Resource Manager',
  'https://management.core.windows.net': 'Azure Resource Manager',
  'https://vault.azure.net': 'Azure Key Vault',
  'https://storage.azure.com': 'Azure Storage',
  'https://database.windows.net': 'Azure SQL',
  '499b84ac-1321-427f-aa17-267ca6975798': 'Azure DevOps',
}

/** What an access token is for: the API that its scopes name, else its audience, else the server that gave it. */
export function describeResource({ scopes, claims }: CachedToken, { environment }: SignInRecord): string {
  const own = scopes.filter((scope) => !OPENID_SCOPES.has(scope))
  const resource = own.map(resourceOf).find((found) => found !== undefined) ?? audienceOf(claims)
  if (resource !== undefined) return WELL_KNOWN[resource] ?? asPlainText(resource)
  return own.length > 0 ? asPlainText(own.join(' ')) : l10n.t('User info of {0}', environment)
}

/** The permissions that a token carries, without the address of their API. */
export const describeScopes = ({ scopes }: CachedToken): string =>
  asPlainText(
    scopes
      .filter((scope) => !OPENID_SCOPES.has(scope))
      .map((scope) => scope.slice(scope.lastIndexOf('/') + 1))
      .join(' '),
  )

/** `https://graph.microsoft.com` of `https://graph.microsoft.com/User.Read`; a bare name tells no resource. */
function resourceOf(scope: string): string | undefined {
  const end = scope.lastIndexOf('/')
  return end > 0 ? withoutSlashes(scope.slice(0, end)) : undefined
}

function audienceOf(claims: CachedToken['claims']): string | undefined {
  const audience = claims?.['aud']
  return typeof audience === 'string' && audience ? withoutSlashes(audience) : undefined
}

/** A regular expression would need minutes for an audience that is a megabyte of slashes. */
function withoutSlashes(address: string): string {
  let end = address.length
  while (address[end - 1] === '/') end--
  return address.slice(0, end)
}
