/** Stands for `node:fs` in the consumer sample: a browser has no file to append to, so the line goes to the page's server. */
export const appendFileSync = (name: string, line: string): void => {
  void fetch(`${location.origin}/${name}`, { method: 'POST', body: line })
}
