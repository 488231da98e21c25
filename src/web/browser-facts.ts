/** What is told about the browser that the extension runs in. */
export interface BrowserFacts {
  readonly runtime: string
  readonly system: string
  readonly environment: Readonly<Record<string, string>>
}

/** Describes the browser by what it tells every page. */
export const describeBrowser = ({ userAgent }: Pick<Navigator, 'userAgent'>): BrowserFacts => ({
  runtime: userAgent,
  system: 'browser',
  environment: {},
})
