import { l10n } from 'vscode'
import { joinLinks, type Offer } from './sign-in-actions.ts'
import type { MethodAttempt } from './sign-in-attempt.ts'

const STUCK_AFTER_MS = 20_000

/** What the notification says of a page, and after 20 seconds of that. */
export interface PageTexts {
  readonly opened: (links: string) => string
  readonly stuck: (links: string) => string
}

/** A page in the browser that a sign-in waits for. */
export interface SignInPage {
  /** Opens it, and offers to open it again; resolves to false where no browser could be opened. */
  open(url: string): Promise<boolean>
  end(): void
}

/**
 * A page that may get lost: whoever closed its tab, or has it in the wrong profile of the browser, opens it again. After
 * 20 seconds the notification says what one looks like that will never come back.
 */
export function createSignInPage(attempt: MethodAttempt, texts: PageTexts): SignInPage {
  const { actions, anotherWay, clock, report, signal, window } = attempt
  const ended = new AbortController()
  let offer: Offer | undefined
  let links = anotherWay
  let print = texts.opened
  const show = () => {
    // Another way speaks by now.
    if (!ended.signal.aborted) report(print(links))
  }
  show()
  clock.sleep(STUCK_AFTER_MS, ended.signal).then(
    () => {
      print = texts.stuck
      show()
    },
    () => undefined,
  )
  const end = () => {
    ended.abort()
    offer?.end()
  }
  // The library may be slow to notice.
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
  return {
    end,
    async open(url) {
      signal.throwIfAborted()
      offer = actions.offer({ reopenPage: () => void window.openExternal(url) })
      links = joinLinks(offer.link('reopenPage', l10n.t('Open the Page Again')), anotherWay)
      show()
      return window.openExternal(url)
    },
  }
}
