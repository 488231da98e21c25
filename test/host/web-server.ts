import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { text } from 'node:stream/consumers'
import type { InstalledWebHost } from './install.ts'
import { quietSettings } from './settings.ts'

/** The files of an extension, by their paths in it. */
export type ExtensionFiles = ReadonlyMap<string, string | Buffer>

/** A site with a VS Code that runs in the browser alone: nothing but files comes from it. */
export type WebServer = {
  readonly origin: string
  /** Lines that the consumer sample wrote. */
  readonly outcomes: readonly string[]
  readonly stop: () => Promise<void>
}

/** What the site's window has. */
export type WebServerOptions = {
  readonly extensions: Readonly<Record<string, ExtensionFiles>>
  readonly settings: Readonly<Record<string, unknown>>
  /** Origins that open without VS Code's question. */
  readonly trustedDomains: readonly string[]
}

const PAGE = path.join(import.meta.dirname, 'web/index.html')
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

/** Starts the site on a free port of 127.0.0.1. */
export const startWebServer = async (host: InstalledWebHost, options: WebServerOptions): Promise<WebServer> => {
  const outcomes: string[] = []
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(404).end())
  })
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '', origin)
    const [, folder = '', ...rest] = decodeURIComponent(pathname).split('/')
    if (request.method === 'POST') outcomes.push(await text(request))
    response.setHeader('content-type', TYPES[path.extname(pathname)] ?? 'text/html')
    switch (folder) {
      case '':
        return void response.end(await readFile(PAGE))
      case 'configuration':
        return void response.end(JSON.stringify(configure(origin, options)))
      case 'workbench':
        return sendFile(path.join(host.workbench, ...rest), response)
      case 'extensions': {
        const content = options.extensions[rest[0] ?? '']?.get(rest.slice(1).join('/'))
        if (content === undefined) response.statusCode = 404
        return void response.end(content)
      }
      default:
        return void response.end()
    }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { origin, outcomes, stop }
}

const sendFile = async (file: string, response: ServerResponse): Promise<void> => {
  response.setHeader('content-length', (await stat(file)).size)
  // A reload need not load 40 MB again.
  response.setHeader('cache-control', 'max-age=3600')
  await pipeline(createReadStream(file), response)
}

/** Extensions under development may use proposed API only where VS Code is no stable one, so this one says that it is. */
const configure = (origin: string, { extensions, settings, trustedDomains }: WebServerOptions): object => ({
  productConfiguration: { quality: 'stable', linkProtectionTrustedDomains: trustedDomains, enableTelemetry: false },
  configurationDefaults: { ...quietSettings, ...settings },
  enableWorkspaceTrust: false,
  developmentOptions: {
    extensions: Object.keys(extensions).map((name) => ({
      scheme: 'http',
      authority: new URL(origin).host,
      path: `/extensions/${name}`,
    })),
  },
})
