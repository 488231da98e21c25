import { ClientApplication, settle } from './client-application.ts'
import type { Platform } from './core/ports.ts'
import type { TokenResult } from './core/token-result.ts'
import { createContext } from './create-context.ts'
import { acquireForClient, forgetTokensForClient, type ClientCredentialsOptions } from './flows/client-credentials.ts'
import {
  acquireByUserFederatedIdentity,
  acquireOnBehalfOf,
  type OnBehalfOfOptions,
  type UserFederatedIdentityOptions,
} from './flows/on-behalf-of.ts'
import { authenticateNone, type ClientAuthentication } from './oauth/client-authentication.ts'
import { authenticateByCredential } from './oauth/client-credential.ts'
import { validateOptions, withoutNulls, type ConfidentialClientOptions } from './options.ts'

/** What confidential clients do, whatever the machine they run on. */
export class ConfidentialClient extends ClientApplication {
  /** @internal */
  constructor(options: ConfidentialClientOptions, platform: Platform) {
    const given = withoutNulls(options)
    const authenticate = chooseAuthentication(given, platform)
    super(createContext(given, { platform, authenticate, defaultPauseSeconds: 5, azureRegion: given.azureRegion }))
  }

  /**
   * The application's own token, from the cache while it is usable.
   *
   * @throws {OAuthError} where the server refused
   */
  acquireTokenForClient(options: ClientCredentialsOptions): Promise<TokenResult> {
    return settle(options, () => acquireForClient(this.context, options))
  }

  /**
   * Exchanges a user's token that reached this service for one of a further service; asks each time. Afterwards
   * `acquireTokenSilent` finds it under that user.
   *
   * @throws {OAuthError} where the server refused; its `claims` belong into the challenge to this service's caller
   * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
   */
  acquireTokenOnBehalfOf(options: OnBehalfOfOptions): Promise<TokenResult> {
    return settle(options, () => acquireOnBehalfOf(this.context, options))
  }

  /**
   * An agent's token for a user, by the agent's federated credential; asks each time.
   *
   * @throws {OAuthError} where the server refused
   */
  acquireTokenByUserFederatedIdentityCredential(options: UserFederatedIdentityOptions): Promise<TokenResult> {
    return settle(options, () => acquireByUserFederatedIdentity(this.context, options))
  }

  /** Forgets every token that {@link acquireTokenForClient} brought. */
  removeTokensForClient(_options?: object): Promise<void> {
    return settle({}, () => forgetTokensForClient(this.context))
  }
}

function chooseAuthentication(options: ConfidentialClientOptions, platform: Platform): ClientAuthentication {
  validateOptions(options)
  const { clientCredential, clientClaims, oidcAuthority } = options
  if (clientCredential === undefined) return authenticateNone
  return authenticateByCredential(clientCredential, { clientClaims, isOpenId: oidcAuthority !== undefined, platform })
}
