import { createHash } from 'node:crypto'
import type { HttpReply } from './http.ts'

/** Text that is markup already. */
type Markup = { readonly markup: string }

const style = `
:root { color-scheme: light dark; --back: light-dark(#f3f3f6, #17181c); --card: light-dark(#fff, #24262c);
  --text: light-dark(#1b1b1f, #f0f0f3); --line: light-dark(#8a8d94, #7c808a);
  --accent: light-dark(#0b57a4, #8ec5ff); --on-accent: light-dark(#fff, #0a1a2b); --alert: light-dark(#a3151b, #ffb3b0) }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
.banner { background: #ffd335; color: #241c00; padding: .6rem 1rem; text-align: center; font-weight: 600 }
main { max-width: 27rem; margin: 8vh auto 2rem; padding: 2rem; background: var(--card); border-radius: .75rem;
  box-shadow: 0 2px 12px rgb(0 0 0 / .15) }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25 }
label { display: block; margin-top: 1rem; font-weight: 600 }
input { width: 100%; margin-top: .25rem; padding: .6rem .7rem; font: inherit; color: inherit; background: transparent;
  border: 1px solid var(--line); border-radius: .4rem }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem }
.buttons.column { flex-direction: column }
button { padding: .6rem 1.2rem; font: inherit; color: var(--text); background: transparent;
  border: 1px solid var(--line); border-radius: .4rem; cursor: pointer; text-align: start; overflow-wrap: anywhere }
button.primary { color: var(--on-accent); background: var(--accent); border-color: var(--accent); font-weight: 600 }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
[role=alert] { color: var(--alert); font-weight: 600; overflow-wrap: anywhere }
@media (max-width: 30rem) { main { margin: 1rem; padding: 1.25rem } }
`
const submitScript = 'document.forms[0].submit()'
const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
// No form-action: browsers apply it to redirects as well, and these lead to the app.
const policy = `default-src 'none'; style-src ${hash(style)}; script-src ${hash(submitScript)}; base-uri 'none'; frame-ancestors 'none'`

/** One form of a sign-in; the first button is what a person most likely wants. */
export type FormPage = {
  readonly title: string
  readonly action: string
  readonly text?: string
  readonly error?: string | undefined
  readonly hidden: Readonly<Record<string, string>>
  readonly fields?: readonly Field[]
  readonly list?: readonly string[]
  readonly buttons: readonly Button[]
}

export type Field = {
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'password'
  readonly autocomplete: string
  readonly value?: string | undefined
}

/** Sends `name=value` when pressed; `action` is the name unless told. */
export type Button = { readonly label: string; readonly value: string; readonly name?: string }

/** A page with a form that works without script. */
export const formPage = (page: FormPage, headers: HttpReply['headers'] = {}): HttpReply =>
  htmlReply(
    200,
    page.title,
    hypertext` ${page.text === undefined ? '' : hypertext`<p>${page.text}</p>`}
      ${page.error === undefined ? '' : hypertext`<p role="alert">${page.error}</p>`}
      ${
        page.list === undefined
          ? ''
          : hypertext`<ul>
              ${page.list.map((item) => hypertext`<li>${item}</li>`)}
            </ul>`
      }
      <form method="post" action="${page.action}">
        ${hiddenFields(page.hidden)}
        ${(page.fields ?? []).map(
          (field, index) =>
            hypertext`<label for="${field.name}">${field.label}</label>
              <input
                id="${field.name}"
                name="${field.name}"
                type="${field.type ?? 'text'}"
                value="${field.value ?? ''}"
                autocomplete="${field.autocomplete}"
                autocapitalize="none"
                spellcheck="false"
                required
                ${index === 0 ? raw('autofocus') : ''}
              />`,
        )}
        <div class="buttons ${page.buttons.some(({ name }) => name !== undefined) ? 'column' : ''}">
          ${page.buttons.map(
            (button, index) =>
              hypertext`<button
                type="submit"
                name="${button.name ?? 'action'}"
                value="${button.value}"
                ${index === 0 ? raw('class="primary"') : raw('formnovalidate')}
              >
                ${button.label}
              </button>`,
          )}
        </div>
      </form>`,
    headers,
  )

/** A page that only says something. */
export const messagePage = (
  status: number,
  message: { readonly title: string; readonly text: string },
  headers: HttpReply['headers'] = {},
): HttpReply =>
  htmlReply(
    status,
    message.title,
    hypertext`<p ${status < 400 ? '' : raw('role="alert"')}>${message.text}</p>`,
    headers,
  )

/** The answer of an authorization request as a form that sends itself; a button does it without script. */
export const formPostPage = (
  redirectUri: string,
  parameters: Readonly<Record<string, string>>,
  headers: HttpReply['headers'],
): HttpReply =>
  htmlReply(
    200,
    'Back to the app',
    hypertext`<form method="post" action="${redirectUri}">
        ${hiddenFields(parameters)}
        <p>You are being taken back to the app. If nothing happens, press the button.</p>
        <div class="buttons"><button type="submit" class="primary">Continue</button></div>
      </form>
      <script>${raw(submitScript)}</script>`,
    headers,
  )

const htmlReply = (status: number, title: string, content: Markup, headers: HttpReply['headers']): HttpReply => ({
  status,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    ...headers,
  },
  body: hypertext`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – Entra simulator</title>
        <style>${raw(style)}</style>
      </head>
      <body>
        <div class="banner" role="note">Simulator – not a real identity provider</div>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`.markup,
})

const hiddenFields = (fields: Readonly<Record<string, string>>): readonly Markup[] =>
  Object.entries(fields).map(([name, value]) => hypertext`<input type="hidden" name="${name}" value="${value}" />`)

const raw = (markup: string): Markup => ({ markup })

const hypertext = (parts: TemplateStringsArray, ...values: readonly (string | Markup | readonly Markup[])[]): Markup =>
  raw(String.raw({ raw: parts }, ...values.map(render)))

const render = (value: string | Markup | readonly Markup[]): string => {
  if (typeof value === 'string') return escape(value)
  return 'markup' in value ? value.markup : value.map(render).join('')
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
