import type { Fetch } from '../../src/library.ts'
import { ADA, HOME, HOST, metadataOf, tokensFor } from '../support/entra.ts'

export const ALIAS_HOST = 'https://login.windows.net'
export const REFRESH_TOKEN = 'rt-1'

const HOSTS = [HOST, ALIAS_HOST]
const YEAR = 365 * 24 * 3600

/** Requests to `login.microsoftonline.com` and what it answers; other clients than ours are given it in their own way. */
export interface ScriptedEntra {
  readonly answer: (method: string, url: string, body?: string) => object
  readonly fetch: Fetch
  /** Grants that reached the token endpoint. */
  readonly grants: readonly string[]
}

/** A network that knows one tenant of Entra, one person and one application; any other address fails. */
export function createScriptedEntra(): ScriptedEntra {
  const grants: string[] = []
  const issueTokens = (form: URLSearchParams): object => {
    const grant = form.get('grant_type') ?? ''
    grants.push(grant)
    const access_token = `${grant}-${grants.length}`
    if (grant === 'client_credentials') return { token_type: 'Bearer', access_token, expires_in: 3600 }
    if (grant === 'refresh_token' && form.get('refresh_token') !== REFRESH_TOKEN)
      throw new Error('another refresh token was sent than the one that was issued')
    const now = Math.floor(Date.now() / 1000)
    return tokensFor(ADA, { access_token }, { iat: now, nbf: now, exp: now + YEAR, ver: '2.0', name: 'Ada' })
  }
  const answer: ScriptedEntra['answer'] = (method, address, body = '') => {
    const { origin, pathname } = new URL(address)
    const route = HOSTS.includes(origin) ? `${method} ${pathname.replace(`/${HOME}/`, '/{tenant}/')}` : ''
    switch (route) {
      case 'GET /{tenant}/v2.0/.well-known/openid-configuration':
        return { ...metadataOf(`${origin}/${HOME}`), issuer: metadataOf(`${HOST}/${HOME}`).issuer }
      case 'GET /common/discovery/instance':
        return INSTANCES
      case 'POST /{tenant}/oauth2/v2.0/token':
        return issueTokens(new URLSearchParams(body))
      default:
        throw new Error(`unexpected request: ${method} ${address}`)
    }
  }
  return {
    answer,
    grants,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      return Response.json(answer(request.method, request.url, await request.text()))
    },
  }
}

const INSTANCES = {
  tenant_discovery_endpoint: `${HOST}/${HOME}/v2.0/.well-known/openid-configuration`,
  'api-version': '1.1',
  metadata: [
    {
      preferred_network: new URL(HOST).host,
      preferred_cache: new URL(ALIAS_HOST).host,
      aliases: HOSTS.map((origin) => new URL(origin).host),
    },
  ],
}
