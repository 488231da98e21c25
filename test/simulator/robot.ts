import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** What a person types; the second factor only if it is asked for. */
export type Person = { readonly username: string; readonly password: string; readonly otc?: string }

/** How a {@link Browser} goes about a sign-in. */
export type BrowserOptions = {
  /** The simulator's CA, PEM; not needed for http. */
  readonly ca?: string
}

/** What is before the person: a page, or the place outside the simulator where the browser was sent. */
export type View = {
  readonly url: string
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The answer to the app: from the redirect's query or fragment, or from the form that posts it. */
  readonly answer: URLSearchParams | undefined
}

/** A browser without script: follows redirects, keeps cookies, fills forms and presses buttons. */
export type Browser = {
  readonly open: (url: string) => Promise<View>
  /** Fills the page's first form and presses the first button, or the one of this label. */
  readonly submit: (view: View, fields?: Readonly<Record<string, string>>, button?: string) => Promise<View>
  /** Goes on with the first button of each page until the app is answered or no form is left. */
  readonly finish: (view: View, fields: Readonly<Record<string, string>>) => Promise<View>
}

export const createBrowser = ({ ca }: BrowserOptions = {}): Browser => {
  const cookies = new Map<string, string>()

  const load = async (url: string, body?: URLSearchParams): Promise<View> => {
    const { origin } = new URL(url)
    const response = await send(url, { ca, body, cookie: [...cookies].map(([name, value]) => `${name}=${value}`) })
    for (const cookie of response.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const { location } = response.headers
    if (location === undefined) return view(url, response)
    const target = new URL(location, url)
    if (target.origin === origin) return load(target.href)
    const answer = new URLSearchParams(target.search === '' ? target.hash.slice(1) : target.search)
    return { ...response, url: target.href, answer }
  }

  const submit: Browser['submit'] = async ({ url, body }, fields = {}, label) => {
    const form = readForm(body)
    const button = form.buttons.find((each) => label === undefined || each.label === label)
    if (button === undefined) throw new Error('The page has no such button.')
    const parameters = new URLSearchParams({ ...form.fields })
    for (const [name, value] of Object.entries(fields)) if (name in form.fields) parameters.set(name, value)
    if (button.name !== undefined) parameters.set(button.name, button.value)
    return load(new URL(form.action, url).href, parameters)
  }

  return {
    open: (url) => load(url),
    submit,
    finish: async (first, fields) => {
      let current = first
      for (let pages = 0; current.answer === undefined && current.body.includes('<form'); pages += 1) {
        if (pages > 8 || current.body.includes('role="alert"'))
          throw new Error(`The sign-in does not go on: ${alert(current)}`)
        current = await submit(current, fields)
      }
      return current
    },
  }
}

/** Signs a person in at an authorization endpoint's address and returns what the app is answered. */
export const signIn = async (url: string, person: Person, options?: BrowserOptions): Promise<URLSearchParams> => {
  const browser = createBrowser(options)
  const { answer, body } = await browser.finish(await browser.open(url), { ...person })
  if (answer === undefined) throw new Error(`The app was not answered: ${body.slice(0, 2000)}`)
  return answer
}

/** Enters a device's user code and signs a person in. */
export const approveDevice = async (
  device: { readonly verificationUri: string; readonly userCode: string },
  person: Person,
  options?: BrowserOptions,
): Promise<void> => {
  const browser = createBrowser(options)
  const page = await browser.open(device.verificationUri)
  await browser.finish(page, { ...person, user_code: device.userCode })
}

type Response = Omit<View, 'url' | 'answer'>

type Sending = {
  readonly ca: string | undefined
  readonly body: URLSearchParams | undefined
  readonly cookie: readonly string[]
}

const send = (url: string, { ca, body, cookie }: Sending) =>
  new Promise<
    Response & { readonly headers: { readonly location?: string; readonly 'set-cookie'?: readonly string[] } }
  >((resolve, reject) => {
    const options = {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(cookie.length > 0 && { cookie: cookie.join('; ') }),
        ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
    }
    const request = url.startsWith('https:')
      ? httpsRequest(url, { ...options, ...(ca !== undefined && { ca }) })
      : httpRequest(url, options)
    request.on('error', reject).on('response', (message) => {
      const chunks: Buffer[] = []
      message
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('error', reject)
        .on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ status: message.statusCode ?? 0, headers: message.headers as never, body: text })
        })
    })
    request.end(body?.toString())
  })

const view = (url: string, response: Response): View => {
  const { action, fields } = response.body.includes('<form') ? readForm(response.body) : { action: '', fields: {} }
  const leavesForApp = URL.canParse(action) && new URL(action).origin !== new URL(url).origin
  return {
    ...response,
    url: leavesForApp ? action : url,
    answer: leavesForApp ? new URLSearchParams(fields) : undefined,
  }
}

const readForm = (body: string) => {
  const markup = /<form[\s\S]*?<\/form>/.exec(body)?.[0] ?? ''
  return {
    action: attribute(/<form[^>]*>/.exec(markup)?.[0] ?? '', 'action') ?? '',
    fields: Object.fromEntries(
      [...markup.matchAll(/<input[^>]*>/g)].map(([tag]) => [
        attribute(tag, 'name') ?? '',
        attribute(tag, 'value') ?? '',
      ]),
    ),
    buttons: [...markup.matchAll(/(<button[^>]*>)([\s\S]*?)<\/button>/g)].map(([, tag = '', label = '']) => ({
      name: attribute(tag, 'name'),
      value: attribute(tag, 'value') ?? '',
      label: unescape(label.trim()),
    })),
  }
}

const attribute = (tag: string, name: string): string | undefined => {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return value === undefined ? undefined : unescape(value)
}

const unescape = (text: string): string =>
  text.replace(/&#(\d+);/g, (_, number: string) => String.fromCharCode(Number(number)))

const alert = ({ body }: View): string => /role="alert"[^>]*>([^<]*)/.exec(body)?.[1] ?? 'too many pages'
