/**
 * An origin as `URL.origin` writes it.
 *
 * @throws {TypeError} where text is no origin that a token may be sent to
 */
export function readOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !sendsSafely(url) || url.pathname !== '/' || url.search || url.hash || url.username || url.password)
    throw new TypeError(`"${text}" is no origin such as https://graph.microsoft.com`)
  return url.origin
}

/** Whether a token may be sent there: over https, or to this machine. */
export const sendsSafely = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' ||
  (protocol === 'http:' && (/^127(\.\d+){3}$/.test(hostname) || hostname === 'localhost' || hostname === '[::1]'))
