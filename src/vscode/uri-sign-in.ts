import { l10n } from 'vscode'
import { InteractionError, type TokenResult } from '../msal/index.ts'
import { accountPrompt } from './browser-sign-in.ts'
import { NoAnswerError } from './failure.ts'
import type { MethodAttempt } from './sign-in-attempt.ts'
import { createSignInPage } from './sign-in-page.ts'
import { withDeadline } from './sign-in-window.ts'

const ANSWER_MS = 300_000

/**
 * Signs in on a page in the browser, which comes back by an address of VS Code; it ends after 5 minutes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8252#section-7.1
 */
export async function signInByUri(attempt: MethodAttempt): Promise<TokenResult> {
  const { client, clock, scopes, uriRedirect, signal } = attempt
  const redirectUri = attempt.redirectUri?.kind === 'page' ? attempt.redirectUri.uri : attempt.editorUri
  const deadline = withDeadline(clock, ANSWER_MS, signal)
  const page = createSignInPage(attempt, {
    opened: (links) => l10n.t('go on in the browser, and let it open VS Code at the end. {0}', links),
    stuck: (links) =>
      l10n.t(
        'still waiting for the browser. Come back to this window if it opened another one. If its page says AADSTS50011, register the redirect URI "{0}". {1}',
        redirectUri,
        links,
      ),
  })
  try {
    const flow = await client.initiateAuthCodeFlow({
      scopes,
      redirectUri,
      ...(attempt.claims && { claimsChallenge: attempt.claims }),
      ...accountPrompt(attempt),
    })
    const answer = uriRedirect.receive(flow.state, deadline.signal)
    answer.catch(() => undefined)
    if (!(await page.open(flow.authUri))) throw new InteractionError('browser_not_opened', 'No browser could be opened')
    const authResponse = await answer
    return await client.acquireTokenByAuthCodeFlow({ authCodeFlow: flow, authResponse, signal: deadline.signal })
  } catch (error) {
    if (deadline.signal.aborted && !signal.aborted) throw new NoAnswerError(redirectUri, { cause: error })
    throw error
  } finally {
    page.end()
    deadline.abort()
  }
}
