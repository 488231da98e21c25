/**
 * What `activate()` returns to other extensions of the same extension host. It holds nothing that returns a token:
 * such a token would carry this extension's consent, not the caller's.
 */
export interface ExtensionApi<Library> {
  /** The library's public names, as in `entra-auth/msal`. */
  readonly msal: Library
}
