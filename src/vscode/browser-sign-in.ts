import { l10n } from 'vscode'
import { InteractionError, Prompt, type TokenResult } from '../msal/index.ts'
import { NoAnswerError } from './failure.ts'
import { createResultPages } from './result-pages.ts'
import type { MethodAttempt } from './sign-in-attempt.ts'
import { createSignInPage } from './sign-in-page.ts'

const BROWSER_SECONDS = 300

/** Signs in on a page in the browser, which comes back over a loopback address; it ends after 5 minutes. */
export async function signInByBrowser(attempt: MethodAttempt): Promise<TokenResult> {
  const { client, scopes, claims, redirectUri, signal } = attempt
  const registered = redirectUri?.kind === 'loopback' ? redirectUri : { uri: 'http://localhost' }
  const page = createSignInPage(attempt, {
    opened: (links) => l10n.t('go on in the browser. {0}', links),
    stuck: (links) =>
      l10n.t(
        'still waiting for the browser. If its page says that localhost can\'t be reached or refused to connect, the browser runs on another machine than VS Code. If it says AADSTS50011, register the redirect URI "{0}". {1}',
        registered.uri,
        links,
      ),
  })
  try {
    return await client.acquireTokenInteractive({
      scopes,
      ...(claims && { claimsChallenge: claims }),
      ...accountPrompt(attempt),
      ...('port' in registered && { port: registered.port }),
      timeout: BROWSER_SECONDS,
      // The library's own pages are English.
      ...(attempt.language !== 'en' && createResultPages(attempt.language)),
      openBrowser: (url) => page.open(url),
      signal,
    })
  } catch (error) {
    const isTimeout = error instanceof InteractionError && error.reason === 'timeout'
    throw isTimeout ? new NoAnswerError(registered.uri, { cause: error }) : error
  } finally {
    page.end()
  }
}

/** The account that is meant, or else the question which. */
export const accountPrompt = ({ loginHint }: Pick<MethodAttempt, 'loginHint'>) =>
  loginHint ? { loginHint } : { prompt: Prompt.SELECT_ACCOUNT }
