/** The members of an authorization request; absent ones are not sent. */
export interface AuthorizationRequest {
  readonly client_id: string
  readonly response_type: string
  readonly scope: string
  readonly redirect_uri?: string | undefined
  readonly state?: string | undefined
  readonly nonce?: string | undefined
  readonly prompt?: string | undefined
  readonly login_hint?: string | undefined
  readonly domain_hint?: string | undefined
  readonly claims?: string | undefined
  readonly max_age?: string | undefined
  readonly response_mode?: string | undefined
  readonly code_challenge?: string | undefined
  readonly code_challenge_method?: 'S256' | undefined
  readonly client_info?: '1' | undefined
  readonly 'X-AnchorMailbox'?: string | undefined
}

/** The address that a person visits. @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1 */
export function buildAuthorizationUrl(endpoint: string, request: AuthorizationRequest): string {
  const url = new URL(endpoint)
  for (const [name, value] of Object.entries(request)) if (typeof value === 'string') url.searchParams.set(name, value)
  return url.href
}
