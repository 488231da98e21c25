import { BlockList, isIP } from 'node:net'
import { ConfigurationError } from '../msal/core/errors.ts'

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** An HTTP proxy, its credentials kept apart from its address. */
export interface Proxy {
  readonly origin: string
  /** Host and port, for messages. */
  readonly host: string
  /** Value of the `Proxy-Authorization` header. */
  readonly authorization?: string
}

/**
 * Reads a proxy's URL; without a scheme it is taken for `http:`.
 *
 * @param name - the option or variable that holds it, for messages
 * @throws {ConfigurationError} where it is none, or of another scheme than `http:` and `https:`
 */
export function parseProxy(name: string, text: string): Proxy {
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`
  if (!URL.canParse(address)) throw new ConfigurationError(name, 'not the URL of a proxy')
  const { origin, host, protocol, username, password } = new URL(address)
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new ConfigurationError(name, `a proxy's scheme must be http or https, not ${protocol.slice(0, -1)}`)
  }
  if (username === '' && password === '') return { origin, host }
  const credentials = Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64')
  return { origin, host, authorization: `Basic ${credentials}` }
}

/**
 * The proxy that the environment names for a URL: `https_proxy` or `http_proxy`, in lower or upper case (lower wins),
 * unless `no_proxy` lists the host. An entry there is a host (which covers what is below it), with or without a port, an
 * address, a range of addresses (`10.0.0.0/8`), or `*`.
 *
 * @throws {ConfigurationError} naming the variable, where it holds no usable proxy
 * @see https://requests.readthedocs.io/en/latest/user/advanced/#proxies
 */
export function selectProxy(url: URL, environment: Environment): Proxy | undefined {
  const lower = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy'
  const name = environment[lower] === undefined ? lower.toUpperCase() : lower
  const text = environment[name]?.trim() ?? ''
  if (text === '' || isExempt(url, environment['no_proxy'] ?? environment['NO_PROXY'] ?? '')) return undefined
  return parseProxy(name, text)
}

function isExempt(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && (entry === '*' || coversAddress(entry, host) || coversName(entry, host, port)))
}

function coversName(entry: string, host: string, port: string): boolean {
  const [, name = '', ownPort] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(entry) ?? []
  return name !== '' && (ownPort ?? port) === port && (host === name || (!isIP(host) && host.endsWith(`.${name}`)))
}

function coversAddress(entry: string, host: string): boolean {
  const version = isIP(host)
  const [network = '', prefix] = entry.replace(/^\[|\]$/g, '').split('/')
  if (version === 0 || isIP(network) !== version) return false
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const bits = prefix === undefined ? (version === 4 ? 32 : 128) : Number(prefix)
  if (!Number.isInteger(bits) || bits < 0 || bits > (version === 4 ? 32 : 128)) return false
  const range = new BlockList()
  range.addSubnet(network, bits, family)
  return range.check(host, family)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
