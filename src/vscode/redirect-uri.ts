import { l10n } from 'vscode'

/**
 * Where the answer of a sign-in page goes: to this machine (`loopback`), to VS Code by its own scheme (`editor`), or to
 * a page of the person's company that sends the browser on to VS Code with the query that it got (`page`).
 */
export type RedirectUri =
  | { readonly kind: 'loopback'; readonly uri: string; readonly port?: number }
  | { readonly kind: 'editor' | 'page'; readonly uri: string }

/** What follows the editor's scheme in the redirect URI of this extension. */
const CALLBACK = '://entra-auth.entra-auth/callback'

/** The redirect URI of this extension in an editor, as it is to be registered. */
export const editorRedirectUri = (uriScheme: string): string => uriScheme + CALLBACK

/**
 * Reads a redirect URI as an app registration has it.
 *
 * @throws {Error} that says what is supported
 */
export function parseRedirectUri(text: string): RedirectUri {
  const [isLoopback, port] = /^http:\/\/localhost(?::([1-9]\d{0,4}))?$/.exec(text) ?? []
  if (isLoopback && Number(port ?? 0) < 65_536)
    return { kind: 'loopback', uri: text, ...(port && { port: Number(port) }) }
  if (/^[a-z][a-z0-9+.-]*$/.test(text.slice(0, -CALLBACK.length)) && text.endsWith(CALLBACK))
    return { kind: 'editor', uri: text }
  if (/^https:\/\/[^\s@?#]+$/.test(text) && URL.canParse(text)) return { kind: 'page', uri: text }
  throw new Error(
    l10n.t(
      'it must be http://localhost, http://localhost:PORT with a port from 1 to 65535, {0} or the https address of a page that leads there',
      editorRedirectUri('vscode'),
    ),
  )
}
