import { ManagedIdentityError } from '../core/errors.ts'
import { isLinkLocalHost, isLoopbackHost } from '../core/network-host.ts'

/** Where an endpoint was named, and which hosts it may have besides loopback and link-local ones. */
export interface EndpointRules {
  /** Named in errors. */
  readonly variable: string
  readonly isAllowed?: (hostname: string) => boolean
}

/**
 * Reads an endpoint that the environment names: a secret goes there, and what comes from there is trusted.
 *
 * @throws {ManagedIdentityError} where it is no such URL; nothing was sent
 */
export function parseEndpoint(text: string, { variable, isAllowed }: EndpointRules): URL {
  const refuse = (problem: string) =>
    new ManagedIdentityError({
      error: 'invalid_endpoint',
      errorDescription: `The environment variable ${variable} ${problem}`,
      advice: 'Leave it as the platform sets it, or unset it where this machine has no such platform',
    })
  if (!URL.canParse(text)) throw refuse('holds no URL')
  const url = new URL(text)
  if (!['http:', 'https:'].includes(url.protocol)) throw refuse('holds no http or https URL')
  if (url.username || url.password) throw refuse('holds a URL with credentials')
  if (!isLoopbackHost(url.hostname) && !isLinkLocalHost(url.hostname) && !isAllowed?.(url.hostname))
    throw refuse(`names ${url.hostname}, which is no host of this platform`)
  url.hash = ''
  return url
}

/** A URL with parameters in its query; undefined ones are left out. */
export function withParameters(url: URL, parameters: Readonly<Record<string, string | undefined>>): string {
  const full = new URL(url)
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) full.searchParams.set(name, value)
  return full.href
}
