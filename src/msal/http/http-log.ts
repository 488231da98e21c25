import { NetworkError } from '../core/errors.ts'
import type { Clock, Logger } from '../core/ports.ts'
import type { HttpClient } from './http-client.ts'

/** Whom to tell, and by which clock. */
export interface HttpLogOptions {
  readonly logger: Logger
  readonly clock: Clock
}

/** Tells each exchange's host, status, time and correlation id; addresses and bodies may name people or hold secrets. */
export function withLog(next: HttpClient, { logger, clock }: HttpLogOptions): HttpClient {
  return async (request) => {
    const id = request.headers?.['client-request-id']
    const exchange = `${request.method} ${new URL(request.url).host}${id ? ` (${id})` : ''}`
    const start = clock.now()
    try {
      const response = await next(request)
      logger.debug(`${exchange}: ${response.status} after ${clock.now() - start} ms`)
      return response
    } catch (error) {
      logger.debug(`${exchange}: ${error instanceof NetworkError ? error.message : 'given up'}`)
      throw error
    }
  }
}
