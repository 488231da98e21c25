import { l10n } from 'vscode'
import { OAuthError, type DeviceFlow, type TokenResult } from '../msal/index.ts'
import { isLoopbackHost } from './authority-address.ts'
import { asPlainText } from './display-text.ts'
import { isExpiredCode } from './failure.ts'
import { joinLinks } from './sign-in-actions.ts'
import type { MethodAttempt } from './sign-in-attempt.ts'

/** How long a code is waited for at most, whatever the server says: VS Code's next requests queue behind it. */
const LONGEST_WAIT_S = 30 * 60

/** How long an expired code waits for a click on "New Code". */
const RENEWAL_MS = 60_000

/**
 * Signs in with a code that is entered on a page, in a browser on any device.
 * It ends when the code has expired, or after 30 minutes, unless a new one is asked for in the minute after that.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8628
 */
export async function signInByDeviceCode(attempt: MethodAttempt): Promise<TokenResult> {
  for (;;) {
    attempt.report(l10n.t('asking for a code…'))
    const flow = await attempt.client.initiateDeviceFlow({
      scopes: attempt.scopes,
      ...(attempt.claims && { claimsChallenge: attempt.claims }),
    })
    const tokens = await waitForDevice(attempt, flow)
    if (tokens) return tokens
  }
}

/** Resolves to undefined where the person asked for a new code. */
async function waitForDevice(attempt: MethodAttempt, flow: DeviceFlow): Promise<TokenResult | undefined> {
  const { client, clock, window, actions } = attempt
  const renewed = new AbortController()
  const expired = new AbortController()
  const ended = new AbortController()
  const offer = actions.offer({
    copyDeviceCode: () => void copyAndOpen(),
    newDeviceCode: () => renewed.abort(),
  })
  const copyAndOpen = async () => {
    await window.copyText(flow.userCode)
    if (isPage(flow.verificationUri)) await window.openExternal(flow.verificationUri)
  }
  const links = {
    open: offer.link('copyDeviceCode', l10n.t('Copy Code and Open Page')),
    renew: offer.link('newDeviceCode', l10n.t('New Code')),
    other: attempt.anotherWay,
  }
  const signal = AbortSignal.any([attempt.signal, renewed.signal])
  try {
    void countDown(attempt, { flow, links, ended: AbortSignal.any([signal, ended.signal]) }).then(() =>
      expired.abort(new OAuthError({ error: 'expired_token' })),
    )
    return await client.acquireTokenByDeviceFlow({ flow, signal: AbortSignal.any([signal, expired.signal]) })
  } catch (error) {
    if (attempt.signal.aborted) throw error
    if (renewed.signal.aborted) return undefined
    if (!isExpiredCode(error)) throw error
    ended.abort()
    attempt.report(l10n.t('the code has expired. {0}', joinLinks(links.renew, links.other)))
    await clock.sleep(RENEWAL_MS, signal).catch(() => undefined)
    throwUnless(renewed.signal.aborted, error)
    return undefined
  } finally {
    ended.abort()
    offer.end()
  }
}

interface Countdown {
  readonly flow: DeviceFlow
  readonly links: { readonly open: string; readonly renew: string; readonly other: string }
  readonly ended: AbortSignal
}

/**
 * Shows the time left: each minute, then each ten seconds; more often would take the focus from the links.
 *
 * @returns once the time is over, or it has ended otherwise
 */
async function countDown({ clock, report }: MethodAttempt, { flow, links, ended }: Countdown): Promise<void> {
  const code = asPlainText(flow.userCode)
  const page = asPlainText(flow.verificationUri)
  const end = clock.now() + Math.min(flow.expiresIn, LONGEST_WAIT_S) * 1000
  for (;;) {
    const seconds = Math.ceil((end - clock.now()) / 1000)
    if (ended.aborted || seconds <= 0) return
    report(
      seconds > 60
        ? l10n.t(
            'enter the code {0} at {1} within {2} min. {3}',
            code,
            page,
            Math.round(seconds / 60),
            joinLinks(links.open, links.other),
          )
        : l10n.t(
            'enter the code {0} at {1} within {2} s. {3}',
            code,
            page,
            seconds,
            joinLinks(links.open, links.renew, links.other),
          ),
    )
    await clock.sleep((seconds > 60 ? Math.min(60, seconds - 60) : 10) * 1000, ended).catch(() => undefined)
  }
}

/** Whether an address that a server named may be opened: https, or plain http on this machine. */
function isPage(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname))
}

function throwUnless(isRenewed: boolean, failure: unknown): void {
  if (!isRenewed) throw failure
}
