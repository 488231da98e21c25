import { l10n } from 'vscode'
import { BrokerError, PublicClientApplication, type TokenResult } from '../msal/index.ts'
import { NoBrokerError } from './broker-failure.ts'
import { accountPrompt } from './browser-sign-in.ts'
import type { MethodAttempt } from './sign-in-attempt.ts'
import { withDeadline } from './sign-in-window.ts'
import { BoundTokenError, isBound } from './token-binding.ts'

const ANSWER_MS = 300_000
const STUCK_AFTER_MS = 15_000

/**
 * Signs in by the operating system, which may show a window of its own; it ends after 5 minutes.
 *
 * @throws {NoBrokerError} where the browser is the only way, before it was opened
 * @throws {BoundTokenError} for a token that nobody else could use
 */
export async function signInByBroker(attempt: MethodAttempt): Promise<TokenResult> {
  const { brokerClient, clock, scopes, claims, signal, report, anotherWay, browserInstead } = attempt
  report(l10n.t('go on in the window of your operating system. {0}', anotherWay))
  const deadline = withDeadline(clock, ANSWER_MS, signal)
  const links = browserInstead === undefined ? anotherWay : `${browserInstead} · ${anotherWay}`
  clock.sleep(STUCK_AFTER_MS, deadline.signal).then(
    () => report(l10n.t('still waiting for your operating system; its window may be behind this one. {0}', links)),
    () => undefined,
  )
  try {
    const tokens = await brokerClient.acquireTokenInteractive({
      scopes,
      ...(claims && { claimsChallenge: claims }),
      ...accountPrompt(attempt),
      // VS Code tells extensions nothing about its window.
      parentWindowHandle: PublicClientApplication.CONSOLE_WINDOW_HANDLE,
      onBeforeLaunchingUi({ ui }) {
        if (ui === 'browser') throw new NoBrokerError()
      },
      signal: deadline.signal,
    })
    if (isBound(tokens)) throw new BoundTokenError()
    return tokens
  } catch (error) {
    if (deadline.signal.aborted && !signal.aborted)
      throw new BrokerError(l10n.t('Nobody finished the sign-in within 5 minutes.'), { cause: error })
    throw error
  } finally {
    deadline.abort()
  }
}
