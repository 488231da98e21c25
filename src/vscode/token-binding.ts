import { l10n } from 'vscode'
import type { TokenResult } from '../msal/index.ts'
import { readClaims } from './cached-tokens.ts'

/** A token that came is bound to a device or a key, so nobody but its holder could use it. */
export class BoundTokenError extends Error {
  override name = 'BoundTokenError'

  constructor() {
    super(
      l10n.t(
        'The server gave a token that is bound to this device (proof of possession). Other extensions can not use it, so it is not handed out. Ask your administrator to exempt this app from token protection, or sign in with another account.',
      ),
    )
  }
}

/**
 * Whether a token needs a proof of possession: by its type, or by the claim `cnf`, which servers also put into tokens
 * that they call bearer tokens. An API would refuse it without the proof.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7800#section-3
 */
export const isBound = ({ tokenType, accessToken }: Pick<TokenResult, 'tokenType' | 'accessToken'>): boolean =>
  tokenType.toLowerCase() !== 'bearer' || hasConfirmation(accessToken)

/** An access token is its API's business; one that is no JWT tells nothing. */
export const hasConfirmation = (accessToken: string): boolean => readClaims(accessToken)?.['cnf'] !== undefined
