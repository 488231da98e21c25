import { l10n } from 'vscode'
import { Prompt, type TokenResult } from '../msal/index.ts'
import type { MethodAttempt } from './sign-in-attempt.ts'

const BROWSER_SECONDS = 300
const STUCK_AFTER_MS = 20_000

/** Signs in on a page in the browser, which comes back over a loopback address; it ends after 5 minutes. */
export async function signInByBrowser(attempt: MethodAttempt): Promise<TokenResult> {
  const { client, clock, window, scopes, claims, loginHint, anotherWay, signal, report } = attempt
  report(l10n.t('go on in the browser. {0}', anotherWay))
  const ended = new AbortController()
  clock.sleep(STUCK_AFTER_MS, AbortSignal.any([signal, ended.signal])).then(
    () =>
      report(
        l10n.t(
          "still waiting for the browser. If its page says that localhost can't be reached or refused to connect, the browser runs on another machine than VS Code. {0}",
          anotherWay,
        ),
      ),
    () => undefined,
  )
  try {
    return await client.acquireTokenInteractive({
      scopes,
      ...(claims && { claimsChallenge: claims }),
      ...(loginHint ? { loginHint } : { prompt: Prompt.SELECT_ACCOUNT }),
      timeout: BROWSER_SECONDS,
      openBrowser: (url) => window.openExternal(url),
      signal,
    })
  } finally {
    ended.abort()
  }
}
