import { l10n } from 'vscode'
import { CrossOriginError, NetworkError } from '../msal/index.ts'
import type { TreeNode, TreeTarget } from './account-tree.ts'
import type { EntraAuthenticationProvider } from './authentication-provider.ts'
import type { CachedToken } from './cached-tokens.ts'
import { ClientConfigurationError, scopesToRequest, type ClientRegistry } from './client-registry.ts'
import { explainFailure, isAboutCertificate } from './failure.ts'
import type { NotificationButton } from './notifications.ts'
import { parseGivenScopes } from './scope-request.ts'
import { accountOf, configurationOf, MENU_SCOPES, type GivenSession, type SignInRecord } from './session.ts'
import type { SignOut } from './sign-out.ts'

/** What the actions work with. */
export interface AccountActionParts {
  readonly clients: ClientRegistry
  readonly provider: Pick<EntraAuthenticationProvider, 'createSession' | 'refreshSession' | 'forgetTokens'>
  readonly signOut: Pick<SignOut, 'ask'>
  /** Asks which app registration is meant, where there are several; resolves to the scopes that name it. */
  pickProfile(this: void): Promise<readonly string[] | undefined>
  /** Asks in a modal dialog; resolves to whether `action` was chosen. */
  confirm(this: void, text: string, action: string): Promise<boolean>
  /** Tells that something did not work, and what to do; without a button VS Code would cut it off after one line. */
  warn(this: void, text: string, buttons: readonly NotificationButton[]): void
  showLog(this: void): void
  copyText(this: void, text: string): Promise<void>
}

/** What a person can do with a row of the view. */
export interface AccountActions {
  /** Signs in an account, known or not. */
  signIn(): Promise<void>
  /** Gets a new access token, though the cached one may still be good. */
  refresh(node: TreeNode): Promise<void>
  /** Drops the cached tokens of a row; the account stays signed in. */
  forget(node: TreeNode): Promise<void>
  /** Signs an account out of every client, and out of the browser where the person chooses that. */
  signOut(node: TreeNode): Promise<void>
  /** Copies what may be copied of a row. */
  copy(node: TreeNode): Promise<void>
}

/** The actions of the view, by the same code that the Accounts menu runs. */
export function createAccountActions({
  clients,
  provider,
  signOut,
  pickProfile,
  confirm,
  warn,
  showLog,
  copyText,
}: AccountActionParts): AccountActions {
  /** Says what was in the way of a new token; only where a person can help by that they are to sign in. */
  const warnOfFailure = (label: string, failure: unknown, signInAgain: () => void): void => {
    const log = { label: l10n.t('Show Log'), run: () => showLog() }
    if (failure instanceof NetworkError && isOfTheWay(failure))
      warn(
        l10n.t(
          "No new token for {0}: the sign-in server can't be reached. Check the network and the proxy settings, then try again; nobody has to sign in again for that.",
          label,
        ),
        [log],
      )
    else if (failure instanceof ClientConfigurationError || failure instanceof NetworkError)
      warn(l10n.t('No new token for {0}: {1}', label, explainFailure(failure)), [log])
    else
      warn(l10n.t('No new token for {0} could be had without asking. Sign in again; the log says more.', label), [
        { label: l10n.t('Sign In'), run: signInAgain },
        log,
      ])
  }

  return {
    async signIn() {
      const profile = await pickProfile()
      if (!profile) return
      // The provider tells by itself what went wrong.
      await provider.createSession([...MENU_SCOPES, ...profile], {}).catch(() => undefined)
    },
    async refresh({ label, target }) {
      const held = tokensOf(target)
      if (!held) return
      const sessions = held.tokens.flatMap((token) => sessionsServedBy(held.record, token))
      const [session] = sessions
      const outcome = session ? await provider.refreshSession(session.id) : { isRenewed: false as const }
      if (outcome.isRenewed) return
      const { accountId, label: name } = held.record
      // The provider tells by itself what went wrong.
      const signInAgain = () =>
        void provider
          .createSession(session?.scopes ?? MENU_SCOPES, { account: { id: accountId, label: name } })
          .catch(() => undefined)
      warnOfFailure(label, outcome.failure, signInAgain)
    },
    async forget({ label, target }) {
      const held = tokensOf(target)
      if (!held) return
      const { record, tokens } = held
      const text = l10n.t('Forget the cached tokens of {0}? The account stays signed in.', label)
      if (!(await confirm(text, l10n.t('Forget')))) return
      const keys = tokens.map(({ key }) => key)
      await clients.get(configurationOf(record)).forgetTokens(accountOf(record), keys)
      clients.renewOthers(configurationOf(record))
      provider.forgetTokens(tokens.flatMap((token) => sessionsServedBy(record, token)).map(({ id }) => id))
    },
    async signOut({ target }) {
      if (target && 'records' in target) await signOut.ask(target.records)
    },
    async copy({ copy }) {
      if (copy) await copyText(copy.text)
    },
  }
}

const tokensOf = (target: TreeTarget | undefined) => (target && 'tokens' in target ? target : undefined)

/**
 * The sessions that were given out with a token: those of its tenant that asked for no more than it grants. The cache
 * names tenants by their ids; sessions that asked for a domain name may belong to any, and come last.
 */
export function sessionsServedBy(record: SignInRecord, { kind, realm, scopes }: CachedToken): readonly GivenSession[] {
  if (kind === 'id') return []
  const asked = record.sessions.map((given) => ({ given, configuration: configurationOf(record, given) }))
  const served = asked.filter(({ given, configuration }) =>
    scopesToRequest(parseGivenScopes(given.scopes), configuration).every((scope) => scopes.includes(scope)),
  )
  const tenantOf = ({ configuration: { authority } }: (typeof served)[number]) => authority.tenant.toLowerCase()
  const exact = served.filter((one) => tenantOf(one) === realm.toLowerCase())
  const byDomain = served.filter((one) => tenantOf(one).includes('.'))
  return [...exact, ...byDomain].map(({ given }) => given)
}

/** Whether the network itself is at fault, and not a proxy, a certificate or what a server lets pages read. */
const isOfTheWay = (error: NetworkError): boolean =>
  error.proxyStatus === undefined && !isAboutCertificate(error.code ?? '') && !(error instanceof CrossOriginError)
