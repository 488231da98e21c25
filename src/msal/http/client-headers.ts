import type { HttpClient } from './http-client.ts'

/** Who asks, as Entra's logs and limits know it. */
export interface ClientHeaders {
  readonly appName?: string | undefined
  readonly appVersion?: string | undefined
}

/** Adds to every POST what Entra expects of a client that honours `Retry-After`. */
export function withClientHeaders(next: HttpClient, { appName, appVersion }: ClientHeaders): HttpClient {
  const common = {
    accept: 'application/json',
    'x-client-sku': 'EntraAuth',
    'x-ms-lib-capability': 'retry-after, h429',
    ...(appName && { 'x-app-name': appName }),
    ...(appVersion && { 'x-app-ver': appVersion }),
  }
  return (request) => next(request.form ? { ...request, headers: { ...common, ...request.headers } } : request)
}
