/** A page's text; the bundler puts it in. */
declare module '*.html' {
  const text: string
  export default text
}
