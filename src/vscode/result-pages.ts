import { l10n } from 'vscode'
import failedPage from '../../media/sign-in-failed.html'
import signedInPage from '../../media/signed-in.html'

/** What the browser shows once an answer has come, as the library takes it. */
export interface ResultPages {
  readonly successTemplate: string
  /** With the library's places for the server's words. */
  readonly errorTemplate: string
}

/** The place for the server's code. */
const CODE = '<code>$error</code>'

/**
 * The library's own pages in the language of the window.
 *
 * @param language - BCP 47, of the texts that `l10n` gives
 */
export function createResultPages(language: string): ResultPages {
  const done = asHtml(l10n.t('You are signed in'))
  const failed = asHtml(l10n.t('Sign-in failed'))
  const answered = l10n.t('The sign-in service answered with the error {0}.', '\n')
  return {
    successTemplate: translatePage(signedInPage, language, [
      done,
      done,
      asHtml(l10n.t('Return to the application that you came from. You can close this tab.')),
    ]),
    errorTemplate: translatePage(failedPage, language, [
      failed,
      failed,
      answered.split('\n').map(asHtml).join(CODE),
      asHtml(
        l10n.t(
          'Return to the application that you came from and try again. If it fails again, give this text to the person who administers your account.',
        ),
      ),
    ]),
  }
}

const SENTENCES = /<(title|h1|p)>[^]*?<\/\1>/g

/** @param sentences - of the title, the heading and the paragraphs, in their order */
function translatePage(page: string, language: string, sentences: readonly string[]): string {
  let next = 0
  const translated = page.replace(SENTENCES, (_, tag: string) => `<${tag}>${sentences[next++] ?? ''}</${tag}>`)
  return translated.replace(' lang="en"', () => ` lang="${asHtml(language)}"`)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // What the library would take for one of its places.
  $: '&#36;',
}

const asHtml = (text: string): string => text.replace(/[&<>"'$]/g, (character) => ENTITIES[character] ?? '')
