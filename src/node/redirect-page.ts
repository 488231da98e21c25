import { createHash } from 'node:crypto'
import failedPage from '../../media/sign-in-failed.html'
import signedInPage from '../../media/signed-in.html'
import type { RedirectExpectation } from '../msal/core/ports.ts'

/** A page with the content security policy that fits it. */
export interface Page {
  readonly html: string
  readonly contentSecurityPolicy: string
}

/** Parameters of an authorization response by their names on the wire. */
type Answer = Readonly<Record<string, string>>

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const PLACEHOLDER = /\$(?:\$|\{\w+\}|\w+)/g

/** What the person sees once the answer has come; pages of the caller may have inline styles, but no page has scripts. */
export function createPage(
  answer: Answer,
  templates: Pick<RedirectExpectation, 'successTemplate' | 'errorTemplate'>,
): Page {
  const isRefusal = answer['error'] !== undefined
  const custom = isRefusal ? templates.errorTemplate : templates.successTemplate
  const template = custom ?? (isRefusal ? failedPage : signedInPage)
  return {
    html: isRefusal ? fillTemplate(template, answer) : template,
    contentSecurityPolicy: describePolicy(custom === undefined ? hashStyle(template) : "'unsafe-inline'"),
  }
}

/**
 * Replaces `$error`, `${error}` and the same with `error_description` by text that is harmless in HTML, and `$$` by `$`;
 * what is put in is not searched again.
 */
export function fillTemplate(template: string, answer: Answer): string {
  return template.replace(PLACEHOLDER, (placeholder) => {
    const name = placeholder.replace(/\W/g, '')
    if (name === '') return '$'
    return name === 'error' || name === 'error_description' ? escapeHtml(answer[name] ?? '') : placeholder
  })
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

function hashStyle(html: string): string {
  const style = /<style>([^]*?)<\/style>/.exec(html)?.[1] ?? ''
  return `'sha256-${createHash('sha256').update(style).digest('base64')}'`
}

function describePolicy(styles: string): string {
  return `default-src 'none'; style-src ${styles}; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`
}
