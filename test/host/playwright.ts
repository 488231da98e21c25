/* The part of playwright-core that the tests use: its own types are not at hand, for the host is installed later. */

export type BrowserType = {
  launch(options: {
    readonly executablePath: string
    readonly args: readonly string[]
    readonly env: Readonly<Record<string, string>>
    readonly handleSIGINT: boolean
    readonly handleSIGTERM: boolean
    readonly handleSIGHUP: boolean
  }): Promise<Browser>
}

export type Browser = {
  newContext(options?: {
    readonly viewport?: { readonly width: number; readonly height: number }
    readonly deviceScaleFactor?: number
    readonly colorScheme?: 'light' | 'dark'
    readonly permissions?: readonly string[]
  }): Promise<BrowserContext>
  close(): Promise<void>
}

export type BrowserContext = {
  newPage(): Promise<Page>
  pages(): readonly Page[]
  grantPermissions(permissions: readonly ('clipboard-read' | 'clipboard-write')[]): Promise<void>
  setDefaultTimeout(milliseconds: number): void
  addInitScript<T>(script: (argument: T) => void, argument: T): Promise<void>
  route(url: string, answer: (route: Route) => Promise<void>): Promise<void>
  waitForEvent(event: 'page', options?: { readonly timeout?: number }): Promise<Page>
  close(): Promise<void>
}

/** A request of a page that a test answers. */
export type Route = { fulfill(answer: { readonly body: string }): Promise<void> }

export type Page = {
  goto(url: string): Promise<unknown>
  reload(): Promise<unknown>
  url(): string
  close(): Promise<void>
  isClosed(): boolean
  locator(selector: string): Locator
  getByText(text: string | RegExp): Locator
  getByRole(role: string, options?: { readonly name?: string | RegExp; readonly exact?: boolean }): Locator
  waitForTimeout(milliseconds: number): Promise<void>
  waitForURL(url: string | RegExp): Promise<void>
  waitForFunction(script: () => boolean): Promise<unknown>
  exposeFunction(name: string, callback: (...values: never[]) => unknown): Promise<void>
  evaluate<T, A>(script: (argument: A) => T, argument?: A): Promise<T>
  innerText(selector: string): Promise<string>
  screenshot(options: { readonly path: string }): Promise<unknown>
  setViewportSize(size: { readonly width: number; readonly height: number }): Promise<void>
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void
  on(event: 'request', listener: (request: { url(): string }) => void): void
  on(event: 'response', listener: (response: { headers(): Readonly<Record<string, string>> }) => void): void
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> }
  readonly mouse: {
    move(x: number, y: number): Promise<void>
    down(): Promise<void>
    up(): Promise<void>
  }
}

export type Locator = {
  click(options?: { readonly timeout?: number }): Promise<void>
  hover(): Promise<void>
  fill(text: string): Promise<void>
  press(key: string): Promise<void>
  waitFor(options?: { readonly state?: 'visible' | 'hidden' | 'detached'; readonly timeout?: number }): Promise<void>
  filter(options: { readonly hasText?: string | RegExp; readonly has?: Locator }): Locator
  locator(selector: string): Locator
  getByText(text: string | RegExp): Locator
  getByRole(role: string, options?: { readonly name?: string | RegExp; readonly exact?: boolean }): Locator
  first(): Locator
  last(): Locator
  nth(index: number): Locator
  count(): Promise<number>
  isVisible(): Promise<boolean>
  innerText(): Promise<string>
  inputValue(): Promise<string>
  allInnerTexts(): Promise<readonly string[]>
  getAttribute(name: string): Promise<string | null>
  screenshot(options: { readonly path: string }): Promise<unknown>
  boundingBox(): Promise<{
    readonly x: number
    readonly y: number
    readonly width: number
    readonly height: number
  } | null>
}
