import { isOfDesktop } from './broker/broker-rules.ts'
import type { Account } from './core/account.ts'
import type { TokenResult } from './core/token-result.ts'
import { ConfigurationError } from './core/errors.ts'
import { asLogWord } from './core/redact.ts'
import {
  forgetAccount,
  listAccounts,
  readAccount,
  type GetAccountsOptions,
  type RemoveAccountOptions,
} from './flows/accounts.ts'
import {
  getAuthorizationRequestUrl,
  initiateAuthCodeFlow,
  redeemAuthCodeFlow,
  redeemAuthorizationCode,
  type AuthCodeFlow,
  type AuthorizationUrlOptions,
  type InitiateAuthCodeFlowOptions,
  type RedeemAuthCodeFlowOptions,
  type RedeemAuthorizationCodeOptions,
} from './flows/auth-code-flow.ts'
import type { ClientContext } from './flows/client-context.ts'
import { redeemGrant } from './flows/redeem-grant.ts'
import { acquireSilently, isRefusal, type SilentOptions } from './flows/silent.ts'
import { acquireByUsernamePassword, type UsernamePasswordOptions } from './flows/username-password.ts'
import { validateArguments } from './options.ts'
import { importRefreshTokenGrant } from './grants/refresh-token.ts'
import { decorateScopes } from './oauth/scopes.ts'

/** Options of `acquireTokenByRefreshToken`. */
export interface RedeemRefreshTokenOptions {
  /** From another library's cache, for this client. */
  readonly refreshToken: string
  /** As the refresh token was granted with, in the v2 form (`User.Read`, `api://…/scope`). */
  readonly scopes: readonly string[]
}

/** What public and confidential clients share; not constructed directly. */
export abstract class ClientApplication {
  /** For `azureRegion`: the region is told by the machine. */
  static readonly ATTEMPT_REGION_DISCOVERY = true
  /** @internal */
  protected readonly context: ClientContext

  /** @internal */
  protected constructor(context: ClientContext) {
    if (new.target === ClientApplication)
      throw new ConfigurationError('ClientApplication', 'construct a public or a confidential client')
    this.context = context
  }

  /**
   * Begins a sign-in with PKCE, state and nonce; send the person to `authUri` and keep the rest.
   *
   * @throws {AuthorityError} where the authority is unknown
   */
  initiateAuthCodeFlow(options: InitiateAuthCodeFlowOptions): Promise<AuthCodeFlow> {
    return settle(options, () => initiateAuthCodeFlow(this.context, options))
  }

  /**
   * Redeems what reached the redirect URI of a flow.
   *
   * @throws {AuthorizationResponseError} where the response belongs to another flow
   * @throws {OAuthError} where the person or the server refused
   * @throws {IdTokenError} where the ID token is not meant for this client
   */
  acquireTokenByAuthCodeFlow(options: RedeemAuthCodeFlowOptions): Promise<TokenResult> {
    return settle(options, () => redeemAuthCodeFlow(this.context, options))
  }

  /** The address of a sign-in for callers that keep state, nonce and PKCE themselves; prefer {@link initiateAuthCodeFlow}. */
  getAuthorizationRequestUrl(options: AuthorizationUrlOptions): Promise<string> {
    return settle(options, () => getAuthorizationRequestUrl(this.context, options))
  }

  /**
   * Redeems an authorization code; prefer {@link acquireTokenByAuthCodeFlow}.
   *
   * @throws {OAuthError} where the server refused
   */
  acquireTokenByAuthorizationCode(options: RedeemAuthorizationCodeOptions): Promise<TokenResult> {
    return settle(options, () => redeemAuthorizationCode(this.context, options))
  }

  /**
   * Redeems a refresh token from elsewhere and keeps what it brings.
   *
   * @throws {OAuthError} where the server refused
   */
  acquireTokenByRefreshToken(options: RedeemRefreshTokenOptions): Promise<TokenResult> {
    return settle(options, async () => {
      const { refreshToken, scopes } = options
      if (typeof refreshToken !== 'string' || !refreshToken)
        throw new ConfigurationError('refreshToken', 'text is needed')
      const grant = importRefreshTokenGrant(refreshToken, decorateScopes(scopes, this.context.excludeScopes))
      return redeemGrant(this.context, grant, {
        authority: await this.context.resolve(this.context.address),
      })
    })
  }

  /**
   * Exchanges a user name and a password for tokens, of a federated user by WS-Trust at the federation server.
   *
   * Discouraged: the application sees the password, and neither a second factor nor a passkey can be asked for.
   *
   * @throws {OAuthError} where the server refused
   * @throws {FederationError} where the federation server refused
   * @see https://www.rfc-editor.org/rfc/rfc9700#section-2.4
   */
  acquireTokenByUsernamePassword(options: UsernamePasswordOptions): Promise<TokenResult> {
    return settle(options, () => acquireByUsernamePassword(this.context, options))
  }

  /**
   * A token for an account from the cache, by the broker that it came by, or by a refresh token.
   *
   * @returns null where a person has to sign in
   * @throws {NetworkError} where the server can't be reached; trying again later may help
   * @throws {BrokerError} where the account is the broker's, and it can't be reached
   */
  async acquireTokenSilent(options: SilentOptions): Promise<TokenResult | null> {
    try {
      return await this.acquireTokenSilentWithError(options)
    } catch (error) {
      if (!isRefusal(error)) throw error
      this.context.logger.info(`A silent request was refused (${asLogWord(error.error)}); a person has to sign in`)
      return null
    }
  }

  /**
   * The same, but the server's refusal is thrown.
   *
   * @returns null where the cache holds nothing that could serve
   * @throws {OAuthError} where the server refused; its `classification` and `claims` say what helps
   */
  acquireTokenSilentWithError(options: SilentOptions): Promise<TokenResult | null> {
    return settle(options, () => acquireSilently(this.context, options))
  }

  /** The accounts that signed in, of one user name (case does not matter) where it is given. */
  getAccounts(options?: GetAccountsOptions): Promise<readonly Account[]> {
    return settle(options ?? {}, () => listAccounts(this.context, options ?? {}))
  }

  /** Forgets an account and its tokens in every tenant, and signs it out at the broker where one is enabled. */
  removeAccount(options: RemoveAccountOptions): Promise<void> {
    return settle(options, () => forgetAccount(this.context, readAccount(options.account)))
  }

  /**
   * Whether tokens can be bound to a key here, which takes an enabled broker of Windows or macOS.
   *
   * @throws {ConfigurationError} where one is enabled, and the package that reaches it is missing
   */
  async isPopSupported(): Promise<boolean> {
    return (await this.context.startBroker(this.context.address, { serves: isOfDesktop })) !== undefined
  }
}

/** Runs a method, so that whatever is thrown is a rejection. @throws {ConfigurationError} naming the option that is wrong */
export async function settle<T>(options: object, run: () => Promise<T>): Promise<T> {
  validateArguments(options)
  return run()
}
