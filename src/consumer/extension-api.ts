/** The version of {@link ExtensionApi}. */
export const API_VERSION = 1

/**
 * What `activate()` returns to other extensions of the same extension host; it may be absent. It holds nothing that
 * returns a token: such a token would carry Entra Auth's consent, not the caller's.
 *
 * @typeParam Library - `typeof import('entra-auth/msal', { with: { 'resolution-mode': 'import' } })`
 */
export interface ExtensionApi<Library> {
  /** Grows with a change that would break a caller; members may be added without it. */
  readonly apiVersion: typeof API_VERSION
  /** The library's public names, as in `entra-auth/msal`; its requests take VS Code's proxy and certificates. */
  readonly msal: Library
}
